import { STATUS_CODES } from 'node:http';
import type { WebSocket } from 'ws';
import type { KubeletRequest } from './plain-response.js';

/** The largest message that a client may send. */
const MOST_IN_MESSAGE = 1024 * 1024;

/** Tells whether a request asks for an upgrade to a WebSocket. */
export function isWebSocketRequest({ request, upgrade }: KubeletRequest): boolean {
  return upgrade !== undefined && request.headers.upgrade?.toLowerCase() === 'websocket';
}

function versionsOf(request: KubeletRequest['request']): string[] {
  return String(request.headers['sec-websocket-version'] ?? '').split(/\s*,\s*/);
}

/** Returns the subprotocols that a client offers. */
export function offeredProtocols({ request }: KubeletRequest): string[] {
  const offered = request.headers['sec-websocket-protocol'] ?? '';
  return offered
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

/**
 * Accepts a WebSocket with the subprotocol `protocol`, which may be empty, and undefined when none of the offers is served. Answers
 * requests that are malformed. Resolves to the socket, paused, or to undefined.
 */
export async function acceptWebSocket(
  kubeletRequest: KubeletRequest,
  protocol: string | undefined,
): Promise<WebSocket | undefined> {
  const { request, method, upgrade } = kubeletRequest;
  if (upgrade === undefined) return undefined;
  const { socket, head } = upgrade();
  const refuse = (status: number, text: string) => {
    const body = `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
    socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\n${body}`);
  };
  if (method !== 'GET') refuse(405, 'bad method');
  else if (request.headers['sec-websocket-key'] === undefined) refuse(400, 'mismatch challenge/response');
  else if (protocol === undefined) refuse(403, '');
  else {
    const { WebSocketServer } = await import('ws');
    const server = new WebSocketServer({ noServer: true, maxPayload: MOST_IN_MESSAGE, perMessageDeflate: false });
    // `ws` knows tokens only, and the name of the tunnel is not one.
    delete request.headers['sec-websocket-protocol'];
    // Of several versions the one that is known counts.
    if (versionsOf(request).includes('13')) request.headers['sec-websocket-version'] = '13';
    server.on('headers', (headers) => headers.push(`Sec-WebSocket-Protocol: ${protocol}`));
    return new Promise((resolve) => {
      socket.once('close', () => resolve(undefined));
      server.handleUpgrade(request, socket, head, (accepted) => {
        accepted.pause();
        resolve(accepted);
      });
    });
  }
  return undefined;
}
