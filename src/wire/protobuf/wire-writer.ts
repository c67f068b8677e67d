const firstCapacity = 4 * 1024;
/** A buffer that grew beyond this for one large object is given back. */
const keptCapacity = 1024 * 1024;

/** Returns the number of bytes of a whole number from 0 to 2^32 - 1. */
export function varintLength(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x20_0000) return 3;
  return value < 0x1000_0000 ? 4 : 5;
}

/**
 * Writes a message from its end to its beginning, so that a length is known by the time it is written. Fields come in descending
 * order of their numbers, lists from their last element.
 */
export class WireWriter {
  #buffer: Buffer = Buffer.alloc(0);
  /** Where what is written begins. */
  #at = 0;
  /** If true, fields that the kind does not have are an error. */
  strict = false;
  /** The depth of the message that is being written. */
  depth = 0;

  /** The number of written bytes. */
  get length(): number {
    return this.#buffer.length - this.#at;
  }

  /** Begins anew. */
  reset(): void {
    if (this.#buffer.length > keptCapacity) this.#buffer = Buffer.alloc(0);
    this.#at = this.#buffer.length;
  }

  /** Copies what has been written to `target`, where there must be room for it from `at` on. */
  copyTo(target: Buffer, at: number): void {
    target.set(this.#buffer.subarray(this.#at), at);
  }

  /** A copy of what has been written. */
  take(): Uint8Array {
    return Uint8Array.prototype.slice.call(this.#buffer, this.#at);
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#buffer[--this.#at] = value;
  }

  /** A whole number from 0 to 2^32 - 1. */
  varint(value: number): void {
    if (value < 0x80) {
      this.byte(value);
      return;
    }
    if (value < 0x4000) {
      this.#reserve(2);
      const at = this.#at - 2;
      this.#at = at;
      this.#buffer[at] = (value & 0x7f) | 0x80;
      this.#buffer[at + 1] = value >>> 7;
      return;
    }
    const bytes = varintLength(value);
    this.#reserve(bytes);
    this.#at -= bytes;
    let rest = value;
    for (let i = 0; i < bytes - 1; i++) {
      this.#buffer[this.#at + i] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#buffer[this.#at + bytes - 1] = rest;
  }

  /** A whole number, in two's complement of 64 bits. */
  int64(value: number | bigint): void {
    if (typeof value === 'number' && value >= 0 && value <= 0xffff_ffff) {
      this.varint(value);
      return;
    }
    let rest = BigInt.asUintN(64, BigInt(value));
    const bytes: number[] = [];
    while (rest > 0x7fn) {
      bytes.push(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    bytes.push(Number(rest));
    this.bytes(bytes);
  }

  float64(value: number): void {
    this.#reserve(8);
    this.#at -= 8;
    this.#buffer.writeDoubleLE(value, this.#at);
  }

  bytes(bytes: ArrayLike<number>): void {
    const { length } = bytes;
    this.#reserve(length);
    const at = this.#at - length;
    this.#at = at;
    // A call costs more than a few bytes do.
    if (length > 16) this.#buffer.set(bytes, at);
    else for (let i = 0; i < length; i++) this.#buffer[at + i] = bytes[i] ?? 0;
  }

  /** The bytes at `[start, end)` of `from`. */
  copy(from: Buffer, start: number, end: number): void {
    const length = end - start;
    this.#reserve(length);
    const to = this.#at - length;
    this.#at = to;
    // A call costs more than a few bytes do.
    if (length > 48) this.#buffer.set(from.subarray(start, end), to);
    else for (let i = 0; i < length; i++) this.#buffer[to + i] = from[start + i] ?? 0;
  }

  /** Bytes that are given in base64. */
  base64(text: string): void {
    // As many as there may be, less what padding and line ends turn out to take.
    const most = Math.ceil((text.length * 3) / 4);
    this.#reserve(most);
    const start = this.#at - most;
    const length = this.#buffer.write(text, start, most, 'base64');
    this.#at -= length;
    if (length < most) this.#buffer.copyWithin(this.#at, start, start + length);
  }

  /** Text without its length; a half of a surrogate pair becomes U+FFFD. */
  text(text: string): void {
    const length = Buffer.byteLength(text);
    this.#reserve(length);
    this.#at -= length;
    this.#buffer.write(text, this.#at, length, 'utf8');
  }

  #reserve(count: number): void {
    if (count <= this.#at) return;
    const used = this.length;
    const grown = Buffer.allocUnsafe(Math.max(firstCapacity, this.#buffer.length * 2, used + count));
    this.#buffer.copy(grown, grown.length - used, this.#at);
    this.#buffer = grown;
    this.#at = grown.length - used;
  }
}
