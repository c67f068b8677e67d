import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { textResponse } from '../http/respond.js';
import { header, type ServerRequest, type ServerResponse } from '../object/message.js';
import type { ServerContext } from '../object/server-context.js';
import type { Backend } from './backend.js';
import { offeredProtocols } from './header-lines.js';
import { askBackend, refusedUpgrade } from './upgrade-proxy.js';
import { sendMessage, webSocketResponse } from './web-socket.js';

const prefix = 'SPDY/3.1+';

/** Serves the SPDY of a port-forward inside a WebSocket, for a kubelet that takes SPDY only. */
export async function tunnelPorts(
  server: ServerContext,
  request: ServerRequest,
  backend: Backend,
): Promise<ServerResponse> {
  const [version = ''] = header(request, 'sec-websocket-version').split(',');
  if (request.method !== 'GET') return refused(405, 'Method Not Allowed');
  if (header(request, 'sec-websocket-key') === '' || version.trim() !== '13') return refused(400, 'Bad Request');
  const names = offeredProtocols(request).filter((name) => name.startsWith(prefix) && name.endsWith('.k8s.io'));
  const protocols = names.map((name) => name.slice(prefix.length));
  const response = await askBackend(server, request, backend, (lines) => {
    for (const name of lines.keys()) if (name.startsWith('Sec-Websocket-')) lines.delete(name);
    lines.set('Upgrade', ['SPDY/3.1']).set('X-Stream-Protocol-Version', protocols);
    return 'POST';
  });
  const { message, upgraded } = response;
  if (upgraded === undefined) return refusedUpgrade(response);
  const chosen = message.headers['x-stream-protocol-version'];
  const protocol = typeof chosen === 'string' && protocols.includes(chosen) ? `${prefix}${chosen}` : undefined;
  return webSocketResponse(request, protocol, async (socket) => {
    await Promise.race([toBackend(socket, upgraded.socket), toClient(upgraded.socket, upgraded.head, socket)]);
    upgraded.socket.destroy();
  });
}

function refused(status: number, text: string): ServerResponse {
  const headers = { 'sec-websocket-version': '13', 'x-content-type-options': 'nosniff' };
  return textResponse(status, `${text}\n`, headers);
}

function toBackend(socket: WebSocket, backend: Duplex): Promise<void> {
  return new Promise((resolve) => {
    socket.on('message', (data: Buffer) => {
      if (backend.write(data)) return;
      socket.pause();
      backend.once('drain', () => socket.resume());
    });
    socket.once('close', () => resolve());
  });
}

async function toClient(backend: Duplex, head: Buffer, socket: WebSocket): Promise<void> {
  try {
    if (head.length > 0) await sendMessage(socket, head);
    for await (const chunk of backend) await sendMessage(socket, chunk);
  } catch {
    // One of the two connections has broken.
  }
}
