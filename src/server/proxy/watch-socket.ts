import { header, type Media, type ServerRequest, type ServerResponse } from '../object/message.js';
import { isWebSocket, offeredProtocols } from './header-lines.js';
import { handshakeRefusal, plainRefusal, sendMessage, webSocketResponse } from './web-socket.js';

/** Serves a watch over the WebSocket that its request asks for: each event is a message. Other responses stay as they are. */
export function watchOverSocket(request: ServerRequest, response: ServerResponse, media: Media): ServerResponse {
  const { body, status } = response;
  if (!isWebSocket(request) || status !== 200 || body instanceof Uint8Array) return response;
  const chunks = body[Symbol.asyncIterator]();
  const offered = offeredProtocols(request);
  const refusal =
    handshakeRefusal(request) ?? originRefusal(request) ?? (offered.length > 1 ? plainRefusal(400) : undefined);
  if (refusal !== undefined) {
    void chunks.return?.();
    return refusal;
  }
  const isText = media.encoding === 'json';
  return webSocketResponse(request, offered[0], async (socket) => {
    socket.on('message', () => {});
    socket.on('close', () => void chunks.return?.());
    try {
      const rest = { bytes: Buffer.alloc(0) };
      for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) {
        rest.bytes = Buffer.concat([rest.bytes, next.value]);
        for (const event of isText ? lines(rest) : frames(rest)) await sendMessage(socket, event, !isText);
      }
    } catch {
      // The watch ended, or its reader has gone.
      void chunks.return?.();
    }
  });
}

/** Only pages have an origin, and kube-apiserver serves this to pages only. */
function originRefusal(request: ServerRequest): ServerResponse | undefined {
  return /^([a-z][a-z\d+.-]*:|\/)/i.test(header(request, 'origin')) ? undefined : plainRefusal(403);
}

function* lines(rest: { bytes: Buffer }): Generator<Buffer> {
  for (let end = rest.bytes.indexOf(10); end >= 0; end = rest.bytes.indexOf(10)) {
    yield rest.bytes.subarray(0, end + 1);
    rest.bytes = rest.bytes.subarray(end + 1);
  }
}

/** Frames of protobuf begin with their length, which a message has anyway. */
function* frames(rest: { bytes: Buffer }): Generator<Buffer> {
  while (rest.bytes.length >= 4) {
    const end = 4 + rest.bytes.readUInt32BE(0);
    if (rest.bytes.length < end) return;
    yield rest.bytes.subarray(4, end);
    rest.bytes = rest.bytes.subarray(end);
  }
}
