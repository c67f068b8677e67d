import { ByteHold } from '../byte-hold.js';
import { MalformedError } from '../codec.js';
import { MAX_FRAME_BYTES } from '../line-splitter.js';
import type { ListRanges, ListScan, RangeHandler, SplitterLimits } from '../object-codec.js';
import { asBuffer, decodeMessage } from './decode.js';
import { magic } from './envelope.js';
import { Wire } from './wire-reader.js';

/** More bytes no number has. */
const longestVarint = 10;

/**
 * Splits a LIST in protobuf into its items: the envelope's message holds the list's, which holds the items, each with its length. Only an
 * item that spans chunks is copied, and nothing is set aside for what is only announced.
 */
export class ProtobufListRanges implements ListRanges {
  readonly #hold = new ByteHold();
  readonly #maxBytes: number;
  /** Bytes of the stream before the first byte at hand. */
  #base = 0;
  #begun = false;
  /** Where the list's own message ends in the stream; undefined before it begins, and true once it has ended. */
  #listEnd: number | undefined;
  #ended = false;
  #apiVersion = '';
  #kind = '';
  #metadata: Record<string, unknown> = {};
  #items = 0;
  /** Where the last number read by `#varint` ends; -1 where more bytes are needed. */
  #next = 0;

  constructor(limits: SplitterLimits = {}) {
    this.#maxBytes = limits.maxBytes ?? MAX_FRAME_BYTES;
  }

  push(chunk: Uint8Array, onItem: RangeHandler): void {
    const bytes = asBuffer(chunk);
    const held = this.#hold.length > 0;
    if (held) this.#hold.append(bytes, 0, bytes.length);
    const b = held ? this.#hold.buffer : bytes;
    const end = held ? this.#hold.length : bytes.length;
    const used = this.#run(b, end, onItem);
    if (held) this.#hold.drop(used);
    else if (used < end) this.#hold.append(b, used, end);
    this.#base += used;
  }

  end(): ListScan {
    if (!this.#ended || this.#hold.length > 0) {
      throw new MalformedError('the list does not end', this.#base + this.#hold.length);
    }
    const { resourceVersion, continue: token, remainingItemCount } = this.#metadata;
    return {
      apiVersion: this.#apiVersion,
      kind: this.#kind,
      resourceVersion: typeof resourceVersion === 'string' ? resourceVersion : '',
      continue: typeof token === 'string' ? token : '',
      remainingItemCount: typeof remainingItemCount === 'number' ? remainingItemCount : undefined,
      items: this.#items,
    };
  }

  /** Goes over whole fields; returns where the first begins that is not yet whole. */
  #run(b: Buffer, end: number, onItem: RangeHandler): number {
    let i = 0;
    if (!this.#begun) {
      for (const [at, byte] of magic.entries()) {
        if (at < end && b[at] !== byte) throw this.#fault('no object in protobuf begins here', 0);
      }
      if (end < magic.length) return 0;
      this.#begun = true;
      i = magic.length;
    }
    for (;;) {
      if (this.#listEnd !== undefined && this.#base + i === this.#listEnd) this.#ended = true;
      if (i >= end) return i;
      const start = i;
      const tag = this.#varint(b, i, end);
      if (this.#next === -1) return start;
      i = this.#next;
      const inList = this.#listEnd !== undefined && !this.#ended;
      const length = this.#lengthOf(b, tag & 7, i, end);
      if (length === -1) return start;
      if ((tag & 7) === Wire.Bytes) i = this.#next;
      const limit = inList ? (this.#listEnd ?? 0) : Number.POSITIVE_INFINITY;
      if (this.#base + i + length > limit) throw this.#fault('a length beyond the end of its message', start);
      if (!inList && tag === 0x12) {
        if (this.#listEnd !== undefined) throw this.#fault('a second list', start);
        this.#listEnd = this.#base + i + length;
        continue;
      }
      if (length > this.#maxBytes) throw this.#fault(`an item is larger than ${this.#maxBytes} bytes`, start);
      if (length > end - i) return start;
      if (tag === 0x0a) this.#head(b, i, i + length, inList);
      else if (inList && tag === 0x12) {
        this.#items++;
        onItem(b, i, i + length);
      }
      i += length;
    }
  }

  /** The list's metadata, or, outside it, its kind. */
  #head(b: Buffer, start: number, end: number, inList: boolean): void {
    try {
      if (inList) this.#metadata = decodeMessage(b, start, end, 'apis/meta/v1.ListMeta') as Record<string, unknown>;
      else {
        // TypeMeta looks like any message of two texts.
        const type = decodeMessage(b, start, end, 'core/v1.EnvVar') as { name?: string; value?: string };
        this.#apiVersion = type.name ?? '';
        this.#kind = type.value ?? '';
      }
    } catch (error) {
      throw error instanceof MalformedError ? this.#fault(error.message, start + error.offset) : error;
    }
  }

  /** Returns the length of the value at `i`, or -1 if more bytes are needed. It also reads a length prefix: `#next` is after it. */
  #lengthOf(b: Buffer, wire: number, i: number, end: number): number {
    switch (wire) {
      case Wire.Varint:
        this.#varint(b, i, end);
        return this.#next === -1 ? -1 : this.#next - i;
      case Wire.Bytes: {
        const length = this.#varint(b, i, end);
        return this.#next === -1 ? -1 : length;
      }
      case Wire.Fixed64:
        return 8;
      case Wire.Fixed32:
        return 4;
      default:
        throw this.#fault(`wire type ${wire} is not known`, i);
    }
  }

  #varint(b: Buffer, from: number, end: number): number {
    let value = 0;
    let scale = 1;
    for (let i = from; i < end; i++) {
      const byte = b[i] ?? 0;
      value += (byte & 0x7f) * scale;
      scale *= 128;
      if (byte < 0x80) {
        this.#next = i + 1;
        return value;
      }
      if (i - from >= longestVarint - 1) throw this.#fault('a number of more than ten bytes', from);
    }
    this.#next = -1;
    return 0;
  }

  #fault(message: string, at: number): MalformedError {
    return new MalformedError(message, this.#base + at);
  }
}
