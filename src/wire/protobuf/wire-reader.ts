import { MalformedError } from '../codec.js';
import { textOf } from './text.js';

/** The wire types of a field's value. */
export const Wire = { Varint: 0, Fixed64: 1, Bytes: 2, StartGroup: 3, EndGroup: 4, Fixed32: 5 } as const;

/** Messages nested deeper than this are refused. The deepest kinds are CRDs, whose schemas take three messages a level. */
const maxDepth = 500;

/**
 * Reads a message field by field. Every length is checked against the message it stands in, so nothing is read beyond it and
 * nothing is allocated on its word. Throws `MalformedError`; offsets count from the `start` of `reset`.
 */
export class WireReader {
  bytes: Buffer = Buffer.alloc(0);
  at = 0;
  /** The upper half of the last varint, unsigned. */
  high = 0;
  /** True if a field of a message was skipped since `reset` because its number is unknown. */
  hasUnknown = false;
  /** Values of the messages being read, innermost last: see `MessagePlan`. */
  readonly slots: unknown[] = [];
  top = 0;
  #depth = 0;
  #start = 0;

  reset(bytes: Buffer, start: number): void {
    this.bytes = bytes;
    this.at = start;
    this.#start = start;
    this.#depth = 0;
    this.hasUnknown = false;
    if (this.top > 0) this.slots.fill(undefined);
    this.top = 0;
  }

  /** A fault at a position, by default here. */
  fault(message: string, at = this.at): MalformedError {
    return new MalformedError(message, at - this.#start);
  }

  enter(): void {
    if (++this.#depth > maxDepth) throw this.fault(`messages nest deeper than ${maxDepth}`);
  }

  leave(): void {
    this.#depth--;
  }

  /** The lower half of a varint, unsigned; `high` is the upper one. */
  varint(end: number): number {
    const first = this.at < end ? (this.bytes[this.at] ?? 0) : 0x100;
    if (first < 0x80) {
      this.at++;
      this.high = 0;
      return first;
    }
    return this.#longVarint(end);
  }

  #longVarint(end: number): number {
    const b = this.bytes;
    let low = 0;
    let high = 0;
    for (let i = 0; i < 10; i++) {
      if (this.at >= end) throw this.fault('a number does not end');
      const byte = b[this.at++] ?? 0;
      const bits = byte & 0x7f;
      if (i < 4) low |= bits << (7 * i);
      else if (i === 4) {
        low |= bits << 28;
        high = bits >>> 4;
      } else high |= bits << (7 * i - 32);
      if (byte < 0x80) {
        this.high = high >>> 0;
        return low >>> 0;
      }
    }
    throw this.fault('a number of more than ten bytes');
  }

  /** A tag: the field's number and, in the lowest three bits, how it is written. */
  tag(end: number): number {
    const at = this.at;
    const tag = this.varint(end);
    if (this.high !== 0 || tag < 8) throw this.fault('a field number out of range', at);
    return tag;
  }

  /** The length of what follows, which must fit. Returns where it ends. */
  length(end: number): number {
    const at = this.at;
    const length = this.varint(end);
    if (this.high !== 0 || length > end - this.at) throw this.fault('a length beyond the end of its message', at);
    return this.at + length;
  }

  /** A signed 64-bit integer as the nearest number, which is what `JSON.parse` makes of its digits. */
  int64(end: number): number {
    const low = this.varint(end);
    return (this.high | 0) * 0x1_0000_0000 + low;
  }

  text(end: number): string {
    const stop = this.length(end);
    const start = this.at;
    this.at = stop;
    return textOf(this.bytes, start, stop);
  }

  /** Passes over a field that nobody asked for. */
  skip(tag: number, end: number): void {
    switch (tag & 7) {
      case Wire.Varint:
        this.varint(end);
        return;
      case Wire.Fixed64:
        this.#advance(8, end);
        return;
      case Wire.Bytes:
        this.at = this.length(end);
        return;
      case Wire.Fixed32:
        this.#advance(4, end);
        return;
      case Wire.StartGroup:
        this.#skipGroup(tag, end);
        return;
      default:
        throw this.fault(`wire type ${tag & 7} is not known`);
    }
  }

  /** Passes over a field whose number is not known: one of a newer server. */
  skipUnknown(tag: number, end: number): void {
    this.hasUnknown = true;
    this.skip(tag, end);
  }

  #advance(count: number, end: number): void {
    if (count > end - this.at) throw this.fault('a field goes beyond the end of its message');
    this.at += count;
  }

  /** Groups are of the past, but an unknown field may be one. */
  #skipGroup(tag: number, end: number): void {
    this.enter();
    for (;;) {
      const inner = this.tag(end);
      if ((inner & 7) === Wire.EndGroup) {
        if (inner >>> 3 !== tag >>> 3) throw this.fault('a group ends that did not begin');
        this.leave();
        return;
      }
      this.skip(inner, end);
    }
  }
}
