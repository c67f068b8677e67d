import { NetworkError } from '../errors/index.js';
import type { ResponseBody, Transport, TransportRequest, TransportResponse } from '../transport/transport.js';
import { abortable, abortForMany, onAbort } from '../util/abort.js';
import { systemClock } from '../util/clock.js';
import type { RequestHandler } from './object/request-handler.js';

/**
 * A transport that calls a server in the same process: no socket and no HTTP parsing, but the same requests and the same bytes
 * as over TCP. The network in between cannot fail; a test that wants it to uses a real socket.
 */
export class HandlerTransport implements Transport {
  readonly #handler: RequestHandler;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #closing = abortForMany();

  /** `headers` are added to every request, as a transport over the network adds its credentials. */
  constructor(handler: RequestHandler, headers: Readonly<Record<string, string>> = {}) {
    this.#handler = handler;
    this.#headers = headers;
  }

  async send(request: TransportRequest): Promise<TransportResponse> {
    request.signal?.throwIfAborted();
    // What the server sees when its client goes: one signal for the caller's abort, close(), and a body given up.
    const hangUp = new AbortController();
    const unlisten = [
      onAbort(request.signal, (reason) => hangUp.abort(reason)),
      onAbort(this.#closing.signal, (reason) => hangUp.abort(reason)),
    ];
    const release = () => {
      for (const stop of unlisten.splice(0)) stop();
    };
    try {
      hangUp.signal.throwIfAborted();
      const answer = this.#handler.handle({
        method: request.method,
        path: request.path,
        headers: { ...request.headers, ...this.#headers },
        body: request.body,
        signal: hangUp.signal,
      });
      const response = await alive(abortable(answer, hangUp.signal));
      return {
        status: response.status,
        headers: response.headers,
        body: new HandlerBody(response.body, hangUp, release),
      };
    } catch (error) {
      release();
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#closing.abort(new NetworkError('the connection to the server has been closed'));
  }
}

/** A response body that hands on what the server makes. Giving it up tells the server that its client has gone. */
class HandlerBody implements ResponseBody {
  readonly #source: Uint8Array | AsyncIterable<Uint8Array>;
  readonly #hangUp: AbortController;
  readonly #release: () => void;

  constructor(source: Uint8Array | AsyncIterable<Uint8Array>, hangUp: AbortController, release: () => void) {
    this.#source = source;
    this.#hangUp = hangUp;
    this.#release = release;
  }

  async bytes(): Promise<Uint8Array> {
    if (this.#source instanceof Uint8Array) {
      this.#release();
      return this.#source;
    }
    const chunks: Uint8Array[] = [];
    await this.consume((chunk) => {
      chunks.push(chunk);
    });
    return Buffer.concat(chunks);
  }

  consume(onChunk: (chunk: Uint8Array) => void | Promise<void>): Promise<void> {
    return alive(this.#consume(onChunk));
  }

  async #consume(onChunk: (chunk: Uint8Array) => void | Promise<void>): Promise<void> {
    const { signal } = this.#hangUp;
    if (this.#source instanceof Uint8Array) {
      this.#release();
      if (this.#source.length > 0) await onChunk(this.#source);
      return;
    }
    const chunks = this.#source[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await abortable(chunks.next(), signal);
        if (next.done === true) return;
        await onChunk(next.value);
      }
    } finally {
      this.cancel();
      // Not awaited: a server that is waiting for its next event answers only once the signal has reached it.
      chunks.return?.().catch(() => undefined);
    }
  }

  cancel(): void {
    this.#release();
    this.#hangUp.abort(new NetworkError('the client has closed the connection'));
  }
}

/** Waits as one waits on a socket: a process with nothing else to do does not end meanwhile. */
async function alive<T>(answer: Promise<T>): Promise<T> {
  const over = new AbortController();
  systemClock.sleep(Number.POSITIVE_INFINITY, { signal: over.signal }).catch(() => undefined);
  try {
    return await answer;
  } finally {
    over.abort();
  }
}
