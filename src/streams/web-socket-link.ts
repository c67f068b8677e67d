import type { RawData, WebSocket } from 'ws';
import type { MessageSocket } from '../stream-codec/index.js';
import type { Clock, Timer } from '../util/clock.js';

/** Receives what a `WebSocketLink` reads. */
export interface LinkHandler {
  message(data: Uint8Array): void;
  /** The socket has closed. `error` is undefined after an orderly close (1000). */
  closed(error: Error | undefined): void;
}

/** client-go pings as often, and gives a peer as long to answer. */
const PING_MS = 5_000;
const DEAD_AFTER_MS = 61_000;
const CLOSE_WAIT_MS = 1_000;

/** One WebSocket with a heartbeat: a peer that answers nothing for 61 seconds counts as dead. */
export class WebSocketLink implements MessageSocket {
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  readonly #handler: LinkHandler;
  #lastHeard: number;
  #timer: Timer | undefined;
  #closeTimer: Timer | undefined;
  #failure: Error | undefined;
  #paused = false;
  #over = false;

  /** Reads from the socket, which must be paused, from now on. */
  constructor(socket: WebSocket, clock: Clock, handler: LinkHandler) {
    this.#socket = socket;
    this.#clock = clock;
    this.#handler = handler;
    this.#lastHeard = clock.monotonic();
    socket.on('message', (data) => {
      this.#lastHeard = clock.monotonic();
      handler.message(bytesOf(data));
    });
    socket.on('pong', () => {
      this.#lastHeard = clock.monotonic();
    });
    socket.on('error', (error) => {
      this.#failure ??= error;
    });
    socket.on('close', (code, reason) => this.#closed(code, reason.toString()));
    if (socket.readyState === socket.CLOSED) this.#closed(1006, '');
    this.#ping();
    socket.resume();
  }

  send(message: Uint8Array | string, done: (error?: Error | null) => void): void {
    this.#socket.send(message, { binary: typeof message !== 'string' }, done);
  }

  pause(): void {
    this.#paused = true;
    this.#socket.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#lastHeard = this.#clock.monotonic();
    this.#socket.resume();
  }

  /** Closes in order; a peer that does not answer within a second is cut off. */
  close(): void {
    if (this.#over || this.#closeTimer !== undefined) return;
    this.#socket.close(1000);
    this.resume();
    this.#closeTimer = this.#clock.setTimer(CLOSE_WAIT_MS, () => this.#socket.terminate());
  }

  /** Cuts the connection; the handler hears of `error`. */
  terminate(error: Error): void {
    this.#failure ??= error;
    this.#socket.terminate();
  }

  #ping(): void {
    this.#timer = this.#clock.setTimer(PING_MS, () => {
      if (this.#paused) this.#lastHeard = this.#clock.monotonic();
      if (this.#clock.monotonic() - this.#lastHeard > DEAD_AFTER_MS) {
        this.terminate(new Error(`the peer has not answered a ping for ${DEAD_AFTER_MS / 1000} s`));
        return;
      }
      if (this.#socket.readyState === this.#socket.OPEN) this.#socket.ping();
      this.#ping();
    });
  }

  #closed(code: number, reason: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#timer?.cancel();
    this.#closeTimer?.cancel();
    const orderly = code === 1000 || code === 1005 || this.#closeTimer !== undefined;
    const broken = new Error(code === 1006 ? 'the connection broke' : `the peer closed with ${code} ${reason}`.trim());
    this.#handler.closed(this.#failure ?? (orderly ? undefined : broken));
  }
}

function bytesOf(data: RawData): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data;
}
