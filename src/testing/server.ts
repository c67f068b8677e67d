/**
 * `keelson/server`: the reference API server for tests and tools. The server itself lives in `src/server`, which knows nothing
 * of clients; here it gets one.
 */

export type { Authenticator, ClientCertificate, VerifiedCertificate } from '../server/authn/authenticator.js';
export type { AuthorizationMode } from '../server/authz/authorizer.js';
export {
  ApiServer,
  type ApiServerOptions,
  type AuditEvent,
  type AuditOptions,
  type AuditPolicy,
  type AuditSink,
  type Listener,
  type ListenOptions,
  type ServerRequest,
  type ServerResponse,
  type UserInfo,
} from '../server/index.js';
export * from '../server/storage/storage.js';
export { StorageError, type StorageErrorCode } from '../server/storage/storage-error.js';
export type { FaultRule } from './fault-rules.js';
export type { Faults, FaultyServerParts } from './faults.js';
export { HandlerTransport, type RequestHandler } from './handler-transport.js';
export {
  type LocalConnectOptions,
  LocalServer,
  type LocalServerOptions,
  type Snapshot,
  startServer,
} from './local-server.js';
export type { FaultFrequency, RequestFault } from './request-fault.js';
export type { RequestMatch, RequestSummary, RequestVerb } from './request-summary.js';
export type { WatchEventType } from './watch-frames.js';
