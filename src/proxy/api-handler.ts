import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { ApiServerLink } from './api-server-link.js';
import { withoutHeaders, withoutHopHeaders } from './hop-headers.js';
import { passUpgrade } from './pass-upgrade.js';
import { notFound, type ProxyHandler, type ProxyRequest, plainError, respond } from './proxy-request.js';
import { type FilteredRequest, type RequestFilter, withoutPort } from './request-filter.js';
import { textOf } from './request-path.js';

/** The settings of the part that leads to the API. */
export interface ApiHandlerOptions {
  readonly link: ApiServerLink;
  /** Ends with a slash. It is taken off each path, unless it begins with `/api`. */
  readonly prefix: string;
  /** Undefined: every request passes. */
  readonly filter: RequestFilter | undefined;
  /** The keep-alive period of upgraded connections, in milliseconds; 0: the system's. */
  readonly keepaliveMs: number;
  readonly onRequest: ((request: FilteredRequest) => void) | undefined;
}

/** Returns the handler that passes requests on to the API server. */
export function apiHandler({ link, prefix, filter, keepaliveMs, onRequest }: ApiHandlerOptions): ProxyHandler {
  return (incoming, response) => {
    const request = prefix.startsWith('/api') ? incoming : stripped(incoming, prefix);
    if (request === undefined) {
      notFound(response);
      return;
    }
    const { method, host } = request;
    const path = textOf(request.path.path);
    const accepted = filter === undefined || filter.accepts(method, path, host);
    onRequest?.({ method, path, host: withoutPort(host), accepted });
    if (!accepted) plainError(response, 403, 'Forbidden');
    else if (request.upgrade !== undefined) passUpgrade(link, request, response, keepaliveMs);
    else void pass(link, request, response);
  };
}

/** Takes the prefix off and keeps a slash in front. Returns undefined for a path without the prefix. */
function stripped(request: ProxyRequest, prefix: string): ProxyRequest | undefined {
  const { path, raw } = request.path;
  if (!path.startsWith(prefix)) return undefined;
  const rest = path.slice(prefix.length);
  return { ...request, path: { path: rest === '' || rest.startsWith('/') ? rest : `/${rest}`, raw } };
}

/** Passes a request on, and its answer back, as both come in. */
async function pass(link: ApiServerLink, request: ProxyRequest, response: ServerResponse): Promise<void> {
  // Go's client asks for gzip by itself, and unpacks what comes.
  const unpacks =
    request.headers['accept-encoding'] === undefined &&
    request.headers.range === undefined &&
    request.method !== 'HEAD';
  const headers = [
    ...withoutHopHeaders(request.rawHeaders),
    ...(unpacks ? ['Accept-Encoding', 'gzip'] : []),
    ...(request.headers['transfer-encoding'] === undefined ? [] : ['Transfer-Encoding', 'chunked']),
  ];
  let sent: ClientRequest;
  try {
    sent = await link.send({ request, headers, upgrade: false });
  } catch (error) {
    plainError(response, 500, link.problem(error));
    return;
  }
  response.once('close', () => sent.destroy());
  sent.on('error', (error) => {
    if (response.headersSent) response.destroy();
    else plainError(response, 500, link.problem(error));
  });
  sent.once('response', (answer) => {
    if (answer.statusCode === 401 && request.headers.authorization === undefined) link.refused();
    passBack(answer, unpacks && answer.headers['content-encoding'] === 'gzip', response);
  });
  pipeline(request.body, sent, () => {});
}

function passBack(answer: IncomingMessage, packed: boolean, response: ServerResponse): void {
  const headers = withoutHopHeaders(answer.rawHeaders);
  respond(
    response,
    answer.statusCode ?? 502,
    packed ? withoutHeaders(headers, 'content-encoding', 'content-length') : headers,
  );
  // The client learns of the answer before its body begins, as watches need it.
  response.flushHeaders();
  const body: Readable = packed ? pipeline(answer, createGunzip({ flush: 2, finishFlush: 2 }), () => {}) : answer;
  pipeline(body, response, () => {});
}
