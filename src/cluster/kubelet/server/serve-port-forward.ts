import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { ChannelConnection, channelProtocol, type SpdyStream } from '../../../stream-codec/index.js';
import { type SpdyLink, spdyOverSocket, spdyOverWebSocket } from '../../../streams/spdy-link.js';
import { WebSocketLink } from '../../../streams/web-socket-link.js';
import type { Clock, Timer } from '../../../util/clock.js';
import { goQuote } from '../../../util/go-quote.js';
import { textOf } from '../probes/probe-result.js';
import { goErrorHeaders, type KubeletRequest } from './plain-response.js';
import { upgradeToSpdy } from './spdy-upgrade.js';
import { acceptWebSocket, isWebSocketRequest, offeredProtocols } from './web-socket-accept.js';

/** The pod that ports are forwarded to. */
export interface ForwardTarget {
  readonly uid: string;
  connect(port: number): Promise<Duplex>;
}

const PROTOCOL = 'portforward.k8s.io';
const TUNNEL = /^SPDY\/3\.1\+.+\.k8s\.io$/;
const LEGACY = ['v4.channel.k8s.io', 'v4.base64.channel.k8s.io'];
const PAIR_MS = 30_000;
/** A client that does not end its side gets so long after the pod has ended its own. */
const LINGER_MS = 1_000;

/** Tells whether a request asks for SPDY inside a WebSocket. */
export function isTunnelRequest(request: KubeletRequest): boolean {
  return isWebSocketRequest(request) && offeredProtocols(request).some((name) => TUNNEL.test(name));
}

/** Reads the ports of a legacy WebSocket request. Throws an error in the words of the kubelet. */
export function forwardedPorts(query: URLSearchParams): number[] {
  const given = query.getAll('port');
  if (given.length === 0) throw new Error('query parameter "port" is required');
  return given.flatMap((text) => {
    if (text === '') throw new Error('query parameter "port" cannot be empty');
    return text.split(',').map((one) => {
      const problem = portProblem(one, text);
      if (problem !== undefined) throw new Error(problem);
      return Number(one);
    });
  });
}

/** Forwards connections of a client to a pod, over any of the protocols, until the client goes. */
export async function servePortForward(
  request: KubeletRequest,
  ports: readonly number[],
  target: ForwardTarget,
  clock: Clock,
): Promise<void> {
  if (isTunnelRequest(request)) {
    if (request.method !== 'GET') {
      request.answer(405, 'Method Not Allowed\n', [...goErrorHeaders, ['Sec-Websocket-Version', '13']]);
      return;
    }
    const socket = await acceptWebSocket(
      request,
      offeredProtocols(request).find((name) => TUNNEL.test(name)),
    );
    if (socket === undefined) return;
    const pairs = new StreamPairs(target, clock);
    await pairs.serve(spdyOverWebSocket(socket, clock, { role: 'server', onStream: (stream) => pairs.take(stream) }));
  } else if (isWebSocketRequest(request)) await serveChannels(request, ports, target, clock);
  else {
    const upgraded = upgradeToSpdy(request, [PROTOCOL]);
    if (upgraded === undefined) return;
    const { socket, head } = upgraded;
    const pairs = new StreamPairs(target, clock);
    await pairs.serve(
      spdyOverSocket(socket, head, clock, { role: 'server', onStream: (stream) => pairs.take(stream) }),
    );
  }
}

interface StreamPair {
  /** Gives up on a pair that stays incomplete. It is cancelled early, as it would keep the whole connection in memory. */
  timer?: Timer;
  data?: SpdyStream;
  error?: SpdyStream;
}

/** The connections of one SPDY connection: each is a stream of data and one for an error. */
class StreamPairs {
  readonly #target: ForwardTarget;
  readonly #clock: Clock;
  readonly #pairs = new Map<string, StreamPair>();

  constructor(target: ForwardTarget, clock: Clock) {
    this.#target = target;
    this.#clock = clock;
  }

  async serve(link: SpdyLink): Promise<void> {
    await link.closed;
    for (const { timer } of this.#pairs.values()) timer?.cancel();
    this.#pairs.clear();
  }

  /** Takes a stream that the client opened, and resets it when its headers are wrong. */
  take(stream: SpdyStream): void {
    const type = stream.header('streamType');
    const port = stream.header('port') ?? '';
    if (portProblem(port, port) !== undefined || (type !== 'data' && type !== 'error')) {
      stream.destroy();
      return;
    }
    // Old clients send no id; the error stream comes first, and the data stream follows it.
    const id = stream.header('requestID') || String(type === 'data' ? stream.id - 2 : stream.id);
    const pair = this.#pairs.get(id) ?? this.#add(id);
    if (pair[type] !== undefined) {
      pair.error?.write(`error processing stream for request ${id}: ${type} stream already assigned`);
      return;
    }
    pair[type] = stream;
    const { data, error } = pair;
    if (data === undefined || error === undefined) return;
    this.#pairs.delete(id);
    pair.timer?.cancel();
    void forward(data, error, Number(data.header('port')), this.#target, this.#clock);
  }

  #add(id: string): StreamPair {
    const pair: StreamPair = {};
    this.#pairs.set(id, pair);
    pair.timer = this.#clock.setTimer(PAIR_MS, () => {
      this.#pairs.delete(id);
      pair.error?.write(`(request=${id}) timed out waiting for streams`);
    });
    return pair;
  }
}

/** Forwards one connection. An error is told on the stream for it, which is then reset. */
async function forward(data: Duplex, error: Duplex, port: number, target: ForwardTarget, clock: Clock): Promise<void> {
  error.resume();
  const problem = await connectAndCopy(data, port, target, clock);
  if (problem === undefined) {
    error.end();
    return;
  }
  data.end();
  data.resume();
  await new Promise<void>((resolve) => {
    error.once('close', resolve);
    error.write(problem, () => resolve());
  });
  error.destroy();
}

async function serveChannels(
  request: KubeletRequest,
  ports: readonly number[],
  target: ForwardTarget,
  clock: Clock,
): Promise<void> {
  const offered = offeredProtocols(request);
  const name = offered.length === 0 ? '' : offered.find((one) => LEGACY.includes(one));
  const protocol = name === undefined ? undefined : channelProtocol(name);
  const socket = await acceptWebSocket(request, protocol?.name);
  if (socket === undefined || protocol === undefined) return;
  const link: WebSocketLink = new WebSocketLink(socket, clock, {
    message: (message) => void connection.receive(message),
    closed: (error) => connection.end(error ?? new Error('the client closed the connection')),
  });
  const connection: ChannelConnection = new ChannelConnection(protocol, link);
  const pairs = ports.map((port, index) => {
    const [data, error] = [connection.open(2 * index), connection.open(2 * index + 1)];
    const first = Buffer.alloc(2);
    first.writeUInt16LE(port);
    data.write(first);
    error.write(first);
    error.resume();
    return { port, data, error };
  });
  await Promise.all(
    pairs.map(async ({ port, data, error }) => {
      const problem = await connectAndCopy(data, port, target, clock);
      if (problem !== undefined) await new Promise((resolve) => error.write(problem, resolve));
    }),
  );
  link.close();
}

/** Connects to the pod and copies both ways until both have ended. Resolves to the text of an error, if there was one. */
async function connectAndCopy(
  data: Duplex,
  port: number,
  target: ForwardTarget,
  clock: Clock,
): Promise<string | undefined> {
  let socket: Duplex;
  try {
    socket = await target.connect(port);
  } catch (error) {
    return `error forwarding port ${port} to pod ${target.uid}, uid : ${textOf(error)}`;
  }
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => resolve());
  });
  socket.on('error', () => {});
  data.once('close', () => {
    if (!data.readableEnded || !data.writableFinished) socket.destroy();
  });
  data.pipe(socket);
  socket.pipe(data);
  let linger: Timer | undefined;
  socket.once('end', () => {
    linger = clock.setTimer(LINGER_MS, () => socket.destroy());
  });
  await closed;
  linger?.cancel();
  if (!data.writableEnded && !data.destroyed) data.end();
  if (!data.writableFinished && !data.destroyed) await Promise.race([once(data, 'finish'), once(data, 'close')]);
  return undefined;
}

function portProblem(text: string, whole: string): string | undefined {
  if (text === '') return '"port" header is required';
  if (!/^\d+$/.test(text)) {
    return `unable to parse ${goQuote(whole)} as a port: strconv.ParseUint: parsing ${goQuote(text)}: invalid syntax`;
  }
  if (Number(text) > 65_535) {
    return `unable to parse ${goQuote(whole)} as a port: strconv.ParseUint: parsing ${goQuote(text)}: value out of range`;
  }
  return Number(text) < 1 ? `port ${goQuote(whole)} must be > 0` : undefined;
}
