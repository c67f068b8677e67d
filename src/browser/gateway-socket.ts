import type { Timer } from '../util/clock.js';
import type { Random } from '../util/random.js';
import type { WebClock } from '../util/web-clock.js';
import type { ClientMessage, ServerMessage } from './protocol.js';

/** The part of a browser's WebSocket that is used. */
export interface SocketLike {
  onopen: (() => void) | null;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onclose: (() => void) | null;
  onerror: (() => void) | null;
  /** Sends a text. */
  send(data: string): void;
  /** Ends the connection. */
  close(): void;
}

/** The standing of a connection. `signed-out`: the gateway does not know the user (any more); nothing is tried until `connect` is called. */
export type GatewayState = 'idle' | 'connecting' | 'open' | 'signed-out' | 'closed';

/** Options of a `GatewaySocket`. */
export interface GatewaySocketOptions {
  readonly open: () => SocketLike;
  readonly clock: WebClock;
  readonly random: Random;
  readonly onMessage: (message: ServerMessage) => void;
  readonly onState: (state: GatewayState) => void;
  /** Asked after an attempt that failed. True ends the attempts. */
  readonly isSignedOut: () => Promise<boolean>;
  /** Sends something that the gateway answers, to learn whether it is still there. */
  readonly probe: () => void;
}

/** The first waiting time before another attempt, and the longest. A random part of up to half of it is taken off. */
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
/** A gateway that is silent for so long is asked whether it is there, and then has the second time to answer. */
const SILENCE_MS = 30_000;
const ANSWER_MS = 10_000;

/** One WebSocket at a time. It comes back by itself until it is closed, with longer and longer waits. */
export class GatewaySocket {
  readonly #options: GatewaySocketOptions;
  #state: GatewayState = 'idle';
  #socket: SocketLike | undefined;
  #timer: Timer | undefined;
  #failures = 0;

  constructor(options: GatewaySocketOptions) {
    this.#options = options;
  }

  get state(): GatewayState {
    return this.#state;
  }

  /** Connects now, unless there is a connection or one is being made. Ends a wait. */
  connect(): void {
    if (this.#socket !== undefined || this.#state === 'closed') return;
    this.#timer?.cancel();
    this.#move('connecting');
    const socket = this.#options.open();
    this.#socket = socket;
    this.#after(ANSWER_MS, () => this.#drop(socket));
    socket.onopen = () => {
      this.#failures = 0;
      this.#listen();
      this.#move('open');
    };
    socket.onmessage = ({ data }) => {
      this.#listen();
      this.#options.onMessage(JSON.parse(String(data)) as ServerMessage);
    };
    // An error is followed by the end of the socket.
    socket.onerror = () => {};
    socket.onclose = () => this.#drop(socket);
  }

  /** Sends a message if the connection is open. */
  send(message: ClientMessage): void {
    if (this.#state === 'open') this.#socket?.send(JSON.stringify(message));
  }

  /** Ends the connection for good. */
  close(): void {
    this.#timer?.cancel();
    const socket = this.#socket;
    this.#socket = undefined;
    this.#move('closed');
    if (socket !== undefined) release(socket);
  }

  /** Waits for a sign of life, asks for one, and gives the connection up if none comes. */
  #listen(): void {
    this.#after(SILENCE_MS, () => {
      this.#options.probe();
      this.#after(ANSWER_MS, () => this.#socket && this.#drop(this.#socket));
    });
  }

  #drop(socket: SocketLike): void {
    if (socket !== this.#socket) return;
    const wasOpen = this.#state === 'open';
    this.#socket = undefined;
    release(socket);
    this.#move('connecting');
    const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.#failures++);
    this.#after(longest * (1 - this.#options.random() / 2), () => this.connect());
    if (!wasOpen) void this.#askForSession();
  }

  /** A browser does not tell why a WebSocket was refused, so that the session is asked for otherwise. */
  async #askForSession(): Promise<void> {
    const isSignedOut = await this.#options.isSignedOut();
    if (!isSignedOut || this.#state !== 'connecting' || this.#socket !== undefined) return;
    this.#timer?.cancel();
    this.#move('signed-out');
  }

  #after(ms: number, fn: () => void): void {
    this.#timer?.cancel();
    this.#timer = this.#options.clock.setTimer(ms, fn);
  }

  #move(state: GatewayState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#options.onState(state);
  }
}

function release(socket: SocketLike): void {
  socket.onopen = null;
  socket.onmessage = null;
  socket.onclose = null;
  socket.close();
}
