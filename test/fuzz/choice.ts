import type { Random } from '../../src/util/random.js';

/** Draws from lists and ranges by one source of random numbers, so that a seed repeats a run. */
export class Choice {
  constructor(readonly random: Random) {}

  /** A whole number from 0 to `limit - 1`. */
  below(limit: number): number {
    return Math.floor(this.random() * limit);
  }

  /** True with the given probability. */
  chance(probability: number): boolean {
    return this.random() < probability;
  }

  /** One of a list that is not empty. */
  of<T>(list: readonly T[]): T {
    const index = this.below(list.length);
    if (index >= list.length) throw new RangeError('cannot choose from a list: it is empty');
    return list[index] as T;
  }
}
