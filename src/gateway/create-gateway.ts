import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { systemClock } from '../util/clock.js';
import { Gate } from './gate.js';
import type { Gateway, GatewayOptions } from './gateway-options.js';
import { HttpAnswers } from './http-answers.js';
import { sendResponse, webRequest } from './node-request.js';
import { Sessions } from './sessions.js';
import { SocketServer } from './socket-server.js';

/**
 * Makes a gateway: the server half of a platform whose browsers work with clusters. Each browser sees and does what its user may see and
 * do in the cluster. Throws an `InvalidRequestError` for options that make no sense. Nothing is sent to a cluster yet.
 *
 * The gateway's own user needs the rights to `impersonate` users and groups, and to `get`, `list` and `watch` the kinds
 * that it offers.
 */
export function createGateway(options: GatewayOptions): Gateway {
  const clock = options.clock ?? systemClock;
  const onError = options.onError ?? (() => {});
  const sessions = new Sessions(options, clock, onError);
  const gate = new Gate(options, onError);
  const answers = new HttpAnswers(gate, sessions, onError);
  const sockets = new SocketServer({ gate, sessions, clock, onError });
  const fetch = (request: Request) => answers.answer(request);
  const node = (request: IncomingMessage, response: ServerResponse): void => {
    answerNode(answers, request, response).catch(() => response.destroy());
  };
  const upgrade = (request: IncomingMessage, socket: Duplex, head: Uint8Array): void => {
    if (options.path !== undefined && request.url !== options.path) return;
    sockets.accept(request, socket, head).catch((error) => {
      onError(error);
      socket.destroy();
    });
  };
  const close = async () => {
    await sockets.close();
    await sessions.close();
  };
  return { fetch, node, upgrade, status: () => sessions.status(), close };
}

async function answerNode(answers: HttpAnswers, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const stop = new AbortController();
  response.once('close', () => stop.abort());
  let asked: Request;
  try {
    asked = webRequest(request, stop.signal);
  } catch {
    response.writeHead(400).end();
    return;
  }
  await sendResponse(await answers.answer(asked), response);
}
