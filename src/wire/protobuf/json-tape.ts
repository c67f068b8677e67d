import type { Buffer } from 'node:buffer';
import { QuoteIndex, slashedBit } from '../quote-index.js';
import { form, type JsonField, type JsonPlan, nameHash } from './json-plan.js';

/** JSON that is not as its kind is written, or not as `JSON.stringify` writes it: whoever meets it makes an object of it instead. */
export class UnusualJson extends Error {
  override readonly name = 'UnusualJson';
}

const quote = 0x22;
const comma = 0x2c;
const mostDepth = 200;
/** The number of tape entries of a list item: the start and the end of its value, and the previous item. */
const itemWidth = 3;
/** The number of tape entries of a map entry: those of an item, and the start and the end of its key. */
const entryWidth = 5;

/**
 * Where the values of a JSON object are, for those who write them in another order. What is found goes onto one tape of numbers: an object
 * is a stretch of it with two numbers for each field of its type, 0 where the field is not there or null. They are where a value begins and
 * where it ends, negative for strings with escapes; for objects, where their stretch begins; for lists and maps, where their last item is,
 * each of which says which one came before it.
 */
export class JsonTape {
  readonly bytes: Buffer;
  numbers = new Int32Array(1024);
  readonly #index = new QuoteIndex();
  readonly #quotes: Int32Array;
  /** The same bytes as `bytes`, four at a time. */
  readonly #view: DataView;
  /** The next quote in `#quotes`. */
  #next = 0;
  /** The first unused entry. Entry 0 stays empty, so that 0 means none. */
  #top = 1;
  #depth = 0;

  constructor() {
    this.bytes = this.#index.bytes;
    this.#quotes = this.#index.quotes;
    this.#view = new DataView(this.bytes.buffer);
  }

  /**
   * Reads an object of compact JSON, which `JSON.stringify` wrote: a beginning in ASCII and the bytes of `rest` from `from` on. Returns where
   * its stretch begins. Throws an `UnusualJson`, also for what is too large.
   */
  read(plan: JsonPlan, head: string, rest: Uint8Array, from: number): number {
    if (!this.#index.load(head, rest, from)) throw new UnusualJson();
    this.#next = 0;
    this.#top = 1;
    this.#depth = 0;
    const base = this.#take(plan.width);
    if (this.#struct(plan, base, this.#index.start) !== this.#index.end) throw new UnusualJson();
    return base;
  }

  #take(count: number): number {
    const base = this.#top;
    const top = base + count;
    this.#top = top;
    if (top > this.numbers.length) {
      const grown = new Int32Array(Math.max(this.numbers.length * 2, top));
      grown.set(this.numbers);
      this.numbers = grown;
    }
    const { numbers } = this;
    for (let i = base; i < top; i++) numbers[i] = 0;
    return base;
  }

  /** Reads the object at `at`; returns where it ends. */
  #struct(plan: JsonPlan, base: number, at: number): number {
    const { bytes } = this;
    if (bytes[at] !== 0x7b || ++this.#depth > mostDepth) throw new UnusualJson();
    let i = at + 1;
    if (bytes[i] !== 0x7d) {
      i = at;
      do {
        const start = this.#opens(i + 1);
        const end = Math.abs(this.#closes());
        if (bytes[end + 1] !== 0x3a) throw new UnusualJson();
        i = end + 2;
        const field = this.#fieldAt(plan, start, end);
        if (field === undefined || bytes[i] === 0x6e) i = this.#skip(i);
        else i = this.#value(field, base + field.slot, i);
      } while (bytes[i] === comma);
      if (bytes[i] !== 0x7d) throw new UnusualJson();
    }
    this.#depth--;
    return i + 1;
  }

  /** Which field's name is the key whose content is at `[start, end)`; undefined for none. */
  #fieldAt(plan: JsonPlan, start: number, end: number): JsonField | undefined {
    const view = this.#view;
    const hash = nameHash(view.getInt32(start - 1, true), view.getInt32(end - 2, true), end - start);
    const { fields } = plan;
    for (let k = plan.byHash[hash] ?? -1; k >= 0 && k < fields.length; k++) {
      const field = fields[k] as JsonField;
      if (field.length === end - start && this.#isAt(field.words, start - 1, end - 2)) return field;
    }
    return undefined;
  }

  #isAt(words: Int32Array, at: number, last: number): boolean {
    const view = this.#view;
    const count = words.length - 1;
    for (let i = 0; i < count; i++) if (view.getInt32(at + 4 * i, true) !== words[i]) return false;
    return view.getInt32(last, true) === words[count];
  }

  /** Begins the string at `at`; returns where its content begins. */
  #opens(at: number): number {
    if (this.#quotes[this.#next++] !== at && this.bytes[at] !== quote) throw new UnusualJson();
    return at + 1;
  }

  /** Ends the string that has begun; returns where its content ends, negative if it has escapes. */
  #closes(): number {
    const at = this.#quotes[this.#next++] ?? 0;
    if (at > 0) return at;
    // Whatever has no end has the 0 after the last quote.
    if (at === 0) throw new UnusualJson();
    return -(at ^ slashedBit);
  }

  /** Passes the value at `at`. */
  #skip(at: number): number {
    const { bytes } = this;
    const { end } = this.#index;
    let depth = 0;
    let i = at;
    while (i < end) {
      const c = bytes[i];
      if (c === quote) {
        this.#opens(i);
        i = Math.abs(this.#closes());
        if (depth === 0) return i + 1;
      } else if (c === 0x7b || c === 0x5b) depth++;
      else if (c === 0x7d || c === 0x5d) {
        if (depth <= 1) return i + depth;
        depth--;
      } else if (c === comma && depth === 0) return i;
      i++;
    }
    throw new UnusualJson();
  }

  /** Reads the value at `at` into a slot; returns where it ends. */
  #value(field: JsonField, slot: number, at: number): number {
    if (field.isList) return this.#list(field, slot, at);
    if (field.isMap) return this.#map(field, slot, at);
    return this.#single(field, slot, at);
  }

  #single(field: JsonField, slot: number, at: number): number {
    switch (field.form) {
      case form.struct: {
        const { plan } = field;
        const base = this.#take(plan.width);
        this.numbers[slot] = base;
        return this.#struct(plan, base, at);
      }
      case form.text:
      case form.base64:
      case form.time:
      case form.quantity:
        return this.#text(slot, at);
      case form.intOrString:
        return this.bytes[at] === quote ? this.#text(slot, at) : this.#other(slot, at);
      default:
        return this.#other(slot, at);
    }
  }

  #other(slot: number, at: number): number {
    const end = this.#skip(at);
    this.numbers[slot] = at;
    this.numbers[slot + 1] = end;
    return end;
  }

  #text(slot: number, at: number): number {
    const start = this.#opens(at);
    const end = this.#closes();
    this.numbers[slot] = start;
    this.numbers[slot + 1] = end;
    return (end < 0 ? -end : end) + 1;
  }

  #list(field: JsonField, slot: number, at: number): number {
    const { bytes } = this;
    if (bytes[at] !== 0x5b) throw new UnusualJson();
    let i = at + 1;
    if (bytes[i] === 0x5d) return i + 1;
    let before = 0;
    for (;;) {
      if (bytes[i] === 0x6e) throw new UnusualJson();
      const item = this.#take(itemWidth);
      i = this.#single(field, item, i);
      this.numbers[item + 2] = before;
      before = item;
      if (bytes[i] !== comma) break;
      i++;
    }
    if (bytes[i] !== 0x5d) throw new UnusualJson();
    this.numbers[slot] = before;
    return i + 1;
  }

  #map(field: JsonField, slot: number, at: number): number {
    const { bytes } = this;
    if (bytes[at] !== 0x7b) throw new UnusualJson();
    let i = at + 1;
    if (bytes[i] === 0x7d) return i + 1;
    let last = 0;
    let ordered = true;
    for (;;) {
      const entry = this.#take(entryWidth);
      const keyStart = this.#opens(i);
      const keyEnd = this.#closes();
      // Keys are put into order by their bytes, which escapes hide.
      if (keyEnd < 0 || bytes[keyEnd + 1] !== 0x3a || bytes[keyEnd + 2] === 0x6e) throw new UnusualJson();
      this.numbers[entry + 3] = keyStart;
      this.numbers[entry + 4] = keyEnd;
      i = this.#single(field, entry, keyEnd + 2);
      ordered = ordered && (last === 0 || this.#compareKeys(last, entry) < 0);
      this.numbers[entry + 2] = last;
      last = entry;
      if (bytes[i] !== comma) break;
      i++;
    }
    if (bytes[i] !== 0x7d) throw new UnusualJson();
    this.numbers[slot] = ordered ? last : this.#inOrder(last);
    return i + 1;
  }

  /** Links entries anew in the order of their keys; returns the last. */
  #inOrder(last: number): number {
    const { numbers } = this;
    const entries: number[] = [];
    for (let entry = last; entry !== 0; entry = numbers[entry + 2] ?? 0) entries.push(entry);
    entries.sort((a, b) => this.#compareKeys(a, b));
    let before = 0;
    for (const entry of entries) {
      numbers[entry + 2] = before;
      before = entry;
    }
    return before;
  }

  #compareKeys(a: number, b: number): number {
    const { bytes, numbers } = this;
    const aStart = numbers[a + 3] ?? 0;
    const bStart = numbers[b + 3] ?? 0;
    const aLength = (numbers[a + 4] ?? 0) - aStart;
    const bLength = (numbers[b + 4] ?? 0) - bStart;
    const length = Math.min(aLength, bLength);
    for (let i = 0; i < length; i++) {
      const difference = (bytes[aStart + i] ?? 0) - (bytes[bStart + i] ?? 0);
      if (difference !== 0) return difference;
    }
    return aLength - bLength;
  }
}
