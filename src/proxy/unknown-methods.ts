import { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import type { ProxyRequest } from './proxy-request.js';

/** A request that Node's parser refused, with its method and its response. */
export interface RecoveredRequest {
  readonly request: Omit<ProxyRequest, 'path' | 'query'>;
  readonly url: string;
  readonly response: ServerResponse;
}

const badRequest =
  'HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n400 Bad Request';

/**
 * Reads a request that Node's parser refused for its method: the API server decides what it means. Its body must have come with it. Ends
 * the connection with 400, and returns undefined, for a request that is wrong in another way.
 */
export function recovered(error: NodeJS.ErrnoException, socket: Socket): RecoveredRequest | undefined {
  const { rawPacket } = error as { rawPacket?: unknown };
  const found = error.code === 'HPE_INVALID_METHOD' && rawPacket instanceof Uint8Array ? parsed(rawPacket) : undefined;
  if (found === undefined || !socket.writable) {
    if (socket.writable) socket.end(badRequest);
    return undefined;
  }
  const message = new IncomingMessage(socket);
  message.method = found.method;
  message.httpVersionMajor = 1;
  message.httpVersionMinor = 1;
  const response = new ServerResponse(message);
  response.assignSocket(socket);
  response.once('finish', () => socket.end());
  const headers: { [name: string]: string } = {};
  for (let i = 0; i + 1 < found.rawHeaders.length; i += 2) {
    headers[(found.rawHeaders[i] ?? '').toLowerCase()] = found.rawHeaders[i + 1] ?? '';
  }
  return {
    request: {
      method: found.method,
      host: headers.host ?? '',
      headers,
      rawHeaders: found.rawHeaders,
      remoteAddress: socket.remoteAddress,
      body: Readable.from(found.body.length === 0 ? [] : [found.body]),
    },
    url: found.url,
    response,
  };
}

interface ParsedRequest {
  readonly method: string;
  readonly url: string;
  readonly rawHeaders: readonly string[];
  readonly body: Uint8Array;
}

function parsed(packet: Uint8Array): ParsedRequest | undefined {
  const text = Buffer.from(packet).toString('latin1');
  const end = text.indexOf('\r\n\r\n');
  const [line = '', ...lines] = text.slice(0, Math.max(0, end)).split('\r\n');
  const [, method, url] = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) (\/[\x21-\x7e\x80-\xff]*) HTTP\/1\.1$/.exec(line) ?? [];
  if (end < 0 || method === undefined || url === undefined) return undefined;
  const rawHeaders: string[] = [];
  for (const one of lines) {
    const [, name, value] = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([\t\x20-\x7e\x80-\xff]*?)[ \t]*$/.exec(one) ?? [];
    if (name === undefined || value === undefined) return undefined;
    rawHeaders.push(name, value);
  }
  const named = (wanted: string) =>
    rawHeaders.filter((_, i) => rawHeaders[i - 1]?.toLowerCase() === wanted && i % 2 === 1);
  const lengths = named('content-length');
  const rest = packet.subarray(Buffer.byteLength(text.slice(0, end + 4), 'latin1'));
  const length = Number(lengths[0] ?? 0);
  const isWhole = named('transfer-encoding').length === 0 && lengths.length < 2 && rest.length === length;
  return isWhole && named('host').length === 1 ? { method, url, rawHeaders, body: rest } : undefined;
}
