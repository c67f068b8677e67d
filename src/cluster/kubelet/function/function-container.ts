import type { Server } from 'node:http';
import { constants } from 'node:os';
import { type Duplex, PassThrough, type Readable } from 'node:stream';
import { inspect } from 'node:util';
import { NetworkError } from '../../../errors/index.js';
import { abortForMany } from '../../../util/abort.js';
import type { VirtualNetwork } from '../../network/virtual-network.js';
import { ContainerError } from '../runtime/container-error.js';
import type {
  ContainerProcess,
  ContainerSpec,
  ExecSpec,
  ProcessExit,
  RuntimeProcess,
  SandboxSpec,
} from '../runtime/container-runtime.js';
import { connectTo } from '../runtime/dial.js';
import { fetchOver } from './web-client.js';
import { type RequestHandler, webServer } from './web-server.js';

/** The surroundings of a container that is a function. */
export interface FunctionContext {
  /** The name of the container. */
  readonly name: string;
  /** The name of the pod. */
  readonly podName: string;
  readonly namespace: string;
  /** The address of the pod on the in-process network. */
  readonly address: string;
  readonly env: Readonly<Record<string, string>>;
  /** The command and the arguments of the container. */
  readonly args: readonly string[];
  /** The folders and files of the volumes, by the path where the container mounts them. */
  readonly volumes: ReadonlyMap<string, string>;
  /** Aborts when the container is to end. */
  readonly signal: AbortSignal;
  /** The input of the container. */
  readonly stdin: AsyncIterable<Uint8Array>;
  /** Writes a line to the log. Values that are not text are inspected. */
  log(...values: readonly unknown[]): void;
  /** Writes a line to the log, as an error. */
  logError(...values: readonly unknown[]): void;
  /** Answers HTTP requests at a port of the pod. The container runs until it is ended. */
  serve(port: number, handler: RequestHandler): void;
  /** Takes connections at a port of the pod. The container runs until it is ended. */
  listen(port: number, handler: (connection: Duplex) => void): void;
  /** Connects to a pod, or to the name of a service. Other names use the network of this machine. */
  connect(host: string, port: number): Promise<Duplex>;
  /** Sends an HTTP request to a pod, to the name of a service, or elsewhere. */
  fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>;
  /** Answers `kubectl exec`: the handler returns the exit code. Without one, commands are not found. */
  onExec(handler: ExecHandler): void;
}

/** A command that runs in a container that is a function. */
export interface FunctionCommand {
  readonly command: readonly string[];
  readonly stdin: AsyncIterable<Uint8Array>;
  /** Aborts when the client has gone. */
  readonly signal: AbortSignal;
  /** Writes to the output. */
  write(text: string | Uint8Array): void;
  /** Writes to the error output. */
  writeError(text: string | Uint8Array): void;
}

/** Runs a command. Returns the exit code; nothing stands for 0. */
export type ExecHandler = (command: FunctionCommand) => unknown;

/** An image that is a function. A number that it returns is the exit code, and an error that it throws is exit code 1. */
export type FunctionImage = (container: FunctionContext) => unknown;

/** The pod that a function runs in. */
export interface FunctionPod {
  readonly spec: SandboxSpec;
  readonly address: string;
  readonly network: VirtualNetwork;
}

/** The exit code of a function that gave up when it was told to end. */
const ENDED = 128 + constants.signals.SIGTERM;

const OVER = new DOMException('the container was ended', 'AbortError');

/** Runs a function as a container. */
export function startFunction(image: FunctionImage, spec: ContainerSpec, pod: FunctionPod): ContainerProcess {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const stopping = abortForMany();
  const closers: (() => void)[] = [];
  let onExec: ExecHandler | undefined;
  let returned = false;
  let finish: (exit: ProcessExit) => void = () => {};
  const exited = new Promise<ProcessExit>((resolve) => {
    let over = false;
    finish = (exit) => {
      if (over) return;
      over = true;
      stopping.abort(OVER);
      for (const close of closers.splice(0)) close();
      stdout.end();
      stderr.end();
      resolve(exit);
    };
  });
  const logError = (...values: readonly unknown[]) => void stderr.write(lineOf(values));
  const listen = (port: number, handler: (connection: Duplex) => void) => {
    if (stopping.signal.aborted) throw new NetworkError(`cannot listen on port ${port}: the container has ended`);
    const open = new Set<Duplex>();
    const close = pod.network.listen(pod.address, port, (connection) => {
      open.add(connection);
      connection.once('close', () => open.delete(connection));
      handler(connection);
    });
    closers.push(() => {
      close();
      for (const connection of open) connection.destroy();
    });
  };
  const connect = (host: string, port: number) => dialFrom(pod, host, port);
  const context: FunctionContext = {
    name: spec.name,
    podName: pod.spec.name,
    namespace: pod.spec.namespace,
    address: pod.address,
    env: spec.env,
    args: [...spec.command, ...spec.args],
    volumes: new Map(spec.mounts.map(({ path, source }) => [path, source])),
    signal: stopping.signal,
    stdin,
    log: (...values) => void stdout.write(lineOf(values)),
    logError,
    listen,
    serve: (port, handler) => {
      const server: Server = webServer(handler, logError);
      listen(port, (connection) => void server.emit('connection', connection));
    },
    connect,
    fetch: (input, init) => fetchOver(connect, input, init),
    onExec: (handler) => {
      onExec = handler;
    },
  };
  // The caller has the process before the function begins.
  queueMicrotask(() => {
    runToEnd(() => image(context)).then(
      (exit) => {
        returned = true;
        // A function that serves goes on after it has returned.
        if (closers.length === 0 || exit.exitCode !== 0 || stopping.signal.aborted) finish(exit);
      },
      (error: unknown) => {
        if (!stopping.signal.aborted) logError(error instanceof Error ? error.stack : error);
        finish({ exitCode: stopping.signal.aborted ? ENDED : 1 });
      },
    );
  });
  return {
    stdin: spec.stdin ? stdin : undefined,
    stdout,
    stderr: spec.tty ? undefined : stderr,
    exited,
    resize: () => {},
    kill: (signal) => {
      stopping.abort(OVER);
      if (signal === 'SIGKILL' || returned) finish({ exitCode: 128 + numberOf(signal) });
    },
    exec: async (command) => startCommand(onExec, command, stopping.signal),
  };
}

/** Connects as a pod does: to the network, or to the network of this machine for names that it does not know. */
function dialFrom({ network, spec, address }: FunctionPod, host: string, port: number): Promise<Duplex> {
  const isSelf = host === 'localhost' || host === '127.0.0.1' || host === '::1';
  const target = isSelf ? address : host;
  if (isSelf || network.knows(target, port, spec.namespace)) return network.connect(target, port, spec.namespace);
  return connectTo(host, port);
}

function startCommand(
  handler: ExecHandler | undefined,
  { command, stdin: withInput }: ExecSpec,
  container: AbortSignal,
): RuntimeProcess {
  if (handler === undefined) {
    const [name = ''] = command;
    throw new ContainerError('StartError', `exec: ${JSON.stringify(name)}: executable file not found in $PATH`);
  }
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const stopping = abortForMany();
  const exited = new Promise<ProcessExit>((resolve) => {
    let over = false;
    const finish = (exit: ProcessExit) => {
      if (over) return;
      over = true;
      stopping.abort(OVER);
      stdout.end();
      stderr.end();
      resolve(exit);
    };
    stopping.signal.addEventListener('abort', () => finish({ exitCode: 137 }), { once: true });
    container.addEventListener('abort', () => finish({ exitCode: 137 }), { once: true });
    if (!withInput) stdin.end();
    const run = () =>
      handler({
        command,
        stdin,
        signal: stopping.signal,
        write: (text) => void stdout.write(text),
        writeError: (text) => void stderr.write(text),
      });
    runToEnd(run).then(finish, (error: unknown) => {
      stderr.write(lineOf([error]));
      finish({ exitCode: 1 });
    });
  });
  const output: Readable = stdout;
  return {
    stdin: withInput ? stdin : undefined,
    stdout: output,
    stderr,
    exited,
    resize: () => {},
    kill: () => stopping.abort(OVER),
  };
}

async function runToEnd(run: () => unknown): Promise<ProcessExit> {
  const result = await run();
  return { exitCode: typeof result === 'number' ? result & 0xff : 0 };
}

function lineOf(values: readonly unknown[]): string {
  return `${values.map((value) => (typeof value === 'string' ? value : inspect(value))).join(' ')}\n`;
}

function numberOf(signal: string): number {
  return Object.entries(constants.signals).find(([name]) => name === signal)?.[1] ?? 15;
}
