import { InvalidRequestError, NetworkError } from '../errors/index.js';
import { concatBytes } from '../util/bytes.js';
import { tooLarge } from './gunzip-body.js';
import type { ResponseBody } from './transport.js';

/** The controls that a body has over its source. */
export interface Source {
  pause(): void;
  resume(): void;
  /** Ends the source: the reader wants no further chunks. */
  abandon(error: Error): void;
}

/** So much is taken in before anyone reads; then the source is paused. */
const UNREAD_BYTES = 64 * 1024;

/**
 * A body into which chunks are pushed, and which pushes them on to its reader with backpressure. `lent` chunks are good only during
 * `push`: those that have to wait, or to be kept, are copied.
 */
export class PushedBody implements ResponseBody {
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #paused = false;
  /** The reader has a chunk and has not said that it is done with it. */
  #busy = false;
  #ended = false;
  #error: { readonly value: unknown } | undefined;
  #reader:
    | { onChunk(chunk: Uint8Array): void | Promise<void>; resolve(): void; reject(error: unknown): void }
    | undefined;
  #taken = false;

  constructor(
    private readonly maxBytes: number,
    private readonly source: Source,
    private readonly lent = false,
  ) {}

  /** True if the exchange waits for the reader, not for the network. */
  get paused(): boolean {
    return this.#paused;
  }

  async bytes(): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    let total = 0;
    await this.consume((chunk) => {
      total += chunk.length;
      if (total > this.maxBytes) {
        throw tooLarge(this.maxBytes);
      }
      chunks.push(this.lent ? Uint8Array.from(chunk) : chunk);
    });
    const [only] = chunks;
    return chunks.length === 1 && only !== undefined ? only : concatBytes(chunks, total);
  }

  consume(onChunk: (chunk: Uint8Array) => void | Promise<void>): Promise<void> {
    if (this.#taken) return Promise.reject(new InvalidRequestError('this body has been read or cancelled already'));
    this.#taken = true;
    return new Promise((resolve, reject) => {
      this.#reader = { onChunk, resolve, reject };
      this.#drain();
    });
  }

  cancel(): void {
    this.#taken = true;
    this.#queue = [];
    const error = new NetworkError('the body was cancelled by its reader');
    this.fail(error);
    if (!this.#ended) this.source.abandon(error);
  }

  /** From the source: the next chunk. Unless it is lent, it is the body's from now on. */
  push(chunk: Uint8Array): void {
    if (this.#error !== undefined) return;
    if (this.#reader !== undefined && !this.#busy && this.#queue.length === 0) {
      this.#deliver(chunk);
      return;
    }
    this.#queue.push(this.lent ? Uint8Array.from(chunk) : chunk);
    this.#queuedBytes += chunk.length;
    if (this.#busy || this.#queuedBytes >= UNREAD_BYTES) this.#pause();
  }

  /** From the source: nothing more comes; with an error, because it broke. What is queued is delivered first. */
  end(error?: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    if (error !== undefined) this.#error ??= { value: error };
    if (this.#reader !== undefined) this.#drain();
  }

  /** Ends the reading at once. */
  fail(error: unknown): void {
    this.#queue = [];
    this.#error ??= { value: error };
    this.#reader?.reject(this.#error.value);
    this.#reader = undefined;
  }

  #pause(): void {
    if (this.#paused || this.#ended) return;
    this.#paused = true;
    this.source.pause();
  }

  #deliver(chunk: Uint8Array): void {
    try {
      const done = this.#reader?.onChunk(chunk);
      if (done === undefined) return;
      this.#busy = true;
      this.#pause();
      done.then(
        () => {
          this.#busy = false;
          this.#drain();
        },
        (error) => this.#readerFailed(error),
      );
    } catch (error) {
      this.#readerFailed(error);
    }
  }

  #readerFailed(error: unknown): void {
    this.fail(error);
    if (!this.#ended)
      this.source.abandon(error instanceof Error ? error : new Error('the reader failed', { cause: error }));
  }

  #drain(): void {
    while (!this.#busy && this.#reader !== undefined) {
      const chunk = this.#queue.shift();
      if (chunk === undefined) break;
      this.#queuedBytes -= chunk.length;
      this.#deliver(chunk);
    }
    if (this.#busy || this.#reader === undefined) return;
    if (this.#error !== undefined) {
      this.fail(this.#error.value);
    } else if (this.#ended) {
      this.#reader.resolve();
      this.#reader = undefined;
    } else if (this.#paused) {
      this.#paused = false;
      this.source.resume();
    }
  }
}
