import { MalformedError } from '../codec.js';
import type { KnownObject } from '../object-codec.js';
import { Wire, type WireReader } from './wire-reader.js';

/** Smaller fields are read as fast as they are compared. */
const leastShared = 128;

/** The fields of another version of an object, for what is written the same to be taken from there. */
export class SharedFields {
  #bytes: Buffer = Buffer.alloc(0);
  #object: object = {};
  /** By field number: where its content lies, two numbers each; of fields that come more than once, nowhere. */
  readonly #ranges: number[] = [];

  /** Looks through the fields of `known`, with a reader that is free; false where nothing can be shared. */
  of(r: WireReader, known: KnownObject): boolean {
    const { object, bytes, start, end } = known;
    if (typeof object !== 'object' || object === null) return false;
    this.#object = object;
    this.#bytes = bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const ranges = this.#ranges;
    ranges.length = 0;
    r.reset(this.#bytes, start);
    try {
      while (r.at < end) {
        const tag = r.tag(end);
        const number = tag >>> 3;
        if ((tag & 7) !== Wire.Bytes || number > mostNumbers) {
          r.skip(tag, end);
          continue;
        }
        const stop = r.length(end);
        while (ranges.length < 2 * number + 2) ranges.push(-1);
        const isFirst = ranges[2 * number] === -1;
        ranges[2 * number] = isFirst ? r.at : -2;
        ranges[2 * number + 1] = stop;
        r.at = stop;
      }
    } catch (error) {
      if (error instanceof MalformedError) return false;
      throw error;
    }
    return true;
  }

  /**
   * The value of the field `number`, if what `r` stands before is written as there; it is passed over then. Undefined where it is not, and
   * `r` stands where it stood.
   */
  valueOf(r: WireReader, number: number, name: string, end: number): unknown {
    const at = r.at;
    const stop = r.length(end);
    const start = this.#ranges[2 * number] ?? -1;
    const length = stop - r.at;
    if (length >= leastShared && start >= 0 && (this.#ranges[2 * number + 1] ?? 0) - start === length) {
      const same = r.bytes.compare(this.#bytes, start, start + length, r.at, stop) === 0;
      if (same && Object.hasOwn(this.#object, name)) {
        r.at = stop;
        return Reflect.get(this.#object, name);
      }
    }
    r.at = at;
    return undefined;
  }
}

/** Objects of the API have a handful of fields, with the numbers from 1 on. */
const mostNumbers = 64;
