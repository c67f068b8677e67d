import { ByteHold } from '../byte-hold.js';
import { type FrameSplitter, MalformedError } from '../codec.js';
import { MAX_FRAME_BYTES } from '../line-splitter.js';
import type { FrameRanges, RangeHandler, SplitterLimits } from '../object-codec.js';
import { asBuffer } from './decode.js';

/** Four bytes, the most significant first, say how long a frame is. */
const prefix = 4;

/** Cuts a watch in protobuf into frames. Only a frame that spans chunks is copied; nothing is set aside for what is only announced. */
export class LengthRanges implements FrameRanges {
  readonly #hold = new ByteHold();
  readonly #maxBytes: number;
  #offset = 0;

  constructor(limits: SplitterLimits = {}) {
    this.#maxBytes = limits.maxBytes ?? MAX_FRAME_BYTES;
  }

  get pending(): number {
    return this.#hold.length;
  }

  get offset(): number {
    return this.#offset;
  }

  push(chunk: Uint8Array, onFrame: RangeHandler): void {
    const bytes = asBuffer(chunk);
    let from = 0;
    if (this.#hold.length > 0) {
      // The rest of a length first, then the rest of its frame.
      from = this.#fill(bytes, 0, prefix);
      if (this.#hold.length < prefix) return;
      const whole = prefix + this.#lengthAt(this.#hold.buffer, 0);
      from = this.#fill(bytes, from, whole);
      if (this.#hold.length < whole) return;
      const { buffer } = this.#hold;
      this.#hold.clear();
      this.#offset += whole;
      onFrame(buffer, prefix, whole);
    }
    while (bytes.length - from >= prefix) {
      const end = from + prefix + this.#lengthAt(bytes, from);
      if (end > bytes.length) break;
      const start = from + prefix;
      this.#offset += end - from;
      from = end;
      onFrame(bytes, start, end);
    }
    if (from < bytes.length) this.#hold.append(bytes, from, bytes.length);
  }

  /** Moves bytes to the hold until it has `wanted`; returns how far it got. */
  #fill(bytes: Buffer, from: number, wanted: number): number {
    const end = Math.min(bytes.length, from + Math.max(0, wanted - this.#hold.length));
    if (end > from) this.#hold.append(bytes, from, end);
    return end;
  }

  #lengthAt(b: Buffer, at: number): number {
    const length = b.readUInt32BE(at);
    if (length > this.#maxBytes) {
      throw new MalformedError(`a frame is larger than ${this.#maxBytes} bytes`, this.#offset);
    }
    return length;
  }
}

/** The same for those that want a frame as an array of its own. */
export class LengthSplitter implements FrameSplitter {
  readonly #ranges: LengthRanges;
  #before = 0;

  /** `maxFrameBytes`: see `MAX_FRAME_BYTES`. */
  constructor(maxFrameBytes?: number) {
    this.#ranges = new LengthRanges({ maxBytes: maxFrameBytes });
  }

  get pending(): number {
    return this.#ranges.pending;
  }

  /** While a frame is being looked at, where it begins. */
  get offset(): number {
    return this.#before;
  }

  push(chunk: Uint8Array, onFrame: (frame: Uint8Array) => void): void {
    this.#ranges.push(chunk, (bytes, start, end) => {
      this.#before = this.#ranges.offset - (end - start);
      onFrame(bytes.subarray(start, end));
      this.#before = this.#ranges.offset;
    });
  }
}
