const MOST_IN_CHUNK = 512;

/** A list that stays in order while items come and go. Changes cost about the square root of its length. */
export class SortedList<T> {
  readonly #compare: (a: T, b: T) => number;
  readonly #chunks: T[][] = [];
  #length = 0;

  /** `compare` never returns 0 for two different items. */
  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare;
  }

  get length(): number {
    return this.#length;
  }

  /** Adds an item that is not in the list. */
  add(item: T): void {
    this.#length++;
    const at = this.#chunkOf(item);
    const chunk = this.#chunks[at];
    if (chunk === undefined) {
      this.#chunks.push([item]);
      return;
    }
    chunk.splice(this.#placeIn(chunk, item), 0, item);
    if (chunk.length > MOST_IN_CHUNK) this.#chunks.splice(at + 1, 0, chunk.splice(chunk.length >> 1));
  }

  /** Removes an item. Returns false if it is not in the list. */
  remove(item: T): boolean {
    const at = this.#chunkOf(item);
    const chunk = this.#chunks[at];
    if (chunk === undefined) return false;
    const place = this.#placeIn(chunk, item);
    if (chunk[place] !== item) return false;
    chunk.splice(place, 1);
    if (chunk.length === 0) this.#chunks.splice(at, 1);
    this.#length--;
    return true;
  }

  /** Replaces all items, which may come in any order. */
  fill(items: T[]): void {
    items.sort(this.#compare);
    this.#chunks.length = 0;
    for (let at = 0; at < items.length; at += MOST_IN_CHUNK >> 1)
      this.#chunks.push(items.slice(at, at + (MOST_IN_CHUNK >> 1)));
    this.#length = items.length;
  }

  /** Returns the items from one place to another. */
  slice(from: number, to: number): T[] {
    const found: T[] = [];
    let start = 0;
    for (const chunk of this.#chunks) {
      if (start >= to) break;
      const end = start + chunk.length;
      if (end > from) found.push(...chunk.slice(Math.max(0, from - start), to - start));
      start = end;
    }
    return found;
  }

  /** Returns the last chunk whose first item is not after the item. */
  #chunkOf(item: T): number {
    let [low, high] = [0, this.#chunks.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const first = this.#chunks[middle]?.[0];
      if (first !== undefined && this.#compare(first, item) <= 0) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }

  #placeIn(chunk: readonly T[], item: T): number {
    let [low, high] = [0, chunk.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = chunk[middle];
      if (other !== undefined && this.#compare(other, item) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
