const chunkSize = 512;

/**
 * A sorted set of strings in byte order of their UTF-16 units, which is byte order for the ASCII keys the server uses.
 * Insertion, removal and seeking touch one chunk of at most 512 keys, so that their cost does not follow the size of the set.
 */
export class SortedKeys {
  readonly #chunks: string[][] = [];
  #size = 0;

  /** The number of keys. */
  get size(): number {
    return this.#size;
  }

  /** Adds a key. Returns false when it was there. */
  add(key: string): boolean {
    const at = this.#chunkFor(key);
    const chunk = this.#chunks[at];
    if (chunk === undefined) {
      this.#chunks.push([key]);
      this.#size++;
      return true;
    }
    const index = lowerBound(chunk, key);
    if (chunk[index] === key) return false;
    chunk.splice(index, 0, key);
    this.#size++;
    if (chunk.length > chunkSize) {
      // Keys mostly arrive in rising order within a prefix: cutting low leaves room where the next ones land.
      this.#chunks.splice(at + 1, 0, chunk.splice(chunkSize >> 1));
    }
    return true;
  }

  /** Removes a key. Returns false when it was not there. */
  delete(key: string): boolean {
    const at = this.#chunkFor(key);
    const chunk = this.#chunks[at];
    if (chunk === undefined) return false;
    const index = lowerBound(chunk, key);
    if (chunk[index] !== key) return false;
    chunk.splice(index, 1);
    this.#size--;
    if (chunk.length === 0) this.#chunks.splice(at, 1);
    return true;
  }

  /** Returns the number of keys from `start` (inclusive) to `end` (exclusive). */
  count(start: string, end: string): number {
    if (start >= end) return 0;
    return this.#rank(end) - this.#rank(start);
  }

  /** The keys from `start` (inclusive) to `end` (exclusive), in order. The set must not change while it runs. */
  *range(start: string, end: string): Generator<string> {
    for (let at = this.#chunkFor(start); at < this.#chunks.length; at++) {
      const chunk = this.#chunks[at] ?? [];
      for (let i = lowerBound(chunk, start); i < chunk.length; i++) {
        const key = chunk[i];
        if (key === undefined || key >= end) return;
        yield key;
      }
    }
  }

  /** The chunk that holds `key`, or where it belongs: the last one that begins at or before it. */
  #chunkFor(key: string): number {
    let low = 0;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const first = this.#chunks[middle]?.[0];
      if (first !== undefined && first <= key) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }

  /** Returns the number of keys smaller than `key`. */
  #rank(key: string): number {
    const at = this.#chunkFor(key);
    let before = 0;
    for (let i = 0; i < at; i++) before += this.#chunks[i]?.length ?? 0;
    return before + lowerBound(this.#chunks[at] ?? [], key);
  }
}

/** The index of the first element that is not smaller than `key`. */
function lowerBound(sorted: readonly string[], key: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const element = sorted[middle];
    if (element !== undefined && element < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
