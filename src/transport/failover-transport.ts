import { isNetworkError, isTimeoutError } from '../errors/index.js';
import { isUnsent } from './network-error.js';
import type { DialedConnection, Transport, TransportRequest, TransportResponse } from './transport.js';

/**
 * Sends requests to one of several API servers of a cluster. While that one answers, it gets every request. When it does not, the next
 * one takes its place: at once for a request that never reached the network, and from the next request on for others, whose fate is not known.
 */
export class FailoverTransport implements Transport {
  readonly #servers: readonly Transport[];
  #current = 0;

  /** `servers` are in the order in which they are tried. */
  constructor(servers: readonly Transport[]) {
    this.#servers = servers;
  }

  send(request: TransportRequest): Promise<TransportResponse> {
    return this.#withServer(request.signal, (server) => server.send(request));
  }

  dial(signal?: AbortSignal): Promise<DialedConnection> {
    return this.#withServer(signal, (server) => {
      if (server.dial === undefined) throw new Error('the server has no connections of its own');
      return server.dial(signal);
    });
  }

  renewConnections(): void {
    for (const server of this.#servers) server.renewConnections?.();
  }

  async close(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.close()));
  }

  async #withServer<T>(signal: AbortSignal | undefined, use: (server: Transport) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const index = this.#current;
      const server = this.#servers[index];
      if (server === undefined) throw new Error('there are no servers');
      try {
        return await use(server);
      } catch (error) {
        signal?.throwIfAborted();
        if (!isNetworkError(error) && !isTimeoutError(error)) throw error;
        // Of many requests that fail at the same time, the first one moves on.
        if (this.#current === index) this.#current = (index + 1) % this.#servers.length;
        if (!isUnsent(error) || attempt >= this.#servers.length) throw error;
      }
    }
  }
}
