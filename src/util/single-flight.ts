/**
 * Joins calls for the same key: while one is under way, others get its promise. Nothing is kept once it settles, so a failure is
 * not remembered.
 */
export class SingleFlight<K, V> {
  readonly #flights = new Map<K, Promise<V>>();

  /** The result of `fn`, or of the call for `key` that is already under way. */
  run(key: K, fn: () => Promise<V>): Promise<V> {
    const running = this.#flights.get(key);
    if (running !== undefined) return running;
    const flight = (async () => fn())().finally(() => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
    });
    this.#flights.set(key, flight);
    return flight;
  }

  /** Lets the next call for `key` start anew even while one is under way. */
  forget(key: K): void {
    this.#flights.delete(key);
  }
}

/** Runs `load` at the first call and keeps its result; after a failure the next call tries again. */
export function lazy<T>(load: () => Promise<T>): () => Promise<T> {
  let kept: Promise<T> | undefined;
  return () => {
    if (kept === undefined) {
      const attempt = (async () => load())();
      kept = attempt;
      attempt.catch(() => {
        if (kept === attempt) kept = undefined;
      });
    }
    return kept;
  };
}
