import { noCache } from '../http/respond.js';
import type { ServerRequest, ServerResponse } from '../object/message.js';
import { header } from '../object/message.js';
import type { ServerContext } from '../object/server-context.js';
import { failure } from '../object/status-error.js';
import { type Backend, hostOf } from './backend.js';
import { UnreachableBackendError } from './backend-connection.js';
import { sendToBackend } from './backend-request.js';
import { byteString, escapePath, joinPath } from './go-path.js';
import { addForwardedFor, headersToPass, removeHopByHop, sortedHeaders } from './header-lines.js';
import { passedResponse } from './passed-response.js';
import type { ProxiedPage } from './proxied-urls.js';

/**
 * Passes a request on to a node, a pod or a service, and the response back, with links that lead through the server again. Throws the 503
 * Status when the backend does not respond.
 */
export async function proxyHttp(
  server: ServerContext,
  request: ServerRequest,
  backend: Backend,
): Promise<ServerResponse> {
  const { method } = request;
  const { path: sentPath, query } = splitUrl(request.path);
  const lacksSlash = sentPath.endsWith('/') && !backend.path.endsWith('/');
  const path = lacksSlash ? `${backend.path}/` : backend.path;
  if (path === '' && (method === 'GET' || method === 'HEAD'))
    return { status: 301, headers: { ...noCache, location: `${sentPath}/${query}` }, body: new Uint8Array() };
  const target = path === '' ? '/' : path;
  const decoded = byteString(decodeURIComponent(sentPath));
  const page: ProxiedPage = {
    backendHost: hostOf(backend),
    requestHost: header(request, 'host'),
    prefix: decoded.endsWith(path) ? decoded.slice(0, decoded.length - path.length) : decoded,
  };
  const lines = headersToPass(request);
  removeHopByHop(lines);
  addForwardedFor(lines, request.remoteAddress);
  const slash = target.endsWith('/') ? '/' : '';
  lines.set('X-Forwarded-Uri', [`${joinPath(page.prefix, escapePath(target))}${slash}`]);
  const addsGzip = !lines.has('Accept-Encoding') && !lines.has('Range') && method !== 'HEAD';
  if (addsGzip) lines.set('Accept-Encoding', ['gzip']);
  lines.set('Host', [page.requestHost]);
  const body = request.openBody?.();
  if (body !== undefined) lines.set(...framingOf(request));
  try {
    const { message } = await sendToBackend(server, backend, {
      method,
      path: `${escapePath(target)}${query}`,
      headers: sortedHeaders(lines),
      body,
      signal: request.signal ?? server.closing,
    });
    return await passedResponse(message, page, { isHead: method === 'HEAD', addedGzip: addsGzip });
  } catch (error) {
    if (!(error instanceof UnreachableBackendError)) throw error;
    throw failure(503, 'ServiceUnavailable', `error trying to reach service: ${error.message}`);
  }
}

/** Splits a request's URL. The query keeps its `?`, unless nothing follows it. */
function splitUrl(url: string): { path: string; query: string } {
  const mark = url.indexOf('?');
  if (mark < 0) return { path: url, query: '' };
  const query = url.slice(mark);
  return { path: url.slice(0, mark), query: query === '?' ? '' : query };
}

/** Returns the header that says how long the body is. */
function framingOf(request: ServerRequest): [string, string[]] {
  const length = header(request, 'content-length');
  return length === '' ? ['Transfer-Encoding', ['chunked']] : ['Content-Length', [length]];
}
