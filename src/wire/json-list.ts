import { BracketMatcher, maxDepth } from './bracket-matcher.js';
import { ByteHold } from './byte-hold.js';
import { MalformedError } from './codec.js';
import { asBuffer } from './json-head.js';
import { isScalarByte, shortStretch, skipSpace } from './json-scanner.js';
import { MAX_FRAME_BYTES } from './line-splitter.js';
import type { ListRanges, ListScan, RangeHandler, SplitterLimits } from './object-codec.js';

/** The next part of the list document. */
const Expect = {
  List: 0,
  FirstKey: 1,
  Key: 2,
  Colon: 3,
  Value: 4,
  CommaOrEnd: 5,
  FirstItem: 6,
  Item: 7,
  ItemCommaOrEnd: 8,
  Nothing: 9,
} as const;
type Expect = (typeof Expect)[keyof typeof Expect];

/** The members that are kept besides the items. */
const keptMembers = new Set(['apiVersion', 'kind', 'metadata']);

/**
 * Splits a LIST in JSON into its items. Each byte is looked at once, however the chunks fall; only an item that spans chunks
 * is copied. A list with two `items` is refused, as the first have long been delivered when the second come.
 */
export class JsonListRanges implements ListRanges {
  readonly #hold = new ByteHold();
  readonly #maxBytes: number;
  readonly #members = new Map<string, unknown>();
  #expect: Expect = Expect.List;
  #key = '';
  #items = -1;
  /** Where in the hold to go on. */
  #resumeAt = 0;
  /** Bytes of the stream before the first byte at hand. */
  #base = 0;
  // The value that is being walked over.
  #walking = false;
  #depth = 0;
  #inString = false;
  #escaped = false;

  constructor(limits: SplitterLimits = {}) {
    this.#maxBytes = limits.maxBytes ?? MAX_FRAME_BYTES;
  }

  push(chunk: Uint8Array, onItem: RangeHandler): void {
    const bytes = asBuffer(chunk);
    const held = this.#hold.length > 0;
    if (held) this.#hold.append(bytes, 0, bytes.length);
    const b = held ? this.#hold.buffer : bytes;
    const end = held ? this.#hold.length : bytes.length;
    let unit: number;
    try {
      unit = this.#run(b, held ? this.#resumeAt : 0, end, onItem);
    } finally {
      BracketMatcher.forLists()?.release(this);
    }
    if (end - unit > this.#maxBytes) {
      throw new MalformedError(`an item is larger than ${this.#maxBytes} bytes`, this.#base + unit);
    }
    if (held) this.#hold.drop(unit);
    else if (unit < end) this.#hold.append(b, unit, end);
    this.#base += unit;
    this.#resumeAt = end - unit;
  }

  end(): ListScan {
    if (this.#expect !== Expect.Nothing) {
      throw new MalformedError('the list does not end', this.#base + this.#hold.length);
    }
    const metadata: unknown = this.#members.get('metadata');
    const fields = new Map(typeof metadata === 'object' && metadata !== null ? Object.entries(metadata) : []);
    const remaining = fields.get('remainingItemCount');
    return {
      apiVersion: asText(this.#members.get('apiVersion')),
      kind: asText(this.#members.get('kind')),
      resourceVersion: asText(fields.get('resourceVersion')),
      continue: asText(fields.get('continue')),
      remainingItemCount: typeof remaining === 'number' ? remaining : undefined,
      items: Math.max(this.#items, 0),
    };
  }

  /** Goes on at `from`; returns from where on bytes are still needed: `end` if none are. */
  #run(b: Buffer, from: number, end: number, onItem: RangeHandler): number {
    let i = from;
    // A value that is being walked over began at the first byte that is held.
    let start = this.#walking ? 0 : from;
    for (;;) {
      if (!this.#walking) {
        i = skipSpace(b, i, end);
        if (i >= end) return end;
        start = i;
      }
      switch (this.#expect) {
        case Expect.Key:
        case Expect.FirstKey: {
          if (!this.#walking && b[i] === 0x7d && this.#expect === Expect.FirstKey) {
            i = this.#step(Expect.Nothing, i);
            break;
          }
          if (!this.#walking && b[i] !== 0x22) throw this.#fault('expected a key', i);
          i = this.#walk(b, i, end);
          if (this.#walking) return start;
          this.#key = this.#keyText(b, start, i);
          this.#expect = Expect.Colon;
          break;
        }
        case Expect.Value: {
          if (!this.#walking && this.#key === 'items' && b[i] === 0x5b) {
            if (this.#items !== -1) throw this.#fault('a second array of items', i);
            this.#items = 0;
            i = this.#step(Expect.FirstItem, i);
            break;
          }
          i = this.#walk(b, i, end);
          const kept = keptMembers.has(this.#key);
          if (this.#walking) return kept ? start : end;
          if (kept) this.#members.set(this.#key, this.#parse(b, start, i));
          this.#expect = Expect.CommaOrEnd;
          break;
        }
        case Expect.FirstItem:
        case Expect.Item: {
          if (!this.#walking && b[i] === 0x5d && this.#expect === Expect.FirstItem) {
            i = this.#step(Expect.CommaOrEnd, i);
            break;
          }
          i = this.#walk(b, i, end);
          if (this.#walking) return start;
          this.#items++;
          this.#expect = Expect.ItemCommaOrEnd;
          onItem(b, start, i);
          break;
        }
        case Expect.List:
          if (b[i] !== 0x7b) throw this.#fault('the list is not an object', i);
          i = this.#step(Expect.FirstKey, i);
          break;
        case Expect.Colon:
          if (b[i] !== 0x3a) throw this.#fault('expected ":"', i);
          i = this.#step(Expect.Value, i);
          break;
        case Expect.CommaOrEnd:
          if (b[i] !== 0x2c && b[i] !== 0x7d) throw this.#fault('expected "," or "}"', i);
          i = this.#step(b[i] === 0x2c ? Expect.Key : Expect.Nothing, i);
          break;
        case Expect.ItemCommaOrEnd:
          if (b[i] !== 0x2c && b[i] !== 0x5d) throw this.#fault('expected "," or "]"', i);
          i = this.#step(b[i] === 0x2c ? Expect.Item : Expect.CommaOrEnd, i);
          break;
        case Expect.Nothing:
          throw this.#fault('something follows the list', i);
      }
    }
  }

  #step(expect: Expect, i: number): number {
    this.#expect = expect;
    return i + 1;
  }

  /** Walks on over a value; returns where it ends, or `end` with `#walking` set where it goes on. */
  #walk(b: Buffer, from: number, end: number): number {
    let i = from;
    let depth = this.#depth;
    let inString = this.#inString;
    if (!this.#walking) {
      const c = b[i] ?? 0;
      if (c !== 0x22 && c !== 0x7b && c !== 0x5b && !isScalarByte(c)) throw this.#fault('a value is missing', i);
      this.#walking = true;
      depth = 0;
      inString = false;
    }
    if (this.#escaped && i < end) {
      this.#escaped = false;
      i++;
    }
    if (end - i >= shortStretch && (depth > 0 || (!inString && (b[i] === 0x7b || b[i] === 0x5b)))) {
      const matcher = BracketMatcher.forLists();
      if (matcher !== undefined) return this.#match(matcher, b, i, end, depth, inString);
    }
    while (i < end) {
      const c = b[i];
      if (inString) {
        i++;
        if (c === 0x5c) {
          if (i >= end) this.#escaped = true;
          i++;
        } else if (c === 0x22) {
          inString = false;
          if (depth === 0) return this.#walked(i);
        }
      } else if (c === 0x22) {
        i++;
        inString = true;
        // Most strings are whole: this loop is the fast way over them.
        while (i < end) {
          const s = b[i];
          if (s === 0x22 || s === 0x5c) break;
          i++;
        }
      } else if (c === 0x7b || c === 0x5b) {
        i++;
        if (++depth > maxDepth) throw this.#fault(`nested deeper than ${maxDepth}`, i);
      } else if (c === 0x7d || c === 0x5d) {
        if (depth === 0) return this.#walked(i);
        i++;
        if (--depth === 0) return this.#walked(i);
      } else if (depth === 0 && !isScalarByte(c ?? 0)) {
        return this.#walked(i);
      } else {
        i++;
      }
    }
    this.#depth = depth;
    this.#inString = inString;
    return end;
  }

  /** Does the work of `#walk` when many bytes are available. */
  #match(matcher: BracketMatcher, b: Buffer, from: number, end: number, depth: number, inString: boolean): number {
    const found = matcher.find(this, b, from, end, depth, inString);
    if (found > 0) return this.#walked(found);
    if (found === -1) throw this.#fault(`nested deeper than ${maxDepth}`, from);
    this.#depth = matcher.depth;
    this.#inString = matcher.inString;
    this.#escaped = matcher.escaped;
    return end;
  }

  #walked(i: number): number {
    this.#walking = false;
    this.#depth = 0;
    this.#inString = false;
    return i;
  }

  #keyText(b: Buffer, start: number, end: number): string {
    return asText(this.#parse(b, start, end));
  }

  #parse(b: Buffer, start: number, end: number): unknown {
    try {
      return JSON.parse(b.toString('utf8', start, end));
    } catch {
      throw this.#fault('malformed JSON', start);
    }
  }

  #fault(message: string, at: number): MalformedError {
    return new MalformedError(message, this.#base + at);
  }
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
