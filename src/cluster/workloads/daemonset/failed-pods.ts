const FIRST_MS = 1000;
const LONGEST_MS = 900_000;

interface Entry {
  waitMs: number;
  since: number;
}

/** Remembers how often the daemon pods of each node failed, so that a pod that fails at once is not replaced in a tight loop. */
export class FailedPods {
  readonly #entries = new Map<string, Entry>();

  /** Returns the milliseconds to wait before a failed pod is replaced. At 0 the next wait has begun, twice as long. */
  next(key: string, now: number): number {
    const entry = this.#entries.get(key);
    if (entry !== undefined && now - entry.since < entry.waitMs) return entry.waitMs - (now - entry.since);
    const isStale = entry === undefined || now - entry.since > 2 * LONGEST_MS;
    const waitMs = isStale ? FIRST_MS : Math.min(2 * entry.waitMs, LONGEST_MS);
    this.#entries.delete(key);
    this.#entries.set(key, { waitMs, since: now });
    this.#forget(now);
    return 0;
  }

  #forget(now: number): void {
    for (const [key, { since }] of this.#entries) {
      if (now - since <= 2 * LONGEST_MS) return;
      this.#entries.delete(key);
    }
  }
}
