import { failure } from '../object/status-error.js';

/** A limit on the bytes of request bodies that a server holds at a time, so that many large ones cannot use up its memory. */
export class BodyBudget {
  #held = 0;

  constructor(readonly maxBytes: number) {}

  /** Returns a share that holds no bytes yet. */
  share(): BodyShare {
    let own = 0;
    let released = false;
    return {
      hold: (bytes) => {
        if (released) return;
        if (bytes > 0 && this.#held + bytes > this.maxBytes) throw tooManyBytes();
        own += bytes;
        this.#held += bytes;
      },
      release: () => {
        released = true;
        this.#held -= own;
        own = 0;
      },
    };
  }
}

/** The bytes that one request holds. */
export interface BodyShare {
  /** Holds more bytes. Throws the 429 Status where the server holds too many already. */
  hold(bytes: number): void;
  /** Lets go of all bytes of this share, for good. */
  release(): void;
}

function tooManyBytes(): Error {
  const message = 'the server holds too many bytes of request bodies, please try again later';
  return failure(429, 'TooManyRequests', message, { retryAfterSeconds: 1 }, { 'retry-after': '1' });
}
