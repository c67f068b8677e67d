import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { abortForMany } from '../util/abort.js';
import { systemClock } from '../util/clock.js';

/** The time that running answers have to end by themselves when the port closes. */
const graceMs = 1_000;

const keepAliveMs = 30_000;

/** The open connections of a port, so that closing it ends all of them. */
export class Connections {
  readonly #sockets = new Set<Socket>();
  /** The running answers. Those that stream get a signal that tells them of the end, made when they ask for it. */
  readonly #answers = new Map<ServerResponse, AbortController | undefined>();
  /** The upgraded connections, with the way to end each. */
  readonly #taken = new Map<Promise<void>, AbortController>();
  #closing = false;

  constructor(private readonly server: Server) {
    server.on('connection', (socket: Socket) => {
      // A connection comes again when its request for an upgrade is answered as a plain one.
      if (this.#sockets.has(socket)) return;
      socket.setNoDelay(true);
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  /** Counts an answer as under way, until its client goes or has it. */
  answering(response: ServerResponse): void {
    if (response.destroyed) return;
    this.#answers.set(response, undefined);
    response.once('close', () => {
      this.#answers.get(response)?.abort();
      this.#answers.delete(response);
    });
  }

  /** Stops counting an answer whose connection was handed over: it never closes by itself. */
  handedOver(response: ServerResponse): void {
    this.#answers.delete(response);
  }

  /** Aborts when the client of an answer goes or the port closes: what streams should end then. */
  signalOf(response: ServerResponse): AbortSignal {
    const gone = this.#answers.get(response) ?? abortForMany();
    // Of an answer that is not under way any more there is nothing to wait for.
    if (this.#answers.has(response) && !this.#closing) this.#answers.set(response, gone);
    else gone.abort();
    return gone.signal;
  }

  /** Hands the connection of an upgrade to `run`, and counts it as under way until that ends. */
  async takenOver(socket: Socket, run: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const ending = abortForMany();
    if (this.#closing) ending.abort();
    socket.setTimeout(0);
    // A peer that is gone without a word is noticed by the network.
    socket.setKeepAlive(true, keepAliveMs);
    const taken = run(ending.signal);
    this.#taken.set(taken, ending);
    try {
      await taken;
    } finally {
      this.#taken.delete(taken);
      socket.destroy();
    }
  }

  /**
   * Stops listening, lets answers under way end, watches with a whole last chunk, for a second at most, and cuts the rest; with `cut`,
   * cuts all of them at once.
   */
  async close(cut: boolean): Promise<void> {
    this.#closing = true;
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    if (!cut) await this.#ended();
    this.server.closeAllConnections();
    // Node counts neither what has sent nothing yet nor TLS handshakes that never end: both would keep the port from closing.
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async #ended(): Promise<void> {
    const answers = [...this.#answers].map(async ([response, gone]) => {
      gone?.abort();
      if (!response.writableFinished) await new Promise((resolve) => response.once('close', resolve));
    });
    const taken = [...this.#taken].map(([ended, ending]) => {
      ending.abort();
      return ended.catch(() => {});
    });
    await new Promise<void>((resolve) => {
      const timer = systemClock.setTimer(graceMs, resolve);
      void Promise.all([...answers, ...taken]).then(() => {
        timer.cancel();
        resolve();
      });
    });
  }
}
