import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { Duplex, Readable } from 'node:stream';
import type { RequestPath } from './request-path.js';

/** A request on its way through the proxy. */
export interface ProxyRequest {
  readonly method: string;
  readonly path: RequestPath;
  /** With the `?`, or empty. */
  readonly query: string;
  /** The value of the `Host` header. */
  readonly host: string;
  readonly headers: IncomingHttpHeaders;
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
  readonly remoteAddress: string | undefined;
  readonly body: Readable;
  /** The connection, for a request that asks for an upgrade. `head` are bytes that came after the request. */
  readonly upgrade?: { readonly socket: Duplex; readonly head: Uint8Array } | undefined;
}

/** Answers a request. */
export type ProxyHandler = (request: ProxyRequest, response: ServerResponse) => void;

/** Answers with a plain text, as Go's `http.Error` does. */
export function plainError(response: ServerResponse, status: number, text: string): void {
  const body = Buffer.from(`${text}\n`);
  respond(response, status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'X-Content-Type-Options': 'nosniff',
    'Content-Length': body.length,
  });
  response.end(body);
}

/** Answers with Go's text for a path that leads nowhere. */
export function notFound(response: ServerResponse): void {
  plainError(response, 404, '404 page not found');
}

/** Writes status and headers. Node's own `Connection: keep-alive` is left out; `Connection: close` is not. */
export function respond(
  response: ServerResponse,
  status: number,
  headers: readonly string[] | { readonly [name: string]: string | number },
): void {
  if (response.shouldKeepAlive) response.removeHeader('connection');
  const list = isList(headers) ? headers : Object.entries(headers).flatMap(([name, value]) => [name, String(value)]);
  response.writeHead(status, [...list]);
}

function isList(headers: object): headers is readonly string[] {
  return Array.isArray(headers);
}
