import type { IncomingMessage, ServerResponse } from 'node:http';
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

/** A request with the way to answer it, before or after an upgrade was asked for. */
export interface KubeletRequest {
  readonly request: IncomingMessage;
  readonly method: string;
  /** The path, without the query, as the client wrote it. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Answers with text. */
  answer(status: number, text: string, headers?: readonly (readonly [name: string, value: string])[]): void;
  /** Takes the connection for another protocol. Undefined when the client did not ask for an upgrade. */
  readonly upgrade?: (() => { readonly socket: Duplex; readonly head: Buffer }) | undefined;
  /** The response of a request without an upgrade. */
  readonly response?: ServerResponse | undefined;
}

const TEXT: readonly [string, string] = ['Content-Type', 'text/plain; charset=utf-8'];
const NO_SNIFF: readonly [string, string] = ['X-Content-Type-Options', 'nosniff'];

/** The headers of `http.Error` in Go, whose texts end with a line end. */
export const goErrorHeaders = [NO_SNIFF];

/** Makes a request of an ordinary one. */
export function ordinaryRequest(request: IncomingMessage, response: ServerResponse): KubeletRequest {
  // As Go's server, which sends no headers about connections that stay open.
  response.removeHeader('Connection');
  return {
    ...targetOf(request),
    response,
    answer: (status, text, headers = []) => {
      response.statusCode = status;
      for (const [name, value] of withType(headers)) response.appendHeader(name, value);
      response.setHeader('Content-Length', Buffer.byteLength(text));
      response.end(text);
    },
  };
}

/** Makes a request of one that asks for an upgrade. */
export function upgradeRequest(request: IncomingMessage, socket: Duplex, head: Buffer): KubeletRequest {
  return {
    ...targetOf(request),
    upgrade: () => ({ socket, head }),
    answer: (status, text, headers = []) => {
      const lines = [...withType(headers), ['Content-Length', String(Buffer.byteLength(text))]];
      socket.end(
        `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${text}`,
      );
    },
  };
}

function withType(headers: readonly (readonly [string, string])[]): readonly (readonly [string, string])[] {
  return headers.some(([name]) => name === TEXT[0]) ? headers : [TEXT, ...headers];
}

function targetOf(request: IncomingMessage) {
  const [path = '/', ...query] = (request.url ?? '/').split('?');
  return { request, method: request.method ?? 'GET', path, query: new URLSearchParams(query.join('?')) };
}
