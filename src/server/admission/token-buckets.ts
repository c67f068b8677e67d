/** A bucket for each key, from which every event takes a token. Buckets that were used longest ago are forgotten first. */
export class TokenBuckets {
  readonly #buckets = new Map<string, { tokens: number; at: number }>();

  constructor(
    /** Tokens that a bucket gains each second. */
    private readonly perSecond: number,
    /** Tokens that a bucket holds. A new one is full. */
    private readonly capacity: number,
    /** The most buckets. */
    private readonly maxBuckets: number,
  ) {}

  /** Takes a token, and returns whether there was one. `now` is in milliseconds. */
  take(key: string, now: number): boolean {
    const known = this.#buckets.get(key) ?? { tokens: this.capacity, at: now };
    const gained = (Math.max(0, now - known.at) / 1_000) * this.perSecond;
    const tokens = Math.min(this.capacity, known.tokens + gained);
    const isTaken = tokens >= 1;
    this.#buckets.delete(key);
    this.#buckets.set(key, { tokens: isTaken ? tokens - 1 : tokens, at: now });
    for (const oldest of this.#buckets.keys()) {
      if (this.#buckets.size <= this.maxBuckets) break;
      this.#buckets.delete(oldest);
    }
    return isTaken;
  }
}
