const initialCapacity = 64 * 1024;
/** A hold that grew beyond this for one large object gives the memory back afterwards. */
const keptCapacity = 1024 * 1024;

/** Bytes put aside until more arrive. Grows with what arrived, never with what was announced. */
export class ByteHold {
  /** Valid up to `length`, until the next `append`. */
  buffer: Buffer = Buffer.alloc(0);
  length = 0;

  append(bytes: Uint8Array, start: number, end: number): void {
    const needed = this.length + end - start;
    if (needed > this.buffer.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.buffer.length * 2, initialCapacity));
      this.buffer.copy(grown, 0, 0, this.length);
      this.buffer = grown;
    }
    this.buffer.set(bytes.subarray(start, end), this.length);
    this.length = needed;
  }

  /** Forgets the first `count` bytes. */
  drop(count: number): void {
    if (count === this.length) {
      this.clear();
    } else if (count > 0) {
      this.buffer.copyWithin(0, count, this.length);
      this.length -= count;
    }
  }

  /** Forgets everything. Who holds `buffer` may still read it until the next `append`. */
  clear(): void {
    this.length = 0;
    if (this.buffer.length > keptCapacity) this.buffer = Buffer.alloc(0);
  }
}
