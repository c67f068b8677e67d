import type { ObjectHead } from '../wire/object-codec.js';

/** Reads the values of the version in a slot; `head` points at its object. */
export type IndexReader = (slot: number, head: ObjectHead) => string | readonly string[];

/** One value, and the entries of those who have it: a list that is linked through the columns of the index. */
interface Posting {
  readonly value: string;
  first: number;
  last: number;
  /** The number of slots in the list. */
  count: number;
  /** The number of slots that remember the value, in the list or not. */
  users: number;
}

const none = -1;
/** In `next` of an entry that is in no list. */
const outside = -2;

/**
 * Which slots carry which values. Values are read once, when an object arrives, and remembered by slot, so that taking an object
 * out needs neither its bytes nor the reader.
 *
 * A slot with a value is an entry: a few whole numbers in columns outside the heap. The value itself is kept once.
 */
export class SlotIndex {
  readonly #read: IndexReader;
  readonly #postings = new Map<string, Posting>();
  /** By entry. */
  readonly #postingOf: (Posting | undefined)[] = [];
  #slotOf = new Int32Array(64);
  #next = new Int32Array(64);
  #previous = new Int32Array(64);
  /** The next entry of the same slot: most have one. */
  #sibling = new Int32Array(64);
  /** By slot: its first entry. */
  #entryOf = new Int32Array(64).fill(none);
  /** Entries to use again, linked through `sibling`. */
  #free = none;
  #size = 0;

  constructor(read: IndexReader) {
    this.#read = read;
  }

  /** The number of different values. */
  get size(): number {
    return this.#size;
  }

  /** Reads and remembers the values of `slot`, without entering it yet. It must remember none. */
  prepare(slot: number, head: ObjectHead): void {
    this.#rememberAll(slot, this.#read(slot, head));
  }

  /**
   * Lets `slot` be found by its values in the place of `old`, which is found no more. What has the values it had, as nearly every new
   * version, takes over the entry. `slot` must remember none; `old` must be entered.
   */
  replace(old: number, slot: number, head: ObjectHead): void {
    const values = this.#read(slot, head);
    const value = typeof values === 'string' ? values : values.length === 1 ? values[0] : undefined;
    const entry = this.#entryOf[old] ?? none;
    if (value !== undefined && entry !== none && this.#sibling[entry] === none) {
      if (this.#postingOf[entry]?.value === value) {
        if (slot >= this.#entryOf.length) this.#entryOf = grown(this.#entryOf, slot + 1, none);
        this.#slotOf[entry] = slot;
        this.#entryOf[slot] = entry;
        this.#entryOf[old] = none;
        return;
      }
    }
    this.#rememberAll(slot, values);
    this.leave(old);
    this.enter(slot);
  }

  /** Lets `slot` be found by its values. */
  enter(slot: number): void {
    for (let entry = this.#entryOf[slot] ?? none; entry !== none; entry = this.#sibling[entry] ?? none) {
      const posting = this.#postingOf[entry];
      if (posting === undefined || this.#next[entry] !== outside) continue;
      this.#next[entry] = none;
      this.#previous[entry] = posting.last;
      if (posting.last === none) {
        posting.first = entry;
        this.#size++;
      } else this.#next[posting.last] = entry;
      posting.last = entry;
      posting.count++;
    }
  }

  /** Takes `slot` out again; its values stay remembered. */
  leave(slot: number): void {
    for (let entry = this.#entryOf[slot] ?? none; entry !== none; entry = this.#sibling[entry] ?? none) {
      const posting = this.#postingOf[entry];
      const next = this.#next[entry] ?? outside;
      if (posting === undefined || next === outside) continue;
      const previous = this.#previous[entry] ?? none;
      if (previous === none) posting.first = next;
      else this.#next[previous] = next;
      if (next === none) posting.last = previous;
      else this.#previous[next] = previous;
      this.#next[entry] = outside;
      if (--posting.count === 0) this.#size--;
    }
  }

  /** Forgets the values of a slot that was removed and released. */
  forget(slot: number): void {
    this.leave(slot);
    let entry = this.#entryOf[slot] ?? none;
    while (entry !== none) {
      const sibling = this.#sibling[entry] ?? none;
      const posting = this.#postingOf[entry];
      if (posting !== undefined && --posting.users === 0) this.#postings.delete(posting.value);
      this.#postingOf[entry] = undefined;
      this.#sibling[entry] = this.#free;
      this.#free = entry;
      entry = sibling;
    }
    if (slot < this.#entryOf.length) this.#entryOf[slot] = none;
  }

  /** The slots with this value, in the order in which they were entered; one that replaced another stands in its place. */
  slots(value: string): number[] {
    const slots: number[] = [];
    for (let entry = this.#postings.get(value)?.first ?? none; entry !== none; entry = this.#next[entry] ?? none) {
      slots.push(this.#slotOf[entry] ?? 0);
    }
    return slots;
  }

  /** Returns the number of slots with this value. */
  count(value: string): number {
    return this.#postings.get(value)?.count ?? 0;
  }

  /** All values that some slot has. */
  *values(): IterableIterator<string> {
    for (const { value, count } of this.#postings.values()) if (count > 0) yield value;
  }

  #rememberAll(slot: number, values: string | readonly string[]): void {
    if (slot >= this.#entryOf.length) this.#entryOf = grown(this.#entryOf, slot + 1, none);
    if (typeof values === 'string') this.#remember(slot, values);
    else if (values.length === 1) this.#remember(slot, values[0] ?? '');
    else for (const value of new Set(values)) this.#remember(slot, value);
  }

  #remember(slot: number, value: string): void {
    let posting = this.#postings.get(value);
    if (posting === undefined) {
      posting = { value, first: none, last: none, count: 0, users: 0 };
      this.#postings.set(value, posting);
    }
    posting.users++;
    const entry = this.#newEntry();
    this.#postingOf[entry] = posting;
    this.#slotOf[entry] = slot;
    this.#next[entry] = outside;
    this.#sibling[entry] = this.#entryOf[slot] ?? none;
    this.#entryOf[slot] = entry;
  }

  #newEntry(): number {
    const free = this.#free;
    if (free !== none) {
      this.#free = this.#sibling[free] ?? none;
      return free;
    }
    const entry = this.#postingOf.length;
    if (entry === this.#slotOf.length) {
      this.#slotOf = grown(this.#slotOf, entry + 1, 0);
      this.#next = grown(this.#next, entry + 1, 0);
      this.#previous = grown(this.#previous, entry + 1, 0);
      this.#sibling = grown(this.#sibling, entry + 1, 0);
    }
    return entry;
  }
}

function grown(column: Int32Array, atLeast: number, filling: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(Math.max(atLeast, column.length * 2)).fill(filling, column.length);
  larger.set(column);
  return larger;
}
