/** A run of completion indexes, both ends included. */
interface Interval {
  readonly first: number;
  readonly last: number;
}

/** A set of completion indexes, as `status.completedIndexes` writes it: `0,3-5,7`. */
export class IndexSet {
  readonly #intervals: readonly Interval[];

  constructor(intervals: readonly Interval[] = []) {
    this.#intervals = intervals;
  }

  /** Reads the text of a status. Indexes from `completions` on are dropped, as are parts that are not numbers. */
  static parse(text: string | undefined, completions: number): IndexSet {
    const intervals: Interval[] = [];
    for (const part of (text ?? '').split(',')) {
      const match = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(part);
      if (match === null) continue;
      const first = Number(match[1]);
      if (first >= completions) break;
      intervals.push({ first, last: Math.min(Number(match[2] ?? first), completions - 1) });
    }
    return new IndexSet(merged(intervals));
  }

  /** The number of indexes. */
  get size(): number {
    return this.#intervals.reduce((sum, { first, last }) => sum + last - first + 1, 0);
  }

  has(index: number): boolean {
    return this.#intervals.some(({ first, last }) => first <= index && index <= last);
  }

  /** Returns the set with more indexes. */
  with(indexes: Iterable<number>): IndexSet {
    const more = Array.from(indexes, (index) => ({ first: index, last: index }));
    return new IndexSet(merged([...this.#intervals, ...more]));
  }

  union(other: IndexSet): IndexSet {
    return new IndexSet(merged([...this.#intervals, ...other.#intervals]));
  }

  /** Returns the number of indexes that are in both sets. */
  overlap(other: IndexSet): number {
    let count = 0;
    for (const a of this.#intervals)
      for (const b of other.#intervals) count += Math.max(0, Math.min(a.last, b.last) - Math.max(a.first, b.first) + 1);
    return count;
  }

  /** Returns the first `count` indexes below `completions` that are not in the set. */
  firstMissing(count: number, completions: number): number[] {
    const missing: number[] = [];
    for (let index = 0, i = 0; index < completions && missing.length < count; ) {
      const interval = this.#intervals[i];
      if (interval === undefined || index < interval.first) missing.push(index++);
      else {
        index = Math.max(index, interval.last + 1);
        i++;
      }
    }
    return missing;
  }

  toString(): string {
    return this.#intervals
      .map(({ first, last }) => (last === first ? `${first}` : `${first}${last === first + 1 ? ',' : '-'}${last}`))
      .join(',');
  }
}

function merged(intervals: readonly Interval[]): Interval[] {
  const result: Interval[] = [];
  for (const interval of [...intervals].sort((a, b) => a.first - b.first)) {
    const before = result.at(-1);
    if (before === undefined || interval.first > before.last + 1) result.push(interval);
    else if (interval.last > before.last) result[result.length - 1] = { first: before.first, last: interval.last };
  }
  return result;
}
