import { LRUCache } from 'lru-cache';

/** A bucket for each key, from which every event takes a token. Buckets that were used longest ago are forgotten first. */
export class TokenBuckets {
  readonly #buckets: LRUCache<string, { tokens: number; at: number }>;

  constructor(
    /** Tokens that a bucket gains each second. */
    private readonly perSecond: number,
    /** Tokens that a bucket holds. A new one is full. */
    private readonly capacity: number,
    /** The most buckets. */
    maxBuckets: number,
  ) {
    this.#buckets = new LRUCache({ max: maxBuckets });
  }

  /** Takes a token, and returns whether there was one. `now` is in milliseconds. */
  take(key: string, now: number): boolean {
    const known = this.#buckets.get(key) ?? { tokens: this.capacity, at: now };
    const gained = (Math.max(0, now - known.at) / 1_000) * this.perSecond;
    const tokens = Math.min(this.capacity, known.tokens + gained);
    const isTaken = tokens >= 1;
    this.#buckets.set(key, { tokens: isTaken ? tokens - 1 : tokens, at: now });
    return isTaken;
  }
}
