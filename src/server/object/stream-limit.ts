import type { ServerResponse } from './message.js';
import { failure } from './status-error.js';

/** The default of `maxStreams`. */
const DEFAULT_STREAMS = 5_000;

/**
 * Counts the streams and proxied requests under way: exec, attach, portforward, followed logs and proxies. They last too long to be counted
 * with other requests.
 */
export class StreamLimit {
  readonly #most: number;
  #running = 0;

  /** 0 stands for no limit. */
  constructor(most: number = DEFAULT_STREAMS) {
    this.#most = most === 0 ? Number.POSITIVE_INFINITY : most;
  }

  /** The streams under way. */
  get running(): number {
    return this.#running;
  }

  /** Starts a stream, which counts until its response or its connection has ended. Throws the 429 Status when there are too many. */
  async run(start: () => Promise<ServerResponse>): Promise<ServerResponse> {
    if (this.#running >= this.#most) {
      const message = `cannot open another stream: ${this.#running} are open, which is the most. Close one, or try again later.`;
      throw failure(429, 'TooManyRequests', message, { retryAfterSeconds: 1 }, { 'retry-after': '1' });
    }
    this.#running++;
    let counted = true;
    const end = (): void => {
      if (counted) this.#running--;
      counted = false;
    };
    try {
      const response = await start();
      const { takeOver, body } = response;
      if (takeOver !== undefined) return { ...response, takeOver: (connection) => takeOver(connection).finally(end) };
      if (body instanceof Uint8Array) end();
      else return { ...response, body: endingWith(body, end) };
      return response;
    } catch (error) {
      end();
      throw error;
    }
  }
}

async function* endingWith(body: AsyncIterable<Uint8Array>, end: () => void): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } finally {
    end();
  }
}
