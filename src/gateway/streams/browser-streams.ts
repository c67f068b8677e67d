import type { Duplex } from 'node:stream';
import { InvalidRequestError } from '../../errors/index.js';
import type { Cluster } from '../../sdk/index.js';
import type { ExecSession } from '../../streams/index.js';
import { type ActionContext, checkOffered, clusterNamed } from '../actions/actions.js';
import { problemsOf } from '../client-messages.js';
import type { GatewayCluster } from '../gateway-cluster.js';
import { refusal } from '../refusals.js';
import type { OutputName, OutputWindow } from './output-window.js';
import { podStreams } from './pod-kinds.js';
import { type StreamName, type StreamParamsOf, streamParams } from './stream-params.js';

/** The input that waits for a process, in bytes. A browser that sends more ends the stream. */
const MOST_WAITING_INPUT = 4 * 1024 * 1024;

/** A stream that runs. Its output goes to the window that it was opened with. */
export interface BrowserStream {
  /** Resolves when the source has ended and its output has been sent: for a command, with its exit code. */
  readonly end: Promise<unknown>;
  /** Takes input: text, or base64 on a connection to a port. Throws an `ApiError` (429) if too much waits. */
  write(data: string): void;
  endInput(): void;
  resize(columns: number, rows: number): void;
}

/** The circumstances of a stream. */
export interface StreamContext extends ActionContext {
  readonly output: OutputWindow;
}

interface Source<N extends StreamName> extends StreamContext {
  readonly params: StreamParamsOf<N>;
  readonly cluster: GatewayCluster;
  readonly asUser: Cluster;
}

type Openers = { readonly [N in StreamName]: (source: Source<N>) => Promise<BrowserStream> };

const openers: Openers = {
  logs: async ({ params, cluster, asUser, signal, output }) => {
    const { cluster: _, kind, namespace, name, ...options } = params;
    const pods = await podStreams(asUser, cluster.kinds, kind, namespace);
    const bytes = await pods.logs(name, { ...options, signal }).bytes();
    return readOnly(pump(bytes, 'stdout', output).then(() => undefined));
  },
  exec: async ({ params, cluster, asUser, signal, output }) => {
    const { namespace, name, command } = params;
    const pods = await podStreams(asUser, cluster.kinds, 'Pod', namespace);
    return ofSession(await pods.openExec(name, command, { ...terminalOf(params), signal }), output);
  },
  attach: async ({ params, cluster, asUser, signal, output }) => {
    const { namespace, name } = params;
    const pods = await podStreams(asUser, cluster.kinds, 'Pod', namespace);
    return ofSession(await pods.openAttach(name, { ...terminalOf(params), signal }), output);
  },
  connect: async ({ params, cluster, asUser, signal, output }) => {
    const { kind, namespace, name, port } = params;
    const pods = await podStreams(asUser, cluster.kinds, kind, namespace);
    return ofPort(await pods.connect(name, port, { signal }), output);
  },
};

/**
 * Opens a stream with the rights of its user. Throws an `InvalidRequestError` for parameters that are not valid, and what the API server
 * answers the user otherwise.
 */
export async function openStream(context: StreamContext, name: string, params: unknown): Promise<BrowserStream> {
  if (!isStream(name)) throw refusal(404, `the gateway has no stream ${JSON.stringify(name.slice(0, 100))}`);
  checkOffered(context, name);
  return open(context, name, params);
}

async function open<N extends StreamName>(context: StreamContext, name: N, params: unknown): Promise<BrowserStream> {
  const checked = streamParams[name].safeParse(params ?? {});
  if (!checked.success)
    throw new InvalidRequestError(`cannot open ${name}: the parameters are not valid: ${problemsOf(checked.error)}`);
  const cluster = clusterNamed(context.clusters, checked.data.cluster);
  const asUser = cluster.cluster.impersonate(context.user.identity);
  // The schema of this stream has checked them.
  return openers[name]({ ...context, cluster, asUser, params: checked.data as StreamParamsOf<N> });
}

function isStream(name: string): name is StreamName {
  return Object.hasOwn(streamParams, name);
}

function terminalOf({ container, tty, columns, rows }: StreamParamsOf<'attach'>) {
  const size = columns === undefined || rows === undefined ? undefined : { columns, rows };
  return { container, tty, size };
}

function ofSession(session: ExecSession, output: OutputWindow): BrowserStream {
  const outputs = Promise.all([pump(session.stdout, 'stdout', output), pump(session.stderr, 'stderr', output)]);
  const input = new InputQueue(session.stdin);
  return {
    end: Promise.all([session.exit, outputs]).then(([{ exitCode }]) => ({ exitCode })),
    write: (data) => input.write(Buffer.from(data, 'utf8')),
    endInput: () => input.end(),
    resize: (columns, rows) => session.resize({ columns, rows }),
  };
}

function ofPort(socket: Duplex, output: OutputWindow): BrowserStream {
  const read = async () => {
    for await (const chunk of socket) await output.write(Buffer.from(chunk).toString('base64'), 'stdout');
  };
  const end = read();
  let waiting = 0;
  return {
    end,
    write: (data) => {
      const bytes = Buffer.from(data, 'base64');
      waiting = withinLimit(waiting + bytes.length);
      socket.write(bytes, () => {
        waiting -= bytes.length;
      });
    },
    endInput: () => void socket.end(),
    resize: () => {},
  };
}

function readOnly(end: Promise<unknown>): BrowserStream {
  const refuse = () => {
    throw new InvalidRequestError('cannot write to a log');
  };
  return { end, write: refuse, endInput: () => {}, resize: () => {} };
}

/** Input on its way to a process, in order. */
class InputQueue {
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  #waiting = 0;

  constructor(stdin: WritableStream<Uint8Array>) {
    this.#writer = stdin.getWriter();
    // A process may end without reading its input.
    this.#writer.closed.catch(() => {});
  }

  write(bytes: Uint8Array): void {
    this.#waiting = withinLimit(this.#waiting + bytes.length);
    const done = () => {
      this.#waiting -= bytes.length;
    };
    this.#writer.write(bytes).then(done, done);
  }

  end(): void {
    this.#writer.close().catch(() => {});
  }
}

function withinLimit(waiting: number): number {
  if (waiting > MOST_WAITING_INPUT) throw refusal(429, 'the process does not read its input');
  return waiting;
}

/** Sends bytes as text, of which characters may come in two pieces. */
async function pump(bytes: ReadableStream<Uint8Array>, from: OutputName, output: OutputWindow): Promise<void> {
  const decoder = new TextDecoder();
  for await (const chunk of bytes) await output.write(decoder.decode(chunk, { stream: true }), from);
  await output.write(decoder.decode(), from);
}
