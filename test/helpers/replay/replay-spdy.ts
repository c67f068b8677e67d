import { SpdyConnection, type SpdyStream } from '../../../src/stream-codec/index.js';
import { systemClock } from '../../../src/util/clock.js';
import type { ResponseHead } from './raw-connection.js';
import { RawWebSocket } from './raw-web-socket.js';
import { type ForwardedConnection, type Outcome, type RecordedCase, sha256 } from './recorded-case.js';
import type { Replayer } from './replayer.js';

/** A stream, with what was received on it. */
class ReadStream {
  readonly #pieces: Buffer[] = [];
  replied = false;
  ended = false;
  /** The status of the reset that ended the stream. */
  reset: number | null = null;

  constructor(readonly stream: SpdyStream) {
    stream.on('data', (chunk: Buffer) => this.#pieces.push(chunk));
    stream.on('end', () => {
      this.ended = true;
    });
    stream.on('error', (error: { resetStatus?: number }) => {
      this.reset = error.resetStatus ?? null;
    });
    stream.replied.then(
      () => {
        this.replied = true;
      },
      () => {},
    );
  }

  get text(): string {
    return Buffer.concat(this.#pieces).toString();
  }

  get isOver(): boolean {
    return this.ended || this.reset !== null || this.stream.destroyed;
  }
}

/** A SPDY connection, by upgrade or inside a WebSocket. */
interface Pipe {
  readonly connection: SpdyConnection;
  readonly head: ResponseHead;
  readonly frameTypes: ReadonlySet<string> | undefined;
  close(): void;
}

/** Repeats a command over SPDY. */
export async function replaySpdyCommand(replayer: Replayer, recorded: RecordedCase): Promise<Outcome> {
  const pipe = await openPipe(replayer, recorded);
  if ('status' in pipe) return pipe;
  const { connection } = pipe;
  const names = recorded.streams ?? [];
  const streams = new Map(names.map((name) => [name, new ReadStream(connection.open({ streamType: name }))]));
  await until(() => [...streams.values()].every(({ replied, isOver }) => replied || isOver), 5_000);
  if (recorded.resize !== undefined) {
    streams.get('resize')?.stream.write(recorded.resize);
    await until(() => false, 400);
  }
  if (recorded.stdin !== undefined) streams.get('stdin')?.stream.end(recorded.stdin);
  const isInput = (name: string): boolean => name === 'stdin' || name === 'resize';
  await until(() => connection.closed || streams.get('error')?.isOver === true, replayer.answerMs);
  await until(
    () => connection.closed || names.every((name) => isInput(name) || streams.get(name)?.isOver === true),
    1_500,
  );
  const shown = [...streams].map(([name, { replied, text }]) => {
    const data = text.startsWith('{') ? JSON.parse(replayer.normal(text)) : replayer.normal(text);
    // The kubelet closes the connection without an end of its streams, which its library shows as one.
    return [name, { reply: replied, ...(isInput(name) ? {} : { data, fin: false }) }];
  });
  pipe.close();
  return { status: 101, headers: replayer.packedHeaders(pipe.head.headers), streams: Object.fromEntries(shown) };
}

/** Repeats a port-forward over SPDY. */
export async function replaySpdyForward(replayer: Replayer, recorded: RecordedCase): Promise<Outcome> {
  const pipe = await openPipe(replayer, recorded);
  if ('status' in pipe) return pipe;
  const opened: [ForwardedConnection, ReadStream, ReadStream | undefined][] = [];
  for (const [index, wanted] of (recorded.conns ?? []).entries()) {
    const headers = { port: String(wanted.port), requestID: String(index) };
    const error = new ReadStream(pipe.connection.open({ streamType: 'error', ...headers, ...wanted.extra }));
    const data = wanted.noData ? undefined : new ReadStream(pipe.connection.open({ streamType: 'data', ...headers }));
    await until(() => [error, data].every((one) => one === undefined || one.replied || one.isOver), 5_000);
    error.stream.end();
    opened.push([wanted, error, data]);
  }
  for (const [wanted, , data] of opened) {
    if (wanted.send === undefined || data === undefined) continue;
    if (wanted.fin === false) data.stream.write(wanted.send);
    else data.stream.end(wanted.send);
  }
  const conns: object[] = [];
  for (const [wanted, error, data] of opened) {
    await until(() => data?.isOver === true || error.reset !== null, wanted.ms ?? 4_000);
    await until(() => error.isOver, 1_500);
    const text = data?.text ?? '';
    const shown = replayer.normal(wanted.body === true ? text.slice(text.indexOf('\r\n\r\n') + 4) : text);
    conns.push({
      error: replayer.normal(error.text),
      errorFin: error.ended,
      errorRst: error.reset,
      data: shown.length > 4000 ? { bytes: shown.length, sha256: sha256(shown) } : shown,
      dataFin: data === undefined ? null : data.ended,
      dataReply: data === undefined ? null : data.replied,
    });
  }
  pipe.close();
  const frames = pipe.frameTypes === undefined ? {} : { frameType: [...pipe.frameTypes].join('+') };
  return { status: 101, headers: replayer.packedHeaders(pipe.head.headers), ...frames, conns };
}

async function openPipe(replayer: Replayer, recorded: RecordedCase): Promise<Pipe | Outcome> {
  return recorded.tunnel === true ? openTunnel(replayer, recorded) : openDirectly(replayer, recorded);
}

async function openTunnel(replayer: Replayer, recorded: RecordedCase): Promise<Pipe | Outcome> {
  const agreed = await replayer.upgrade(recorded, replayer.webSocketHeaders(recorded));
  if (agreed.refused !== undefined) return agreed.refused;
  const socket = new RawWebSocket(agreed.connection);
  const frameTypes = new Set<string>();
  const write = (bytes: Uint8Array, done?: () => void): void => {
    socket.send(2, bytes);
    done?.();
  };
  const connection = spdy(write);
  socket.onMessage = (opcode, message) => {
    frameTypes.add(opcode === 1 ? 'text' : 'binary');
    connection.receive(message);
  };
  void socket.until(() => socket.closed !== undefined, 3_600_000).then(() => connection.close());
  return { connection, head: agreed.head, frameTypes, close: () => agreed.connection.socket.destroy() };
}

async function openDirectly(replayer: Replayer, recorded: RecordedCase): Promise<Pipe | Outcome> {
  const { method = 'POST', upgrade = 'SPDY/3.1', versions = [] } = recorded;
  const headers: [string, string][] = [
    ['Connection', 'Upgrade'],
    ['Upgrade', upgrade],
    ...versions.map((name): [string, string] => ['X-Stream-Protocol-Version', name]),
  ];
  if (method === 'POST') headers.push(['Content-Length', '0']);
  const agreed = await replayer.upgrade({ ...recorded, method }, headers);
  if (agreed.refused !== undefined) return agreed.refused;
  const { connection: raw, head } = agreed;
  const connection = spdy((bytes, done) => void raw.socket.write(bytes, done));
  void (async () => {
    for (let bytes = await raw.some(3_600_000); bytes !== undefined; bytes = await raw.some(3_600_000))
      connection.receive(bytes);
    connection.close();
  })();
  return { connection, head, frameTypes: undefined, close: () => raw.socket.destroy() };
}

function spdy(write: (bytes: Uint8Array, done?: () => void) => void): SpdyConnection {
  return new SpdyConnection({ role: 'client', pipe: { write, pause: () => {}, resume: () => {} } });
}

async function until(holds: () => boolean, ms: number): Promise<void> {
  const late = systemClock.now() + ms;
  while (!holds() && systemClock.now() < late)
    await new Promise((resolve) => systemClock.setTimer(10, () => resolve(undefined)));
}
