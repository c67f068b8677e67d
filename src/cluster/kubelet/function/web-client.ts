import { request as httpRequest, type IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { NetworkError } from '../../../errors/index.js';
import type { Dial } from '../probes/http-probe.js';

/** Statuses that have no body. */
const WITHOUT_BODY: ReadonlySet<number> = new Set([101, 204, 205, 304]);

/** Sends a request over a connection that `dial` makes, in the style of the web. Redirects are left to the caller. */
export async function fetchOver(dial: Dial, input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const request = new Request(input, init);
  const url = new URL(request.url);
  const isTls = url.protocol === 'https:';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const plain = await dial(host, Number(url.port || (isTls ? 443 : 80)));
  const socket = isTls ? connectTls({ socket: plain, servername: host }) : plain;
  const body = request.body === null ? undefined : Buffer.from(await request.arrayBuffer());
  const headers: Record<string, string> = { Host: url.host };
  for (const [name, value] of request.headers) headers[name] = value;
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = httpRequest(
      {
        createConnection: () => socket,
        method: request.method,
        path: url.pathname + url.search,
        headers: { ...headers, Connection: 'close', ...(body ? { 'Content-Length': String(body.length) } : {}) },
        signal: request.signal,
      },
      resolve,
    );
    sent.once('error', (error) => reject(new NetworkError(`fetch ${url.href}: ${error.message}`, { cause: error })));
    sent.end(body);
  });
  response.once('close', () => plain.destroy());
  const answered = new Headers();
  for (const [name, values] of Object.entries(response.headersDistinct)) {
    for (const value of values ?? []) answered.append(name, value);
  }
  const status = response.statusCode ?? 500;
  if (WITHOUT_BODY.has(status)) response.resume();
  return new Response(WITHOUT_BODY.has(status) ? null : bodyOf(response), {
    status,
    statusText: response.statusMessage ?? '',
    headers: answered,
  });
}

/** Makes a stream of the web of a response. */
function bodyOf(response: IncomingMessage): ReadableStream<Uint8Array> {
  const reader = Readable.toWeb(response).getReader();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
}
