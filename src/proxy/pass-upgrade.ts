import type { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ApiServerLink } from './api-server-link.js';
import { pairsOf, withoutHeaders } from './hop-headers.js';
import { type ProxyRequest, plainError } from './proxy-request.js';

/** Passes an upgrade on: after the server's 101 the bytes of both sides pass through as they come. */
export function passUpgrade(
  link: ApiServerLink,
  request: ProxyRequest,
  response: ServerResponse,
  keepaliveMs: number,
): void {
  const { upgrade, rawHeaders } = request;
  if (upgrade === undefined) return;
  const fail = (error: unknown) => {
    if (!response.headersSent) plainError(response, 500, `error dialing backend: ${link.problem(error)}`);
  };
  link.send({ request, headers: rawHeaders, upgrade: true }).then((sent) => {
    const gone = () => sent.destroy();
    upgrade.socket.once('close', gone);
    sent.once('error', fail);
    sent.once('upgrade', (answer, socket, head) => {
      upgrade.socket.off('close', gone);
      if (socket instanceof Socket && keepaliveMs > 0) socket.setKeepAlive(true, keepaliveMs);
      response.detachSocket(upgrade.socket as Socket);
      upgrade.socket.write(headOf(answer, answer.rawHeaders));
      join(upgrade.socket, socket, upgrade.head, head);
    });
    sent.once('response', (answer) => {
      const status = answer.statusCode ?? 0;
      if (status < 400) {
        sent.destroy();
        plainError(response, 500, `invalid upgrade response: status code ${status}`);
        return;
      }
      response.detachSocket(upgrade.socket as Socket);
      refuse(answer, upgrade.socket);
    });
    sent.end();
  }, fail);
}

/** Passes a refusal back, and ends the connection. */
function refuse(answer: IncomingMessage, socket: Duplex): void {
  const isChunked = answer.headers['transfer-encoding'] !== undefined;
  const isOpenEnded = answer.headers['content-length'] === undefined && !isChunked;
  const kept = withoutHeaders(answer.rawHeaders, 'connection', 'transfer-encoding');
  const ends = isOpenEnded || isChunked || answer.headers.connection === 'close';
  socket.write(headOf(answer, [...kept, ...(ends ? ['Connection', 'close'] : [])]));
  answer.pipe(socket);
  answer.once('error', () => socket.destroy());
}

function headOf(answer: IncomingMessage, headers: readonly string[]): Buffer {
  const lines = pairsOf(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}\r\n${lines.join('')}\r\n`, 'latin1');
}

/** Joins two connections: each gets the other's bytes at the pace it reads them, and ends with it. */
function join(client: Duplex, server: Duplex, fromClient: Uint8Array, fromServer: Uint8Array): void {
  if (fromServer.length > 0) client.write(fromServer);
  if (fromClient.length > 0) server.write(fromClient);
  client.pipe(server);
  server.pipe(client);
  for (const [one, other] of [
    [client, server],
    [server, client],
  ] as const) {
    one.once('error', () => other.destroy());
    one.once('close', () => other.destroy());
  }
}
