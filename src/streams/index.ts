export { connectPort } from './connect-port.js';
export { type CopyOptions, type CopyResult, copyFrom, copyTo } from './copy.js';
export {
  type ExecOptions,
  type ExecResult,
  type ExecSession,
  exec,
  type OpenAttachOptions,
  type OpenExecOptions,
  openSession,
  type StdinSource,
} from './exec.js';
export type { ExitStatus } from './exit-status.js';
export type { LogLine } from './log-lines.js';
export { PortForward, type PortForwardOptions } from './port-forward.js';
export { proxyFetch } from './proxy-fetch.js';
export type { TerminalSize } from './remote-command.js';
export type { StreamOptions, StreamTarget } from './stream-context.js';
export type { CopyProgress } from './tar/tar-files.js';
