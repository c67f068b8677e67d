import { BoundedDuplex, type DuplexCarrier } from '../bounded-duplex.js';
import type { SpdyHeaders } from './header-block.js';

/** One stream of a `SpdyConnection`: a duplex of bytes, with the headers that its opener sent. */
export class SpdyStream extends BoundedDuplex {
  /** Bytes that may still be sent. */
  sendWindow = 0;
  /** Bytes that were received, and not yet given back to the peer as window. */
  received = 0;
  /** Resolves when the peer has answered the opening; rejects when the stream ends before. */
  readonly replied: Promise<void>;
  #settle: { resolve(): void; reject(error: Error): void } | undefined;

  constructor(
    readonly id: number,
    /** The headers of SYN_STREAM, with lower-case names. */
    readonly headers: SpdyHeaders,
    carrier: DuplexCarrier,
    highWaterMark: number,
  ) {
    super(carrier, highWaterMark);
    this.replied = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    // Not everyone waits for the answer.
    this.replied.catch(() => {});
  }

  /** Returns the first value of a header. */
  header(name: string): string | undefined {
    return this.headers.get(name.toLowerCase())?.[0];
  }

  /** Settles `replied`; the connection calls it. */
  settleReply(error?: Error): void {
    if (error === undefined) this.#settle?.resolve();
    else this.#settle?.reject(error);
    this.#settle = undefined;
  }
}
