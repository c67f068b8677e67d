import type { Duplex } from 'node:stream';

/** The one seam through which every byte to and from an API server goes. */
export interface Transport {
  /**
   * Sends one request and resolves when the status and headers have come, whatever the status. Rejects with a `NetworkError`,
   * a `TimeoutError`, or the reason of `signal`.
   */
  send(request: TransportRequest): Promise<TransportResponse>;
  /** Ends all connections, open streams included. Nothing keeps the process alive afterwards. */
  close(): Promise<void>;
  /** Makes new connections for requests from now on, because who one is has changed; what is under way goes on. */
  renewConnections?(): void;
  /**
   * Makes a connection to the server that belongs to the caller alone, for protocols that upgrade HTTP. Rejects as `send` does. A
   * transport without a network has no such method.
   */
  dial?(signal?: AbortSignal): Promise<DialedConnection>;
}

/** A connection to the server, before the first byte of HTTP. Whoever gets it ends it. */
export interface DialedConnection {
  /** TCP or TLS, through the proxy where there is one. */
  readonly socket: Duplex;
  /** The value of the `Host` header. */
  readonly host: string;
  /** The path of the server that all requests are put under. */
  readonly prefix: string;
  /** Credentials and the user agent. */
  readonly headers: { readonly [name: string]: string };
  /** Call after a 401. Resolves to true when there are other credentials: dial again then. */
  refresh(): Promise<boolean>;
}

/** One request. Credentials are the transport's business and do not stand here. */
export interface TransportRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD' | 'OPTIONS';
  /** Path and query, beginning with `/`. */
  readonly path: string;
  /** Lower-case names; a list is sent as repeated headers. */
  readonly headers?: { readonly [name: string]: string | readonly string[] };
  readonly body?: Uint8Array;
  /** `unary` has a deadline over the whole body, `stream` only between bytes. */
  readonly kind: 'unary' | 'stream';
  /** Instead of the deadline over a unary call; for a stream, how long it may be silent, if that is less than the transport's idle time. */
  readonly timeoutMs?: number;
  /**
   * True: the caller knows that the request may arrive twice without harm, and wants it sent again when its fate is unknown. Default: GET
   * may be, anything else is never sent again once it may have reached the server.
   */
  readonly idempotent?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** The number of earlier attempts, set by the retrying transport. Default 0. */
  readonly attempt?: number | undefined;
}

/** The response. Read its body to the end or cancel it; otherwise its connection stays busy. */
export interface TransportResponse {
  readonly status: number;
  /** Lower-case names. A header that came more than once is a list. */
  readonly headers: { readonly [name: string]: string | readonly string[] | undefined };
  readonly body: ResponseBody;
}

/** A body, read once, in one of two ways. */
export interface ResponseBody {
  /** The whole body. Rejects when it is larger than the transport's bound. */
  bytes(): Promise<Uint8Array>;
  /**
   * Chunks as they come, by callback because that is the fastest way off the socket. Of a stream, a chunk is good only until
   * `onChunk` returns: the next one is read into the same memory. When it returns a promise, no further chunk comes until that
   * settles (backpressure); when it throws, the body is cancelled and the error passed on.
   */
  consume(onChunk: (chunk: Uint8Array) => void | Promise<void>): Promise<void>;
  /** Drops the rest. */
  cancel(): void;
}
