interface Posting {
  /** The one string that all slots with this value share: a namespace is kept once, not once per object. */
  readonly value: string;
  /** One slot, or several. Most values of a fine index have one, and a set of one costs two hundred bytes. */
  slots: number | Set<number>;
}

/**
 * Which slots carry which values. Values are read once, when an object arrives, and remembered by slot, so that taking an object
 * out needs neither its bytes nor the reader.
 */
export class SlotIndex {
  readonly #read: (slot: number) => string | readonly string[];
  readonly #postings = new Map<string, Posting>();
  readonly #values: (string | readonly string[])[] = [];

  /** `read` says which values the object of a slot has; it is called once per slot. */
  constructor(read: (slot: number) => string | readonly string[]) {
    this.#read = read;
  }

  /** How many different values there are. */
  get size(): number {
    return this.#postings.size;
  }

  /** Reads and remembers the values of `slot`, without entering it yet. */
  prepare(slot: number): void {
    const values = this.#read(slot);
    while (this.#values.length <= slot) this.#values.push(none);
    this.#values[slot] = typeof values === 'string' ? (this.#postings.get(values)?.value ?? values) : compact(values);
  }

  /** Lets `slot` be found by its values. */
  enter(slot: number): void {
    const values = this.#values[slot] ?? none;
    if (typeof values === 'string') this.#enterOne(values, slot);
    else for (const value of values) this.#enterOne(value, slot);
  }

  /** Takes `slot` out again; its values stay remembered. */
  leave(slot: number): void {
    const values = this.#values[slot] ?? none;
    if (typeof values === 'string') this.#leaveOne(values, slot);
    else for (const value of values) this.#leaveOne(value, slot);
  }

  /** Forgets the values of a slot that is no longer in use. */
  forget(slot: number): void {
    if (slot < this.#values.length) this.#values[slot] = none;
  }

  /** The slots with this value. The answer is live: do not keep it over a change. */
  slots(value: string): Iterable<number> {
    const slots = this.#postings.get(value)?.slots;
    if (slots === undefined) return [];
    return typeof slots === 'number' ? [slots] : slots;
  }

  /** How many slots have this value. */
  count(value: string): number {
    const slots = this.#postings.get(value)?.slots;
    if (slots === undefined) return 0;
    return typeof slots === 'number' ? 1 : slots.size;
  }

  /** All values that some slot has. */
  values(): IterableIterator<string> {
    return this.#postings.keys();
  }

  #enterOne(value: string, slot: number): void {
    const posting = this.#postings.get(value);
    if (posting === undefined) this.#postings.set(value, { value, slots: slot });
    else if (typeof posting.slots !== 'number') posting.slots.add(slot);
    else if (posting.slots !== slot) posting.slots = new Set([posting.slots, slot]);
  }

  #leaveOne(value: string, slot: number): void {
    const posting = this.#postings.get(value);
    if (posting === undefined) return;
    if (posting.slots === slot) this.#postings.delete(value);
    else if (typeof posting.slots !== 'number' && posting.slots.delete(slot) && posting.slots.size === 0) {
      this.#postings.delete(value);
    }
  }
}

const none: readonly string[] = [];

function compact(values: readonly string[]): string | readonly string[] {
  const [only] = values;
  return values.length === 1 && only !== undefined ? only : values.length === 0 ? none : [...new Set(values)];
}
