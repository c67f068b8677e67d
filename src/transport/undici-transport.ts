import type { Socket } from 'node:net';
import type { Dispatcher, Pool } from 'undici';
import type { ProxySettings } from '../config/proxy-settings.js';
import type { TlsSettings } from '../config/tls-settings.js';
import { NetworkError } from '../errors/index.js';
import { abortable } from '../util/abort.js';
import { type Clock, systemClock } from '../util/clock.js';
import { lazy } from '../util/single-flight.js';
import { Connector, isUnneeded } from './connector.js';
import { type Deadlines, resolveDeadlines } from './deadlines.js';
import { Exchange } from './exchange.js';
import { GunzipBody } from './gunzip-body.js';
import { networkError, withTlsHint } from './network-error.js';
import type { DialedConnection, Transport, TransportRequest, TransportResponse } from './transport.js';
import { defaultUserAgent } from './user-agent.js';

/** The options of an `UndiciTransport`. */
export interface UndiciTransportOptions {
  /** `http://` or `https://`, host, port, and a path that all requests are put under. */
  readonly server: string;
  readonly tls?: TlsSettings | undefined;
  /** The proxy on the way. Default: none; the environment has been looked at before. */
  readonly proxy?: ProxySettings | undefined;
  /**
   * If true, unary reads ask for gzip. Default: true, as in client-go, except for a server on this machine, where compressing costs more
   * than copying. Streams never ask for it, because servers do not compress them.
   */
  readonly compression?: boolean | undefined;
  readonly deadlines?: { readonly [K in keyof Deadlines]?: Deadlines[K] | undefined } | undefined;
  /**
   * The largest body of a unary call. Default 256 MiB: half of what V8 can hold as one string, which is where `JSON.parse` ends; larger
   * lists are read in pages or as a stream.
   */
  readonly maxBodyBytes?: number | undefined;
  /**
   * The number of unary calls that may be on the wire at once; others wait. Default 100: a quarter of the calls that one API server
   * handles (`--max-requests-inflight`), and far below the usual limit of open files. Streams do not count.
   */
  readonly maxConnections?: number | undefined;
  /** Default: `keelson/<version> (<system>/<processor>) node/<version>`. */
  readonly userAgent?: string | undefined;
  /** Where time comes from. Default: the system's. */
  readonly clock?: Clock | undefined;
}

/**
 * The time that an idle connection is kept. An API server closes one after 90 s, and common load balancers after 4 minutes. A shorter
 * time avoids writing a request to a connection that is being closed.
 */
const KEEP_ALIVE_MS = 60_000;

/** The connections of one time: unary calls and streams have pools of their own, for a hundred watches must not starve a GET. */
interface Pools {
  readonly connector: Connector;
  readonly unary: PoolOf;
  readonly streams: PoolOf;
}

interface PoolOf {
  readonly pool: Pool;
  /** The exchanges that have no connection yet. */
  readonly waiting: Set<unknown>;
}

/** HTTP/1.1 over undici, one try per request. Connections are kept alive and shared by everyone who holds this transport. */
export class UndiciTransport implements Transport {
  readonly #options: UndiciTransportOptions;
  readonly #deadlines: Deadlines;
  readonly #clock: Clock;
  readonly #host: string;
  /** The text before every path: the server's own path, and its whole address if a proxy forwards. */
  readonly #prefix: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #compression: boolean;
  #pools: () => Promise<Pools>;
  readonly #open = new Set<Pools>();
  readonly #dialed = new Set<Socket>();
  readonly #dialer: Connector;
  #closed: Promise<void> | undefined;
  /** True once the server has answered a request. */
  #answered = false;

  constructor(options: UndiciTransportOptions) {
    this.#options = options;
    this.#deadlines = resolveDeadlines(options.deadlines);
    this.#clock = options.clock ?? systemClock;
    const { host, hostname, origin, pathname } = new URL(options.server);
    const forwarded = Connector.forwards(options.server, options.proxy);
    this.#host = host;
    this.#prefix = `${forwarded ? origin : ''}${pathname.replace(/\/+$/, '')}`;
    const login = forwarded ? options.proxy?.credentials() : undefined;
    this.#headers = {
      'user-agent': options.userAgent ?? defaultUserAgent(),
      ...(login === undefined
        ? {}
        : {
            'proxy-authorization': `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`,
          }),
    };
    this.#compression = options.compression ?? !/^(localhost|127\.[\d.]+|\[::1\])$/.test(hostname);
    this.#pools = lazy(() => this.#openPools());
    const { server, tls, proxy } = options;
    this.#dialer = new Connector({ server, tls, proxy, deadlines: this.#deadlines, clock: this.#clock, tunnel: true });
  }

  async dial(signal?: AbortSignal): Promise<DialedConnection> {
    signal?.throwIfAborted();
    if (this.#closed !== undefined) throw closedError();
    let socket: Socket;
    try {
      const needed = () => signal?.aborted !== true && this.#closed === undefined;
      socket = await abortable(this.#dialer.connect(needed), signal);
    } catch (error) {
      signal?.throwIfAborted();
      throw networkError(error, { method: 'GET', path: '/', kind: 'stream' }, false);
    }
    this.#dialed.add(socket);
    // A socket that is dropped before it is used must not end the process when it breaks.
    socket.on('error', () => {});
    socket.once('close', () => this.#dialed.delete(socket));
    const prefix = new URL(this.#options.server).pathname.replace(/\/+$/, '');
    const headers = { 'user-agent': this.#options.userAgent ?? defaultUserAgent() };
    return { socket, host: this.#host, prefix, headers, refresh: async () => false };
  }

  async send(request: TransportRequest): Promise<TransportResponse> {
    request.signal?.throwIfAborted();
    const pools = await this.#pools();
    if (this.#closed !== undefined) throw closedError();
    const maxBytes = this.#options.maxBodyBytes ?? 256 * 1024 * 1024;
    const pack = this.#compression && request.kind === 'unary' && request.method === 'GET';
    const exchange = new Exchange(request, this.#host, this.#deadlines, this.#clock, maxBytes);
    const { pool, waiting } = request.kind === 'unary' ? pools.unary : pools.streams;
    const options: Dispatcher.DispatchOptions = {
      path: `${this.#prefix}${request.path}`,
      method: request.method,
      headers: { ...this.#headers, ...(pack ? { 'accept-encoding': 'gzip' } : {}), ...mutable(request.headers) },
      body: request.body ?? null,
      // The exchange keeps the deadlines itself, on the clock it was given.
      headersTimeout: 0,
      bodyTimeout: 0,
    };
    let response: TransportResponse;
    try {
      response = await exchange.start(pool, options, waiting);
    } catch (error) {
      throw this.#answered ? error : withTlsHint(error, this.#options.server);
    }
    this.#answered = true;
    return response.headers['content-encoding'] === 'gzip' ? unpacked(response, maxBytes) : response;
  }

  /** New connections for requests from now on; what is under way on the old ones goes on there to its end. */
  renewConnections(): void {
    const before = this.#pools;
    this.#pools = lazy(() => this.#openPools());
    before().then(
      async (pools) => {
        await Promise.all([pools.unary.pool.close(), pools.streams.pool.close()]);
        this.#open.delete(pools);
      },
      () => {},
    );
  }

  close(): Promise<void> {
    this.#dialer.close();
    for (const socket of this.#dialed) socket.destroy();
    this.#closed ??= Promise.all(
      [...this.#open].flatMap(({ connector, unary, streams }) => {
        connector.close();
        return [unary.pool.destroy(closedError()), streams.pool.destroy(closedError())];
      }),
    ).then(() => {});
    return this.#closed;
  }

  async #openPools(): Promise<Pools> {
    const { Pool } = await import('undici');
    if (this.#closed !== undefined) throw closedError();
    const { server, tls, proxy, maxConnections = 100 } = this.#options;
    const connector = new Connector({ server, tls, proxy, deadlines: this.#deadlines, clock: this.#clock });
    const open = (connections: number | null, inPlace: boolean): PoolOf => {
      const waiting = new Set<unknown>();
      const pool = new Pool(new URL(server).origin, {
        connections,
        pipelining: 1,
        keepAliveTimeout: KEEP_ALIVE_MS,
        connect: (_options, callback) => {
          const needed = () => waiting.size > 0;
          const connect = () => {
            connector.connect(needed, inPlace).then(
              (socket) => callback(null, socket),
              // Between the decision and this turn somebody may have come after all.
              (error) => (isUnneeded(error) && needed() ? connect() : callback(error, null)),
            );
          };
          connect();
        },
      });
      return { pool, waiting };
    };
    const pools = { connector, unary: open(maxConnections, false), streams: open(null, true) };
    this.#open.add(pools);
    return pools;
  }
}

function unpacked({ status, headers, body }: TransportResponse, maxBytes: number): TransportResponse {
  const { 'content-encoding': _packed, 'content-length': _length, ...rest } = headers;
  return { status, headers: rest, body: new GunzipBody(body, maxBytes) };
}

function closedError(): NetworkError {
  return new NetworkError('the connection to the cluster has been closed by close()');
}

function mutable(headers: TransportRequest['headers']): Record<string, string | string[]> {
  const out: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers ?? {})) out[name] = typeof value === 'string' ? value : [...value];
  return out;
}
