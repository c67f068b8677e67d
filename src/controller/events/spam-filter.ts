import { LRUCache } from 'lru-cache';
import type { Clock } from '../../util/clock.js';

/** client-go's: 25 events about an object at once, then one in five minutes; 4096 objects are remembered. */
const BURST = 25;
const REFILL_MS = 300_000;
const REMEMBERED = 4096;

interface Bucket {
  tokens: number;
  at: number;
}

/** Bounds how many events one source writes about one object (client-go's `EventSourceObjectSpamFilter`). */
export class SpamFilter {
  readonly #clock: Clock;
  readonly #buckets = new LRUCache<string, Bucket>({ max: REMEMBERED });

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Reports whether one more event of this key may be written, and counts it if so. */
  admit(key: string): boolean {
    const now = this.#clock.monotonic();
    const bucket = this.#buckets.get(key) ?? { tokens: BURST, at: now };
    bucket.tokens = Math.min(BURST, bucket.tokens + (now - bucket.at) / REFILL_MS);
    bucket.at = now;
    this.#buckets.set(key, bucket);
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }
}
