import { Duplex } from 'node:stream';

/** The other side of a `BoundedDuplex`: the connection that carries it. */
export interface DuplexCarrier {
  /** Sends one chunk; calls `done` when the connection can take more. */
  write(chunk: Uint8Array, done: (error?: Error | null) => void): void;
  /** Sends the end of this direction. */
  end(done: (error?: Error | null) => void): void;
  /** The reader has room again: everything delivered so far has been read down to the high-water mark. */
  drained(): void;
  /** The stream is gone, in both directions. */
  destroyed(error: Error | null): void;
}

/** A stream of one channel. The connection delivers what arrives; the reader's pace decides when it may deliver more. */
export class BoundedDuplex extends Duplex {
  readonly #carrier: DuplexCarrier;
  #ended = false;
  #failure: Error | undefined;

  constructor(carrier: DuplexCarrier, highWaterMark: number) {
    super({ allowHalfOpen: true, highWaterMark });
    this.#carrier = carrier;
    // The network may fail a stream at a time when nobody listens, and that must not end the process.
    this.on('error', () => {});
  }

  /** Hands data to the reader. Returns false when the reader is slow: deliver no more until `drained` is called. */
  deliver(data: Uint8Array): boolean {
    if (this.#ended || this.#failure !== undefined || this.destroyed || data.length === 0) return true;
    return this.push(data);
  }

  /** Ends the readable side. Further data is dropped. */
  deliverEnd(): void {
    if (this.#ended || this.#failure !== undefined || this.destroyed) return;
    this.#ended = true;
    this.push(null);
  }

  /** Fails the stream as soon as everything delivered so far has been read. */
  failAfterRead(error: Error): void {
    if (this.readableLength === 0) this.destroy(error);
    else this.#failure ??= error;
  }

  override read(size?: number): Buffer | null {
    const chunk: Buffer | null = super.read(size);
    // Node calls `_read` no more once the peer's end has been delivered.
    if (this.#ended && this.readableLength < this.readableHighWaterMark) this.#carrier.drained();
    const failure = this.#failure;
    if (failure !== undefined && this.readableLength === 0) queueMicrotask(() => this.destroy(failure));
    return chunk;
  }

  /** True once the peer has ended its side. */
  get hasEnded(): boolean {
    return this.#ended;
  }

  override _read(): void {
    this.#carrier.drained();
  }

  override _write(chunk: Uint8Array, _encoding: string, done: (error?: Error | null) => void): void {
    this.#carrier.write(chunk, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#carrier.end(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#carrier.destroyed(error);
    done(error);
  }
}
