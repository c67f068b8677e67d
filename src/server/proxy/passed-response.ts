import type { IncomingMessage } from 'node:http';
import { pipeline, type Readable, type Transform } from 'node:stream';
import { createDeflateRaw, createGunzip, createGzip, createInflateRaw } from 'node:zlib';
import { hopByHop, namedByConnection } from '../../util/hop-by-hop.js';
import { sniffedType } from '../../util/sniffed-type.js';
import { noCache } from '../http/respond.js';
import type { ServerResponse } from '../object/message.js';
import { internalError } from '../object/status-error.js';
import { parseUrl } from './go-url.js';
import { canonicalName } from './header-lines.js';
import { LinkRewriter } from './link-rewriter.js';
import { type ProxiedPage, rewrittenLink, rewrittenUrl } from './proxied-urls.js';

/** Facts about the request that its response depends on. */
export interface PassedRequest {
  readonly isHead: boolean;
  /** True if this server, not the client, asked for gzip: the client gets the body unzipped. */
  readonly addedGzip: boolean;
}

/** The server decides itself which origins may read its responses. */
const ownHeaders = ['credentials', 'headers', 'methods', 'origin'].map((name) => `access-control-allow-${name}`);

/** Returns the response of a backend, with links that lead through the proxy. Throws the 500 Status for a `Location` that does not parse. */
export async function passedResponse(
  message: IncomingMessage,
  page: ProxiedPage,
  request: PassedRequest,
): Promise<ServerResponse> {
  const headers = new Map<string, string[]>();
  const dropped = new Set([...hopByHop, ...ownHeaders, ...namedByConnection(message.headers.connection)]);
  for (const [name, values = []] of Object.entries(message.headersDistinct)) {
    if (!dropped.has(name)) headers.set(name, values);
  }
  const trailer = message.headersDistinct.trailer;
  if (trailer !== undefined) headers.set('trailer', trailer);
  const content = contentOf(message, headers, page, request);
  const body = request.isHead ? content : await withType(headers, content);
  headers.set('cache-control', [noCache['cache-control'], ...(headers.get('cache-control') ?? [])]);
  const status = message.statusCode ?? 502;
  const length = status === 204 || status === 304 ? undefined : headers.get('content-length')?.[0];
  headers.delete('content-length');
  if (status === 304) headers.delete('content-type');
  return {
    status,
    headers: Object.fromEntries(
      [...headers].map(([name, values]) => [name, values.length === 1 ? values.join() : values]),
    ),
    body,
    isPassedOn: true,
    ...(length === undefined ? {} : { length: Number(length) }),
    trailers: () =>
      Object.fromEntries(
        Object.entries(message.trailersDistinct).map(([name, values]) => [canonicalName(name), values ?? []]),
      ),
  };
}

/** Returns the body for the client, and changes the headers that describe it. */
function contentOf(
  message: IncomingMessage,
  headers: Map<string, string[]>,
  page: ProxiedPage,
  { isHead, addedGzip }: PassedRequest,
): Readable {
  const stages: Transform[] = [];
  if (addedGzip && headers.get('content-encoding')?.[0]?.toLowerCase() === 'gzip') {
    stages.push(createGunzip());
    headers.delete('content-encoding');
    headers.delete('content-length');
  }
  const [location = ''] = headers.get('location') ?? [];
  if (location !== '') headers.set('location', [rewrittenLocation(message, page, location)]);
  else if (isHtml(headers)) {
    const rewriter = rewriting(headers.get('content-encoding')?.[0] ?? '', page);
    stages.push(...rewriter);
    if (rewriter.length > 0) headers.delete('content-length');
  }
  if (stages.length === 0 || isHead) return message;
  const last = stages.at(-1);
  pipeline([message, ...stages], () => {
    // The reader of the last stage learns of an error by that stage.
  });
  return last ?? message;
}

/** Adds the media type that a response does not name, as Go's servers do. The response starts when its body does then. */
async function withType(headers: Map<string, string[]>, body: Readable): Promise<AsyncIterable<Uint8Array>> {
  if (headers.has('content-type') || headers.has('content-encoding')) return body;
  const chunks: AsyncIterator<Uint8Array> = body[Symbol.asyncIterator]();
  try {
    const first = await chunks.next();
    if (first.done !== true) headers.set('content-type', [sniffedType(first.value)]);
    return resumed(Promise.resolve(first), chunks);
  } catch (error) {
    return resumed(Promise.reject(error), chunks);
  }
}

async function* resumed(
  first: Promise<IteratorResult<Uint8Array>>,
  chunks: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    for (let next = await first; next.done !== true; next = await chunks.next()) yield next.value;
  } finally {
    await chunks.return?.();
  }
}

function isHtml(headers: ReadonlyMap<string, readonly string[]>): boolean {
  return headers.get('content-type')?.[0]?.split(';', 1)[0]?.trim() === 'text/html';
}

function rewrittenLocation(message: IncomingMessage, page: ProxiedPage, location: string): string {
  try {
    return rewrittenUrl(page, parseUrl(location));
  } catch (error) {
    message.destroy();
    const why = `error trying to parse Location header: ${error instanceof Error ? error.message : String(error)}`;
    throw internalError(why);
  }
}

/** Returns the streams that rewrite the links of a document. None for an encoding that the server does not know. */
function rewriting(encoding: string, page: ProxiedPage): Transform[] {
  const rewriter = new LinkRewriter((link) => rewrittenLink(page, link));
  if (encoding === '') return [rewriter];
  if (encoding === 'gzip') return [createGunzip(), rewriter, createGzip()];
  if (encoding === 'deflate') return [createInflateRaw(), rewriter, createDeflateRaw({ level: 9 })];
  return [];
}
