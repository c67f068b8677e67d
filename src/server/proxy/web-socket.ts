import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { onAbort } from '../../util/abort.js';
import { encodeUtf8 } from '../../util/bytes.js';
import { systemClock } from '../../util/clock.js';
import { header, type ServerRequest, type ServerResponse, type TakenConnection } from '../object/message.js';

/** Longer messages end the connection. */
const mostInMessage = 8 * 1024 * 1024;

/** A peer that does not answer a close is cut after so many milliseconds. */
const closeMs = 1_000;

const closeCodes = { normal: 1000, goingAway: 1001 } as const;

/** Returns the response to a handshake that is none, in the words of kube-apiserver's library. Undefined for a good one. */
export function handshakeRefusal(request: ServerRequest): ServerResponse | undefined {
  const [version = ''] = header(request, 'sec-websocket-version').split(',');
  if (request.method !== 'GET') return plainRefusal(405, 'bad method');
  if (header(request, 'sec-websocket-key') === '') return plainRefusal(400, 'mismatch challenge/response');
  if (version.trim() === '13') return undefined;
  return plainRefusal(400, 'missing or bad WebSocket Version', { 'sec-websocket-version': '13' });
}

/** Returns a response of this text and no other headers, as the connection is out of the hands of the API by then. */
export function plainRefusal(status: number, text = '', headers: ServerResponse['headers'] = {}): ServerResponse {
  return { status, headers, body: encodeUtf8(text), isPassedOn: true };
}

/** Returns the response that opens a WebSocket and runs `serve`. The socket closes in order when that ends, and when the server closes. */
export function webSocketResponse(
  request: ServerRequest,
  protocol: string | undefined,
  serve: (socket: WebSocket) => Promise<void>,
): ServerResponse {
  return {
    status: 101,
    headers: {},
    body: new Uint8Array(),
    isPassedOn: true,
    takeOver: async (connection: TakenConnection) => {
      const socket = await accepted(request, connection, protocol);
      const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
      const stop = onAbort(connection.signal, () => socket.close(closeCodes.goingAway));
      // The client may break the rules at a time when nobody listens.
      socket.on('error', () => {});
      await Promise.race([serve(socket), closed]);
      stop();
      socket.close(closeCodes.normal);
      const timer = systemClock.setTimer(closeMs, () => socket.terminate());
      await closed;
      timer.cancel();
    },
  };
}

/** Sends one message. Resolves once the network has taken it; rejects when the socket has closed. */
export function sendMessage(socket: WebSocket, message: Uint8Array, binary = true): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.send(message, { binary }, (error) => (error == null ? resolve() : reject(error)));
  });
}

async function accepted(
  request: ServerRequest,
  { socket, head }: TakenConnection,
  protocol: string | undefined,
): Promise<WebSocket> {
  const { WebSocketServer } = await import('ws');
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    skipUTF8Validation: true,
    maxPayload: mostInMessage,
  });
  // `ws` takes tokens only, and the names of tunnels have a slash.
  if (protocol !== undefined) server.on('headers', (lines) => lines.push(`Sec-WebSocket-Protocol: ${protocol}`));
  const handshake = Object.assign(new IncomingMessage(new Socket()), {
    method: 'GET',
    headers: {
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': header(request, 'sec-websocket-key'),
    },
  });
  return new Promise((resolve, reject) => {
    socket.once('close', () => reject(new Error('the client has gone')));
    server.handleUpgrade(handshake, socket, Buffer.from(head), resolve);
  });
}
