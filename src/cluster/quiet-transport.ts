import type { Transport, TransportRequest, TransportResponse } from '../transport/index.js';
import { turn } from '../util/next-turn.js';

/** After so many turns of the event loop without a request, everything has reacted to everything. */
const quietTurns = 12;

/** A transport that knows when nothing is going on. */
export class QuietTransport implements Transport {
  readonly #transport: Transport;
  #pending = 0;
  #sent = 0;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  async send(request: TransportRequest): Promise<TransportResponse> {
    this.#pending++;
    this.#sent++;
    try {
      return await this.#transport.send(request);
    } finally {
      this.#pending--;
    }
  }

  close(): Promise<void> {
    return this.#transport.close();
  }

  /** Resolves when no request is under way and none follows from what has happened. */
  async quiet(): Promise<void> {
    for (let turns = 0, sent = this.#sent; turns < quietTurns; turns++) {
      await turn();
      if (this.#pending > 0 || sent !== this.#sent) turns = 0;
      sent = this.#sent;
    }
  }
}
