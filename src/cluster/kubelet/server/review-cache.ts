import type { Clock } from '../../../util/clock.js';
import { SingleFlight } from '../../../util/single-flight.js';

const MOST_ENTRIES = 4096;

/** Keeps the results of reviews for a while. Equal reviews that are under way are made once. */
export class ReviewCache<V> {
  readonly #clock: Clock;
  readonly #flights = new SingleFlight<string, V>();
  readonly #kept = new Map<string, { readonly value: V; readonly until: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Returns the result for `key`, or makes the review. `keepMs` tells how long a result is kept. */
  async get(key: string, review: () => Promise<V>, keepMs: (value: V) => number): Promise<V> {
    const kept = this.#kept.get(key);
    if (kept !== undefined && this.#clock.now() < kept.until) return kept.value;
    const value = await this.#flights.run(key, review);
    this.#kept.delete(key);
    this.#kept.set(key, { value, until: this.#clock.now() + keepMs(value) });
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= MOST_ENTRIES) break;
      this.#kept.delete(oldest);
    }
    return value;
  }
}
