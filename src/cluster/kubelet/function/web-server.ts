import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';

/** Answers requests: the handler of a server in the style of the web. */
export type RequestHandler = (request: Request) => Response | Promise<Response>;

/** Makes an HTTP server of a handler. It listens nowhere: pass it connections by `emit('connection', stream)`. */
export function webServer(handler: RequestHandler, onError: (error: unknown) => void): Server {
  return createServer((incoming, outgoing) => {
    answer(handler, incoming, outgoing).catch((error: unknown) => {
      onError(error);
      if (outgoing.headersSent) outgoing.destroy();
      else outgoing.writeHead(500, { 'Content-Type': 'text/plain' }).end('Internal Server Error\n');
    });
  });
}

async function answer(handler: RequestHandler, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const response = await handler(requestOf(incoming, outgoing));
  outgoing.statusCode = response.status;
  if (response.statusText !== '') outgoing.statusMessage = response.statusText;
  for (const [name, value] of response.headers) if (name !== 'set-cookie') outgoing.setHeader(name, value);
  const cookies = response.headers.getSetCookie();
  if (cookies.length > 0) outgoing.setHeader('set-cookie', cookies);
  if (response.body === null || incoming.method === 'HEAD') {
    outgoing.end();
    return;
  }
  for await (const chunk of response.body) {
    if (outgoing.destroyed) return;
    if (!outgoing.write(chunk)) {
      await new Promise<void>((resolve) => {
        outgoing.once('drain', resolve);
        outgoing.once('close', resolve);
      });
    }
  }
  outgoing.end();
}

function requestOf(incoming: IncomingMessage, outgoing: ServerResponse): Request {
  const { method = 'GET', url = '/', headersDistinct } = incoming;
  const headers = new Headers();
  for (const [name, values] of Object.entries(headersDistinct)) {
    for (const value of values ?? []) headers.append(name, value);
  }
  const gone = new AbortController();
  outgoing.once('close', () => {
    if (!outgoing.writableFinished) gone.abort(new DOMException('the client has gone', 'AbortError'));
  });
  const hasBody = method !== 'GET' && method !== 'HEAD';
  const base = `http://${incoming.headers.host ?? 'localhost'}`;
  // The name that a client gives may be any text.
  return new Request(new URL(url, URL.canParse(base) ? base : 'http://localhost'), {
    method,
    headers,
    signal: gone.signal,
    ...(hasBody ? { body: webStreamOf(incoming), duplex: 'half' } : {}),
  });
}

/** Makes a stream of the web. Node's types and the web's differ in name only. */
function webStreamOf(stream: Readable): ReadableStream<Uint8Array> {
  return Readable.toWeb(stream);
}
