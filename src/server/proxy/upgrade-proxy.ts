import type { IncomingMessage } from 'node:http';
import { header, type ServerRequest, type ServerResponse, type TakenConnection } from '../object/message.js';
import type { ServerContext } from '../object/server-context.js';
import { internal } from '../object/status-error.js';
import type { Backend } from './backend.js';
import { connectBackend, UnreachableBackendError } from './backend-connection.js';
import { type BackendResponse, sendOver } from './backend-request.js';
import { escapePath } from './go-path.js';
import { addForwardedFor, type HeaderLines, headersToPass, sortedHeaders } from './header-lines.js';
import { joinConnections } from './joined-connections.js';

/**
 * Passes an upgrade on, whatever the protocol. Once the backend has agreed, bytes go both ways as they are. A refusal of the backend
 * reaches the client as it is. Throws the 500 Status when the backend does not respond.
 */
export async function proxyUpgrade(
  server: ServerContext,
  request: ServerRequest,
  backend: Backend,
): Promise<ServerResponse> {
  const response = await askBackend(server, request, backend);
  const { message, upgraded } = response;
  if (upgraded === undefined || request.mayUpgrade !== true) return refusedUpgrade(response);
  return {
    status: 101,
    headers: {},
    body: new Uint8Array(),
    isPassedOn: true,
    takeOver: async ({ socket, head, signal }: TakenConnection) => {
      socket.write(Buffer.concat([headOf(message), upgraded.head]));
      upgraded.socket.write(head);
      await joinConnections(socket, upgraded.socket, signal);
    },
  };
}

/**
 * Asks a backend for an upgrade with the headers of the request. `change` may change them, and returns the method then. Throws the 500
 * Status when the backend does not respond.
 */
export async function askBackend(
  server: ServerContext,
  request: ServerRequest,
  backend: Backend,
  change: (lines: HeaderLines) => string = () => request.method,
): Promise<BackendResponse> {
  const signal = request.signal ?? server.closing;
  const lines = headersToPass(request);
  const method = change(lines);
  addForwardedFor(lines, request.remoteAddress);
  lines.set('Host', [header(request, 'host')]);
  const length = header(request, 'content-length');
  const hasLength = length !== '' || ['POST', 'PUT', 'PATCH'].includes(method);
  if (hasLength) lines.set('Content-Length', [length === '' ? '0' : length]);
  const { path, query } = backend;
  try {
    const connection = await connectBackend(server, backend, signal).catch((error: unknown) => {
      throw error instanceof UnreachableBackendError ? internal(`error dialing backend: ${error.message}`) : error;
    });
    return await sendOver(connection, {
      method,
      path: `${escapePath(path === '' ? '/' : path)}${query === '' ? '' : `?${query}`}`,
      headers: sortedHeaders(lines),
      signal,
    });
  } catch (error) {
    throw error instanceof UnreachableBackendError ? internal(error.message) : error;
  }
}

/** Returns the backend's refusal of an upgrade. The server adds no headers of its own. Throws the 500 Status for any other response. */
export function refusedUpgrade({ message, upgraded }: BackendResponse): ServerResponse {
  const { statusCode: status = 0 } = message;
  if (upgraded !== undefined || status < 400) {
    message.destroy();
    upgraded?.socket.destroy();
    throw internal(`invalid upgrade response: status code ${status}`);
  }
  const headers: { [name: string]: string | string[] } = {};
  for (const [name, values = []] of Object.entries(message.headersDistinct)) {
    if (!['content-length', 'transfer-encoding', 'keep-alive', 'connection'].includes(name))
      headers[name] = values.length === 1 ? values.join() : values;
  }
  const { 'content-length': length, 'transfer-encoding': encoding } = message.headers;
  const closes = message.headers.connection?.toLowerCase() === 'close';
  if (closes || (length === undefined && encoding === undefined)) headers.connection = 'close';
  const size = length === undefined ? {} : { length: Number(length) };
  return { status, headers, body: message, ...size, isPassedOn: true };
}

/** Returns the head of a response as the backend wrote it. */
export function headOf({ statusCode, statusMessage, rawHeaders }: IncomingMessage): Buffer {
  const lines = [`HTTP/1.1 ${statusCode} ${statusMessage}`];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) lines.push(`${rawHeaders[at]}: ${rawHeaders[at + 1]}`);
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}
