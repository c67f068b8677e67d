import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket, WebSocketServer } from 'ws';
import type { GatewayFault } from '../browser/protocol.js';
import type { Clock, Timer } from '../util/clock.js';
import { lazy } from '../util/single-flight.js';
import type { Gate } from './gate.js';
import type { Caller } from './gateway-user.js';
import { webRequest } from './node-request.js';
import { faultOf, refusal } from './refusals.js';
import type { Sessions } from './sessions.js';

/** The name of the messages between browsers and the gateway. */
const PROTOCOL = 'keelson.gateway.v1';
/** An object of etcd has at most 1.5 MiB. */
const MOST_MESSAGE_BYTES = 4 * 1024 * 1024;
const PING_MS = 30_000;

/** The options of a `SocketServer`. */
export interface SocketServerOptions {
  readonly gate: Gate;
  readonly sessions: Sessions;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
}

/** Takes the WebSockets of browsers. */
export class SocketServer {
  readonly #options: SocketServerOptions;
  readonly #open = new Set<WebSocket>();
  readonly #server = lazy<WebSocketServer>(async () => {
    const { WebSocketServer } = await import('ws');
    return new WebSocketServer({
      noServer: true,
      maxPayload: MOST_MESSAGE_BYTES,
      perMessageDeflate: false,
      handleProtocols: () => PROTOCOL,
    });
  });
  #closed = false;

  constructor(options: SocketServerOptions) {
    this.#options = options;
  }

  /** Takes over a connection that asks for a WebSocket, or refuses it. */
  async accept(request: IncomingMessage, socket: Duplex, head: Uint8Array): Promise<void> {
    socket.on('error', () => socket.destroy());
    const entered = await this.#enter(request);
    if ('fault' in entered) {
      refuse(socket, entered.fault);
      return;
    }
    const server = await this.#server();
    if (socket.destroyed || this.#closed) {
      socket.destroy();
      return;
    }
    server.handleUpgrade(request, socket, Buffer.from(head), (opened) => this.#begin(opened, entered.user));
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const socket of this.#open) {
      socket.close(1001, 'the gateway stops');
      socket.terminate();
    }
  }

  async #enter(request: IncomingMessage): Promise<{ readonly user: Caller } | { readonly fault: GatewayFault }> {
    const protocols = request.headers['sec-websocket-protocol']?.split(/\s*,\s*/) ?? [];
    if (!protocols.includes(PROTOCOL))
      return { fault: faultOf(refusal(400, `the WebSocket has to speak ${PROTOCOL}`)) };
    let asked: Request;
    try {
      asked = webRequest(request);
    } catch {
      return { fault: faultOf(refusal(400, 'the request is not valid')) };
    }
    return this.#options.gate.enter(asked);
  }

  #begin(socket: WebSocket, user: Caller): void {
    const { sessions, clock } = this.#options;
    let opened: ReturnType<Sessions['open']>;
    try {
      opened = sessions.open(socket, user);
    } catch (error) {
      const { message } = faultOf(error);
      socket.close(1013, message.slice(0, 120));
      return;
    }
    const { connection, end } = opened;
    this.#open.add(socket);
    const timers = [this.#keepAlive(socket), expiry(socket, user, clock)];
    socket.on('message', (data, isBinary) => {
      if (isBinary) socket.close(1003, 'the gateway takes text only');
      else connection.receive(String(data));
    });
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      for (const timer of timers) timer?.cancel();
      this.#open.delete(socket);
      end();
    });
  }

  /** Ends a connection whose browser does not answer. */
  #keepAlive(socket: WebSocket): { cancel(): void } {
    const { clock } = this.#options;
    let isAlive = true;
    socket.on('pong', () => {
      isAlive = true;
    });
    const later = (): Timer =>
      clock.setTimer(PING_MS, () => {
        if (!isAlive) {
          socket.terminate();
          return;
        }
        isAlive = false;
        socket.ping();
        timer = later();
      });
    let timer = later();
    return { cancel: () => timer.cancel() };
  }
}

/** Ends a connection when the user's sign-in does. */
function expiry(socket: WebSocket, { expires }: Caller, clock: Clock): Timer | undefined {
  if (expires === undefined) return undefined;
  return clock.setTimer(expires.getTime() - clock.now(), () => socket.close(1001, 'the sign-in has ended'));
}

function refuse(socket: Duplex, { status, message }: GatewayFault): void {
  const body = `${message}\n`;
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}`,
    'Connection: close',
    'Content-Type: text/plain; charset=utf-8',
    'X-Content-Type-Options: nosniff',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
