import { BracketMatcher } from './bracket-matcher.js';
import { ByteHold } from './byte-hold.js';
import { MalformedError } from './codec.js';
import { asBuffer } from './json-head.js';
import { MAX_FRAME_BYTES } from './line-splitter.js';
import type { FrameRanges, RangeHandler, SplitterLimits } from './object-codec.js';

const newline = 0x0a;
const carriageReturn = 0x0d;

/** Splits a watch in JSON, one event a line. Empty lines are skipped. Only a line that spans chunks is copied. */
export class LineRanges implements FrameRanges {
  readonly #hold: ByteHold;
  readonly #maxBytes: number;
  #offset = 0;

  constructor(limits: SplitterLimits = {}) {
    this.#maxBytes = limits.maxBytes ?? MAX_FRAME_BYTES;
    this.#hold = new ByteHold();
  }

  get pending(): number {
    return this.#hold.length;
  }

  get offset(): number {
    return this.#offset;
  }

  push(chunk: Uint8Array, onFrame: RangeHandler): void {
    const bytes = asBuffer(chunk);
    const matcher = BracketMatcher.forDocuments();
    matcher?.lend(bytes);
    try {
      this.#split(bytes, onFrame);
    } finally {
      matcher?.takeBack(bytes);
    }
  }

  #split(bytes: Buffer, onFrame: RangeHandler): void {
    let from = 0;
    let at = bytes.indexOf(newline);
    if (at !== -1 && this.#hold.length > 0) {
      this.#check(this.#hold.length + at);
      this.#hold.append(bytes, 0, at);
      const { buffer, length } = this.#hold;
      this.#offset += length + 1;
      this.#hold.clear();
      if (!isBlank(buffer, 0, length)) onFrame(buffer, 0, length);
      from = at + 1;
      at = bytes.indexOf(newline, from);
    }
    while (at !== -1) {
      const start = from;
      this.#check(at - start);
      this.#offset += at + 1 - start;
      from = at + 1;
      if (!isBlank(bytes, start, at)) onFrame(bytes, start, at);
      at = bytes.indexOf(newline, from);
    }
    this.#check(this.#hold.length + bytes.length - from);
    if (from < bytes.length) this.#hold.append(bytes, from, bytes.length);
  }

  #check(length: number): void {
    if (length > this.#maxBytes)
      throw new MalformedError(`a frame is larger than ${this.#maxBytes} bytes`, this.#maxBytes);
  }
}

function isBlank(b: Uint8Array, start: number, end: number): boolean {
  return start === end || (end === start + 1 && b[start] === carriageReturn);
}
