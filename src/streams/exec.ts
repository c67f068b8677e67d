import type { Duplex, Readable } from 'node:stream';
import { ByteLengthQueuingStrategy } from 'node:stream/web';
import { InvalidRequestError, TimeoutError } from '../errors/index.js';
import { deadlineSignal } from '../util/abort.js';
import type { ExitStatus } from './exit-status.js';
import {
  type RemoteCommand,
  type RemoteCommandOptions,
  startRemoteCommand,
  type TerminalSize,
} from './remote-command.js';
import type { StreamContext, StreamOptions, StreamTarget } from './stream-context.js';

/** Input of a command: text, bytes, or a stream of them. */
export type StdinSource = string | Uint8Array | AsyncIterable<string | Uint8Array> | ReadableStream<Uint8Array>;

/** Options of `exec`. */
export interface ExecOptions extends StreamOptions {
  /** Default: the pod's only container, or the one that `kubectl.kubernetes.io/default-container` names. */
  readonly container?: string | undefined;
  /** Written to the command's standard input, which is then closed. Default: no input. */
  readonly stdin?: StdinSource | undefined;
  /** The deadline of the whole command, in milliseconds. Default: none. */
  readonly timeoutMs?: number | undefined;
  /** The most bytes that are collected of each output. More is an `InvalidRequestError`; use `openExec` then. Default 64 MiB. */
  readonly maxOutputBytes?: number | undefined;
}

/** The result of `exec`. */
export interface ExecResult extends ExitStatus {
  readonly stdout: string;
  readonly stderr: string;
}

/** Options of `openExec`. */
export interface OpenExecOptions extends StreamOptions {
  /** Default: the pod's only container, or the one that `kubectl.kubernetes.io/default-container` names. */
  readonly container?: string | undefined;
  /** True: the process gets a terminal, and its two outputs come as one. Default false. */
  readonly tty?: boolean | undefined;
  /** The first size of the terminal. */
  readonly size?: TerminalSize | undefined;
  /** False: the process has no input. Default true. */
  readonly stdin?: boolean | undefined;
}

/** Options of `openAttach`: those of `openExec`. `tty` must be what the container itself has. */
export type OpenAttachOptions = OpenExecOptions;

/**
 * A running command with its streams. Read both outputs, or cancel them: an output that is not read stops the command when
 * buffers are full. Disposing of it ends the session, and with it the process where the container runtime ends it.
 */
export interface ExecSession extends AsyncDisposable {
  /** Close it to deliver the end of input; the command goes on and its exit code still comes. */
  readonly stdin: WritableStream<Uint8Array>;
  readonly stdout: ReadableStream<Uint8Array>;
  /** Empty with a terminal. */
  readonly stderr: ReadableStream<Uint8Array>;
  /** Resolves when the command has ended. Rejects when the connection breaks, or the session is closed, before that. */
  readonly exit: Promise<ExitStatus>;
  /** Tells the terminal its size. Does nothing without `tty`. */
  resize(size: TerminalSize): void;
  /** Ends the session. Resolves when the connection is closed. */
  close(): Promise<void>;
}

const MOST_OUTPUT = 64 * 1024 * 1024;

/** Runs a command to its end and collects its output. */
export async function exec(
  context: StreamContext,
  target: StreamTarget,
  command: readonly string[],
  options: ExecOptions,
): Promise<ExecResult> {
  const { timeoutMs } = options;
  if (timeoutMs === undefined) return run(context, target, command, options);
  const late = () =>
    new TimeoutError(`the command did not end within ${timeoutMs} ms`, {
      deadline: 'wait',
      timeoutMs,
      request: target.request,
    });
  const deadline = deadlineSignal(context.clock, timeoutMs, late, options.signal);
  try {
    return await run(context, target, command, { ...options, signal: deadline.signal });
  } finally {
    deadline.dispose();
  }
}

async function run(
  context: StreamContext,
  target: StreamTarget,
  command: readonly string[],
  options: ExecOptions,
): Promise<ExecResult> {
  const { stdin, maxOutputBytes = MOST_OUTPUT } = options;
  const session = await startRemoteCommand(context, target, {
    ...options,
    command,
    stdin: stdin !== undefined,
    stdout: true,
    stderr: true,
    tty: false,
  });
  try {
    // A command may end without reading its input: that the input could not be written is not an error then.
    if (stdin !== undefined) feed(session, stdin);
    const collect = (stream: Readable | undefined) => collected(stream, maxOutputBytes, target);
    const [{ exitCode }, stdout, stderr] = await Promise.all([
      session.exit,
      collect(session.stdout),
      collect(session.stderr),
    ]);
    return { exitCode, stdout, stderr };
  } catch (error) {
    options.signal?.throwIfAborted();
    throw error;
  } finally {
    session.close();
  }
}

function feed(session: RemoteCommand, stdin: StdinSource): void {
  const { stdin: input } = session;
  if (input === undefined) return;
  if (typeof stdin === 'string' || stdin instanceof Uint8Array) {
    input.end(stdin);
    return;
  }
  const write = async () => {
    for await (const chunk of stdin) {
      if (!input.writable) return;
      await new Promise<void>((resolve) => input.write(chunk, () => resolve()));
    }
    input.end();
  };
  // Without the rest of its input the command must not go on as if it had all.
  write().catch((error: unknown) => session.close(error));
}

/** Collects a stream of UTF-8 up to a limit. */
async function collected(stream: Readable | undefined, most: number, { request }: StreamTarget): Promise<string> {
  if (stream === undefined) return '';
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    length += chunk.length;
    if (length > most) {
      throw new InvalidRequestError(`the command printed more than ${most} bytes: use openExec`, { request });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Opens an interactive session: `exec` with a command, `attach` without one. */
export async function openSession(
  context: StreamContext,
  target: StreamTarget,
  command: readonly string[] | undefined,
  { tty = false, stdin = true, size, ...rest }: OpenExecOptions,
): Promise<ExecSession> {
  const options: RemoteCommandOptions = { ...rest, command, stdin, stdout: true, stderr: !tty, tty };
  const session = await startRemoteCommand(context, target, options);
  if (size !== undefined) session.resize(size);
  const close = async () => {
    session.close();
    await session.closed;
  };
  return {
    stdin: webWritable(session.stdin),
    stdout: webReadable(session.stdout),
    stderr: webReadable(session.stderr),
    exit: session.exit,
    resize: session.resize,
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Only the writable direction counts: the adapters of Node wait for both. */
function webWritable(stream: Duplex | undefined): WritableStream<Uint8Array> {
  return new WritableStream<Uint8Array>(
    {
      write: (chunk) =>
        new Promise<void>((resolve, reject) => {
          if (stream === undefined) reject(new InvalidRequestError('the process has no input'));
          else stream.write(chunk, (error) => (error == null ? resolve() : reject(error)));
        }),
      close: () =>
        new Promise<void>((resolve) => (stream === undefined ? resolve() : void stream.end(() => resolve()))),
      abort: (reason) =>
        void stream?.destroy(reason instanceof Error ? reason : new Error('aborted', { cause: reason })),
    },
    new ByteLengthQueuingStrategy({ highWaterMark: 64 * 1024 }),
  );
}

function webReadable(stream: Duplex | undefined): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      start: (controller) => {
        if (stream === undefined) {
          controller.close();
          return;
        }
        stream.on('data', (chunk: Uint8Array) => {
          controller.enqueue(chunk);
          if ((controller.desiredSize ?? 0) <= 0) stream.pause();
        });
        stream.pause();
        stream.on('end', () => controller.close());
        stream.on('error', (error) => controller.error(error));
        stream.on('close', () => {
          if (!stream.readableEnded && stream.errored === null)
            controller.error(new InvalidRequestError('the session was closed'));
        });
      },
      pull: () => void stream?.resume(),
      // The rest is read and dropped, so that the command does not wait for a reader.
      cancel: () => void stream?.removeAllListeners('data').resume(),
    },
    new ByteLengthQueuingStrategy({ highWaterMark: 64 * 1024 }),
  );
}
