import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** Returns a request of `node:http` as the web platform's `Request`. Throws a `TypeError` for a `Host` or target that is not valid. */
export function webRequest(request: IncomingMessage, signal?: AbortSignal): Request {
  const { method = 'GET', rawHeaders, url = '/' } = request;
  const headers = new Headers();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) headers.append(rawHeaders[at] ?? '', rawHeaders[at + 1] ?? '');
  const isRead = method === 'GET' || method === 'HEAD';
  const body = isRead ? null : (Readable.toWeb(request) as ReadableStream<Uint8Array>);
  const target = new URL(url, `http://${request.headers.host ?? 'localhost'}`);
  return new Request(target, { method, headers, body, duplex: 'half', signal: signal ?? null });
}

/** Sends a web platform's `Response` as the answer of `node:http`. */
export async function sendResponse(answer: Response, response: ServerResponse): Promise<void> {
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  if (answer.body === null) {
    response.end();
    return;
  }
  await pipeline(Readable.fromWeb(answer.body as import('node:stream/web').ReadableStream), response);
}
