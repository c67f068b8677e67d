import type { Pool } from 'undici';
import type { TlsSettings } from '../config/tls-settings.js';
import { NetworkError } from '../errors/index.js';
import { type Clock, systemClock } from '../util/clock.js';
import { lazy } from '../util/single-flight.js';
import { type Deadlines, resolveDeadlines } from './deadlines.js';
import { Exchange } from './exchange.js';
import type { Transport, TransportRequest, TransportResponse } from './transport.js';

/** What an `UndiciTransport` can be told. */
export interface UndiciTransportOptions {
  /** `http://` or `https://`, host, port, and a path that all requests are put under. */
  readonly server: string;
  readonly tls?: TlsSettings | undefined;
  readonly deadlines?: { readonly [K in keyof Deadlines]?: Deadlines[K] | undefined } | undefined;
  /**
   * The largest body of a unary call. Default 256 MiB: half of what V8 can hold as one string, which is where `JSON.parse` ends; larger
   * lists are read in pages or as a stream.
   */
  readonly maxBodyBytes?: number | undefined;
  /**
   * How many unary calls may be on the wire at once; others wait their turn. Default 100: a quarter of what one API server works on
   * (`--max-requests-inflight`), and far below the usual limit of open files. Streams do not count.
   */
  readonly maxConnections?: number | undefined;
  /** Default: the package's name and version. */
  readonly userAgent?: string | undefined;
  readonly clock?: Clock | undefined;
}

/**
 * How long an idle connection is kept: below the 90 s after which an API server closes it, so that no request is written to a
 * connection that is just being closed, and well below the 4 minutes of common load balancers.
 */
const KEEP_ALIVE_MS = 60_000;

/** HTTP/1.1 over undici, one try per request. Connections are kept alive and shared by everyone who holds this transport. */
export class UndiciTransport implements Transport {
  readonly #options: UndiciTransportOptions;
  readonly #deadlines: Deadlines;
  readonly #clock: Clock;
  readonly #prefix: string;
  /** Unary calls and streams have pools of their own: a hundred watches must not starve a GET. */
  readonly #unary: () => Promise<Pool>;
  readonly #streams: () => Promise<Pool>;
  readonly #pools: Promise<Pool>[] = [];
  #closed: Promise<void> | undefined;

  constructor(options: UndiciTransportOptions) {
    this.#options = options;
    this.#deadlines = resolveDeadlines(options.deadlines);
    this.#clock = options.clock ?? systemClock;
    this.#prefix = new URL(options.server).pathname.replace(/\/+$/, '');
    this.#unary = lazy(() => this.#open(options.maxConnections ?? 100));
    this.#streams = lazy(() => this.#open(null));
  }

  async send(request: TransportRequest): Promise<TransportResponse> {
    request.signal?.throwIfAborted();
    const pool = await (request.kind === 'unary' ? this.#unary() : this.#streams());
    if (this.#closed !== undefined) throw closedError();
    const exchange = new Exchange(
      request,
      this.#deadlines,
      this.#clock,
      this.#options.maxBodyBytes ?? 256 * 1024 * 1024,
    );
    return exchange.start(pool, {
      path: `${this.#prefix}${request.path}`,
      method: request.method,
      headers: { 'user-agent': this.#options.userAgent ?? 'keelson', ...mutable(request.headers) },
      body: request.body ?? null,
      // The exchange keeps the deadlines itself, on the clock it was given.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  close(): Promise<void> {
    this.#closed ??= Promise.all(this.#pools.map(async (pool) => (await pool).destroy(closedError()))).then(() => {});
    return this.#closed;
  }

  #open(connections: number | null): Promise<Pool> {
    if (this.#closed !== undefined) return Promise.reject(closedError());
    const pool = this.#createPool(connections);
    this.#pools.push(pool);
    pool.catch(() => this.#pools.splice(this.#pools.indexOf(pool), 1));
    return pool;
  }

  async #createPool(connections: number | null): Promise<Pool> {
    const { Pool } = await import('undici');
    const { server, tls } = this.#options;
    return new Pool(new URL(server).origin, {
      connections,
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connect: { ...tls?.connectOptions(), timeout: this.#deadlines.connectMs },
    });
  }
}

function closedError(): NetworkError {
  return new NetworkError('the connection to the cluster has been closed by close()');
}

function mutable(headers: TransportRequest['headers']): Record<string, string | string[]> {
  const out: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers ?? {})) out[name] = typeof value === 'string' ? value : [...value];
  return out;
}
