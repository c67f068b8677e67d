import type { Readable, Writable } from 'node:stream';
import { onAbort } from '../../../util/abort.js';
import type { Clock } from '../../../util/clock.js';
import type { ContainerInstance } from '../pods/container-instance.js';
import { textOf } from '../probes/probe-result.js';
import type { RuntimeProcess, TerminalSize } from '../runtime/container-runtime.js';
import type { RemoteOutcome } from './remote-status.js';

/** The streams that a client asks for. */
export interface RemoteOptions {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}

/** The streams of a client, over any protocol. */
export interface RemoteStreams {
  readonly stdin: Readable | undefined;
  readonly stdout: Writable | undefined;
  readonly stderr: Writable | undefined;
  readonly resize: Readable | undefined;
  /** Aborts when the client has gone. */
  readonly gone: AbortSignal;
  /** Tells the client how it ended, and ends the connection. */
  finish(outcome: RemoteOutcome): Promise<void>;
}

/** A process whose client has gone gets so long between SIGHUP and SIGKILL. */
const HANGUP_MS = 500;
const MOST_IN_SIZE = 1024;

/** Reads the streams that a query asks for. Returns undefined when it asks for none. */
export function remoteOptions(query: URLSearchParams): RemoteOptions | undefined {
  const on = (name: string) => query.get(name) === '1';
  const tty = on('tty');
  const options = { stdin: on('input'), stdout: on('output'), stderr: on('error') && !tty, tty };
  return options.stdin || options.stdout || options.stderr ? options : undefined;
}

/** Runs a command in a container for a client. The process ends when the client goes. */
export async function serveExec(
  streams: RemoteStreams,
  instance: ContainerInstance,
  command: readonly string[],
  tty: boolean,
  clock: Clock,
): Promise<void> {
  let process: RuntimeProcess;
  try {
    process = await instance.exec({ command, stdin: streams.stdin !== undefined, tty });
  } catch (error) {
    const message = `error executing command in container: failed to exec in container: ${textOf(error)}`;
    await streams.finish({ kind: 'failure', message });
    return;
  }
  const stop = onAbort(streams.gone, () => {
    process.kill('SIGHUP');
    clock.setTimer(HANGUP_MS, () => process.kill('SIGKILL'));
  });
  passInput(streams.stdin, process.stdin);
  void passSizes(streams.resize, (size) => process.resize(size));
  const [{ exitCode }] = await Promise.all([
    process.exited,
    passOutput(process.stdout, streams.stdout),
    passOutput(process.stderr, streams.stderr),
  ]);
  stop();
  await streams.finish(exitCode === 0 ? { kind: 'success' } : { kind: 'exit', code: exitCode, command });
}

/** Connects a client to the main process of a container. */
export async function serveAttach(streams: RemoteStreams, instance: ContainerInstance): Promise<void> {
  void passSizes(streams.resize, (size) => instance.resize(size));
  await instance.attach(streams);
  await streams.finish({ kind: 'success' });
}

function passInput(from: Readable | undefined, to: Writable | undefined): void {
  if (from === undefined || to === undefined) return;
  // Backpressure holds: the client is not read while the process does not read.
  from.pipe(to);
  from.on('error', () => to.end());
}

/** Copies output, at the pace of the client. Output for a client that has gone, or did not ask, is dropped. */
async function passOutput(from: Readable | undefined, to: Writable | undefined): Promise<void> {
  for await (const chunk of from ?? []) {
    if (to === undefined || to.destroyed) continue;
    await new Promise<void>((resolve) => {
      const settle = () => {
        to.off('close', settle);
        resolve();
      };
      to.once('close', settle);
      to.write(chunk, settle);
    });
  }
}

/** Reads the sizes of a terminal: JSON objects one after another. */
async function passSizes(from: Readable | undefined, resize: (size: TerminalSize) => void): Promise<void> {
  let held = '';
  try {
    for await (const chunk of from ?? []) {
      held += String(chunk);
      for (let end = held.indexOf('}'); end >= 0; end = held.indexOf('}')) {
        const size = sizeIn(held.slice(0, end + 1));
        held = held.slice(end + 1);
        if (size === undefined) return;
        resize(size);
      }
      if (held.length > MOST_IN_SIZE) return;
    }
  } catch {
    // The client has gone.
  }
}

function sizeIn(text: string): TerminalSize | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
    const number = (key: string) => {
      const found: unknown = Reflect.get(value, key);
      return typeof found === 'number' && Number.isInteger(found) && found >= 0 && found <= 65_535 ? found : 0;
    };
    return { columns: number('Width'), rows: number('Height') };
  } catch {
    return undefined;
  }
}
