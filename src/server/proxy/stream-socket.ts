import type { Readable } from 'node:stream';
import type { ServerRequest, ServerResponse } from '../object/message.js';
import { offeredProtocols } from './header-lines.js';
import { handshakeRefusal, plainRefusal, sendMessage, webSocketResponse } from './web-socket.js';

const protocols = ['binary.k8s.io', 'base64.binary.k8s.io'];

/** Serves a stream over a WebSocket, after an empty message. What the client sends is dropped. */
export function webSocketOfStream(request: ServerRequest, stream: Readable): ServerResponse {
  const offered = offeredProtocols(request);
  const protocol = offered.length === 0 ? '' : offered.find((name) => protocols.includes(name));
  const refusal = handshakeRefusal(request) ?? (protocol === undefined ? plainRefusal(403) : undefined);
  if (refusal !== undefined) {
    stream.destroy();
    return refusal;
  }
  const isBase64 = protocol === 'base64.binary.k8s.io';
  return webSocketResponse(request, protocol, async (socket) => {
    socket.on('message', () => {});
    socket.on('close', () => stream.destroy());
    try {
      await sendMessage(socket, new Uint8Array(), !isBase64);
      for await (const chunk of stream) {
        const message = isBase64 ? Buffer.from(Buffer.from(chunk).toString('base64')) : chunk;
        await sendMessage(socket, message, !isBase64);
      }
    } catch {
      // The stream broke, or its reader has gone.
      stream.destroy();
    }
  });
}
