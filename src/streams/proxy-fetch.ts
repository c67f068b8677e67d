import { InvalidRequestError } from '../errors/index.js';
import type { TransportRequest } from '../transport/transport.js';
import { bodyStream } from './body-stream.js';
import type { StreamContext, StreamTarget } from './stream-context.js';

const METHODS: readonly string[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'];

/** Headers that belong to the connection to the API server, not to the backend. */
const OWN =
  /^(authorization|connection|host|content-length|transfer-encoding|upgrade|keep-alive|proxy-.*|impersonate-.*)$/;

/** Sends one request through the API server's proxy and returns the backend's answer, whatever its status. */
export async function proxyFetch(
  context: StreamContext,
  target: StreamTarget,
  path: string,
  init: RequestInit = {},
): Promise<Response> {
  const { transport, headers: own, closed } = context;
  if (closed.aborted) throw closed.reason;
  if (!path.startsWith('/')) {
    throw new InvalidRequestError(`the path ${JSON.stringify(path)} must begin with "/"`, { request: target.request });
  }
  const url = new URL(`http://backend${path}`);
  const request = new Request(url, init);
  const method = METHODS.find((one) => one === request.method.toUpperCase());
  if (method === undefined) {
    throw new InvalidRequestError(`the proxy does not take the method ${request.method}`, { request: target.request });
  }
  const headers: Record<string, string> = {};
  for (const [name, value] of request.headers) if (!OWN.test(name)) headers[name] = value;
  const body = request.body === null ? undefined : new Uint8Array(await request.arrayBuffer());
  const response = await transport.send({
    method: method as TransportRequest['method'],
    path: `${target.path}${url.pathname}${url.search}`,
    headers: { accept: '*/*', ...headers, ...own },
    kind: 'stream',
    // The backend's answers are its own: none is tried again.
    idempotent: false,
    ...(body === undefined ? {} : { body }),
    ...(init.signal == null ? {} : { signal: init.signal }),
  });
  const empty = method === 'HEAD' || [204, 205, 304].includes(response.status);
  if (empty) response.body.cancel();
  const answered = new Headers();
  for (const [name, value] of Object.entries(response.headers)) {
    for (const one of value === undefined ? [] : [value].flat()) answered.append(name, one);
  }
  const stream = empty ? null : bodyStream(response.body, (error) => error);
  return new Response(stream, { status: response.status, headers: answered });
}
