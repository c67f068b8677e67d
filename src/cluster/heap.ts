/** A binary heap of items with a key, from which any item can be removed. */
export class Heap<T> {
  readonly #items: T[] = [];
  readonly #positions = new Map<string, number>();
  readonly #keyOf: (item: T) => string;
  readonly #isBefore: (a: T, b: T) => boolean;

  constructor(keyOf: (item: T) => string, isBefore: (a: T, b: T) => boolean) {
    this.#keyOf = keyOf;
    this.#isBefore = isBefore;
  }

  get size(): number {
    return this.#items.length;
  }

  /** Returns the first item without removing it. */
  peek(): T | undefined {
    return this.#items[0];
  }

  /** Returns the item with a key. */
  get(key: string): T | undefined {
    const position = this.#positions.get(key);
    return position === undefined ? undefined : this.#items[position];
  }

  /** Adds an item, in place of one with the same key. */
  push(item: T): void {
    this.delete(this.#keyOf(item));
    this.#items.push(item);
    this.#up(this.#items.length - 1, item);
  }

  /** Removes and returns the first item. */
  pop(): T | undefined {
    const [first] = this.#items;
    if (first !== undefined) this.delete(this.#keyOf(first));
    return first;
  }

  /** Removes the item with a key. Returns whether there was one. */
  delete(key: string): boolean {
    const position = this.#positions.get(key);
    if (position === undefined) return false;
    this.#positions.delete(key);
    const last = this.#items.pop();
    if (last !== undefined && position < this.#items.length) {
      this.#up(position, last);
      this.#down(this.#positions.get(this.#keyOf(last)) ?? position, last);
    }
    return true;
  }

  [Symbol.iterator](): Iterator<T> {
    return this.#items[Symbol.iterator]();
  }

  #put(position: number, item: T): void {
    this.#items[position] = item;
    this.#positions.set(this.#keyOf(item), position);
  }

  #up(from: number, item: T): void {
    let position = from;
    while (position > 0) {
      const parent = (position - 1) >> 1;
      const other = this.#items[parent];
      if (other === undefined || !this.#isBefore(item, other)) break;
      this.#put(position, other);
      position = parent;
    }
    this.#put(position, item);
  }

  #down(from: number, item: T): void {
    let position = from;
    for (;;) {
      let child = 2 * position + 1;
      const [left, right] = [this.#items[child], this.#items[child + 1]];
      if (left === undefined) break;
      let next = left;
      if (right !== undefined && this.#isBefore(right, left)) {
        next = right;
        child++;
      }
      if (!this.#isBefore(next, item)) break;
      this.#put(position, next);
      position = child;
    }
    this.#put(position, item);
  }
}
