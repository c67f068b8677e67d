import type { Duplex } from 'node:stream';
import { BoundedDuplex } from '../../stream-codec/index.js';

const HIGH_WATER_MARK = 64 * 1024;

/** Makes the two ends of a connection in memory. A slow reader holds the writer back. */
export function duplexPair(): readonly [Duplex, Duplex] {
  const first: End = new End(() => second);
  const second: End = new End(() => first);
  return [first.stream, second.stream];
}

/** One end: it passes to the other end what is written to it. */
class End {
  readonly stream: BoundedDuplex;
  /** The write of the other end that waits until this end has been read. */
  #waiting: (() => void) | undefined;

  constructor(other: () => End) {
    this.stream = new BoundedDuplex(
      {
        write: (chunk, done) => other().#take(chunk, done),
        end: (done) => {
          other().stream.deliverEnd();
          done();
        },
        drained: () => this.#release(),
        destroyed: (error) => {
          this.#release();
          const peer = other().stream;
          if (error === null) peer.deliverEnd();
          else if (!peer.destroyed) peer.failAfterRead(new Error('read ECONNRESET'));
        },
      },
      HIGH_WATER_MARK,
    );
  }

  #take(chunk: Uint8Array, done: (error?: Error | null) => void): void {
    if (this.stream.destroyed) done(new Error('write EPIPE'));
    // The writer may use its memory again.
    else if (this.stream.deliver(Buffer.from(chunk))) done();
    else this.#waiting = () => done();
  }

  #release(): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.();
  }
}
