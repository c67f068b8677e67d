import type { Labels } from '../../meta/index.js';
import { labelValue } from './node-selector.js';

/** Sums for each value of each topology key. A sum of zero is as good as absent. */
export class TopologySums {
  readonly #keys: Map<string, Map<string, number>>;

  constructor(keys: Map<string, Map<string, number>> = new Map()) {
    this.#keys = keys;
  }

  /** The number of keys that have a sum. */
  get size(): number {
    return this.#keys.size;
  }

  /** Adds to the domain that a node with these labels is in, if it is in one. */
  add(key: string, labels: Labels, amount: number): void {
    const value = labelValue(labels, key);
    if (value === undefined) return;
    let sums = this.#keys.get(key);
    if (sums === undefined) {
      sums = new Map();
      this.#keys.set(key, sums);
    }
    const sum = (sums.get(value) ?? 0) + amount;
    if (sum !== 0) sums.set(value, sum);
    else sums.delete(value);
    if (sums.size === 0) this.#keys.delete(key);
  }

  /** Returns the sum of the domain of a key that a node with these labels is in. */
  at(key: string, labels: Labels): number {
    const value = labelValue(labels, key);
    return value === undefined ? 0 : (this.#keys.get(key)?.get(value) ?? 0);
  }

  /** Returns the total over all keys. */
  of(labels: Labels): number {
    let total = 0;
    for (const key of this.#keys.keys()) total += this.at(key, labels);
    return total;
  }

  /** Tells whether a node with these labels is in a domain whose sum is more than zero. */
  some(labels: Labels): boolean {
    for (const key of this.#keys.keys()) if (this.at(key, labels) > 0) return true;
    return false;
  }

  /** Returns a copy. */
  clone(): TopologySums {
    return new TopologySums(new Map([...this.#keys].map(([key, sums]) => [key, new Map(sums)])));
  }
}
