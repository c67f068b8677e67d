/**
 * Where a document stops being JSON: the offset of the first byte that cannot stand where it stands, or the length when the document
 * only ends too early. Called for documents already refused; engines tell the position only now and then, and never in bytes.
 */
export function findJsonError(bytes: Uint8Array): number {
  return new Scan(bytes).run();
}

const WORDS = ['true', 'false', 'null'].map((word) => new TextEncoder().encode(word));

/** One pass, without recursion: the nesting of a hostile document costs a byte of `nesting` a level. */
class Scan {
  #at = 0;
  /** Open containers: `{` or `[`. */
  readonly #nesting: number[] = [];

  constructor(private readonly bytes: Uint8Array) {}

  run(): number {
    // Each turn stands before a value.
    for (;;) {
      this.#space();
      if (!this.#value()) return this.#at;
      const open = this.#nesting.at(-1);
      if (open === undefined) {
        this.#space();
        return this.#at;
      }
    }
  }

  /** Consumes what can be consumed up to the next place where a value must stand, or to the end of the document. */
  #value(): boolean {
    const byte = this.bytes[this.#at];
    if (byte === 0x7b || byte === 0x5b) {
      this.#at++;
      this.#nesting.push(byte);
      this.#space();
      if (this.bytes[this.#at] === (byte === 0x7b ? 0x7d : 0x5d)) return this.#close();
      return byte === 0x5b || this.#key();
    }
    return (byte === 0x22 ? this.#string() : this.#word() || this.#number()) && this.#afterValue();
  }

  /** After a value: a comma and the way to the next value, closing brackets, or the end. */
  #afterValue(): boolean {
    const open = this.#nesting.at(-1);
    if (open === undefined) return true;
    this.#space();
    const byte = this.bytes[this.#at];
    if (byte === 0x2c) {
      this.#at++;
      this.#space();
      return open === 0x5b || this.#key();
    }
    return byte === (open === 0x7b ? 0x7d : 0x5d) && this.#close();
  }

  #close(): boolean {
    // A loop instead of a call to #afterValue for each level: `]]]]…` may be long.
    for (;;) {
      this.#at++;
      this.#nesting.pop();
      const open = this.#nesting.at(-1);
      if (open === undefined) return true;
      this.#space();
      if (this.bytes[this.#at] !== (open === 0x7b ? 0x7d : 0x5d)) return this.#afterValue();
    }
  }

  #key(): boolean {
    if (this.bytes[this.#at] !== 0x22 || !this.#string()) return false;
    this.#space();
    if (this.bytes[this.#at] !== 0x3a) return false;
    this.#at++;
    return true;
  }

  #string(): boolean {
    this.#at++;
    for (;;) {
      const byte = this.bytes[this.#at];
      if (byte === undefined || byte < 0x20) return false;
      if (byte === 0x5c && !this.#escape()) return false;
      this.#at++;
      if (byte === 0x22) return true;
    }
  }

  /** Stands on the backslash; leaves at the last byte of the escape. */
  #escape(): boolean {
    const byte = this.bytes[++this.#at];
    if (byte !== 0x75) return byte !== undefined && '"\\/bfnrt'.includes(String.fromCharCode(byte));
    for (let digit = 0; digit < 4; digit++) {
      if (!/[0-9a-fA-F]/.test(String.fromCharCode(this.bytes[++this.#at] ?? 0))) return false;
    }
    return true;
  }

  #word(): boolean {
    const word = WORDS.find((candidate) => candidate[0] === this.bytes[this.#at]);
    if (word === undefined) return false;
    for (const byte of word) {
      if (this.bytes[this.#at] !== byte) return false;
      this.#at++;
    }
    return true;
  }

  #number(): boolean {
    if (this.bytes[this.#at] === 0x2d) this.#at++;
    if (this.bytes[this.#at] === 0x30) this.#at++;
    else if (!this.#digits()) return false;
    if (this.bytes[this.#at] === 0x2e) {
      this.#at++;
      if (!this.#digits()) return false;
    }
    const exponent = this.bytes[this.#at];
    if (exponent === 0x65 || exponent === 0x45) {
      this.#at++;
      const sign = this.bytes[this.#at];
      if (sign === 0x2b || sign === 0x2d) this.#at++;
      if (!this.#digits()) return false;
    }
    return true;
  }

  #digits(): boolean {
    const start = this.#at;
    for (let byte = this.bytes[this.#at] ?? 0; byte >= 0x30 && byte <= 0x39; byte = this.bytes[this.#at] ?? 0)
      this.#at++;
    return this.#at > start;
  }

  #space(): void {
    for (;;) {
      const byte = this.bytes[this.#at];
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return;
      this.#at++;
    }
  }
}
