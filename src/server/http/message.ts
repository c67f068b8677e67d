import type { UserInfo } from '../user.js';

/** One request, already read from wherever it came. */
export interface ServerRequest {
  readonly method: string;
  /** Path and query, beginning with `/`. */
  readonly path: string;
  /** Lower-case names. */
  readonly headers: { readonly [name: string]: string | readonly string[] | undefined };
  /** The whole body; undefined when there is none. Whoever reads it bounds it at `maxBodyBytes` and hands on one byte more as proof. */
  readonly body?: Uint8Array | undefined;
  /** Reads the body of a request whose `body` was not read yet. The router calls it once the request is authorized. */
  readonly readBody?: (() => Promise<Uint8Array | undefined>) | undefined;
  /** Aborted when the client goes away: ends watches. */
  readonly signal?: AbortSignal | undefined;
  /** Who asks, as authentication found out. Default: whoever comes through an insecure port, who may do everything. */
  readonly user?: UserInfo | undefined;
}

/** What goes back. A streamed body must be read to its end, or its iterator returned. */
export interface ServerResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: { readonly [name: string]: string | readonly string[] };
  readonly body: Uint8Array | AsyncIterable<Uint8Array>;
  /** How many bytes a streamed body has, where that is known beforehand. */
  readonly length?: number | undefined;
}

/** A body: whole, or in chunks of which the length in all is known. */
export type SizedBody = Uint8Array | { readonly chunks: AsyncIterable<Uint8Array>; readonly length: number };

/** The real server's bound on request bodies: 3 MiB. */
export const maxBodyBytes = 3 * 1024 * 1024;

/** The first value of a header, or an empty string. */
export function header(request: ServerRequest, name: string): string {
  const value = request.headers[name];
  if (value === undefined) return '';
  return typeof value === 'string' ? value : (value[0] ?? '');
}
