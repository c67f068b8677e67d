import { type Clock, systemClock } from '../util/clock.js';

/** Says how long an item that failed has to wait before it is tried again. */
export interface RateLimiter<T> {
  /** Counts one more failure of the item and gives the time to wait, in milliseconds; `Infinity` never comes. */
  delayMs(item: T): number;
  /** The item went well: its failures are forgotten. */
  forget(item: T): void;
  /** Returns the number of failures of the item since it was forgotten. */
  requeues(item: T): number;
}

/** Options of `exponentialRateLimiter`. */
export interface ExponentialRateLimiterOptions {
  /** The wait after the first failure, in milliseconds. Default 5, as client-go's `DefaultTypedControllerRateLimiter`. */
  readonly baseMs?: number | undefined;
  /** The longest wait, in milliseconds. Default 1 000 000, as client-go's. */
  readonly maxMs?: number | undefined;
}

/**
 * Each item by itself: every failure doubles its wait, from `baseMs` up to `maxMs`. What failed once is remembered until it is
 * forgotten. (client-go's `ItemExponentialFailureRateLimiter`.)
 */
export function exponentialRateLimiter<T>(options: ExponentialRateLimiterOptions = {}): RateLimiter<T> {
  const { baseMs = 5, maxMs = 1_000_000 } = options;
  const failures = new Map<T, number>();
  return {
    delayMs(item) {
      const before = failures.get(item) ?? 0;
      failures.set(item, before + 1);
      return Math.min(baseMs * 2 ** before, maxMs);
    },
    forget: (item) => void failures.delete(item),
    requeues: (item) => failures.get(item) ?? 0,
  };
}

/** Options of `bucketRateLimiter`. */
export interface BucketRateLimiterOptions {
  /** The number of items that pass in a second in the long run. Default 10, as in client-go's `DefaultTypedControllerRateLimiter`. */
  readonly perSecond?: number | undefined;
  /** The number of items that pass at once after a quiet time. Default 100, as in client-go. */
  readonly burst?: number | undefined;
  /** Default: the system's. */
  readonly clock?: Clock | undefined;
}

/**
 * All items together: a token bucket from which everyone who fails takes a token, into debt if need be; the wait is the time until the
 * debt is paid. Counts no failures of items. (client-go's `BucketRateLimiter`.)
 */
export function bucketRateLimiter<T>(options: BucketRateLimiterOptions = {}): RateLimiter<T> {
  const { perSecond = 10, burst = 100, clock = systemClock } = options;
  let tokens = burst;
  let last = clock.monotonic();
  return {
    delayMs() {
      const now = clock.monotonic();
      tokens = Math.min(burst, tokens + ((now - last) / 1000) * perSecond) - 1;
      last = now;
      return tokens >= 0 ? 0 : (-tokens / perSecond) * 1000;
    },
    forget() {},
    requeues: () => 0,
  };
}

/** Asks every limiter, and waits as long as the strictest says. (client-go's `MaxOfRateLimiter`.) */
export function maxOfRateLimiters<T>(...limiters: readonly RateLimiter<T>[]): RateLimiter<T> {
  return {
    delayMs: (item) => Math.max(0, ...limiters.map((limiter) => limiter.delayMs(item))),
    forget: (item) => {
      for (const limiter of limiters) limiter.forget(item);
    },
    requeues: (item) => Math.max(0, ...limiters.map((limiter) => limiter.requeues(item))),
  };
}

/**
 * Returns the rate limiter of controllers: 5 ms doubling up to 1000 s for each item, and 10 a second with a burst of 100 for all
 * together.
 * (client-go's `DefaultTypedControllerRateLimiter`.)
 */
export function defaultRateLimiter<T>(options: Pick<BucketRateLimiterOptions, 'clock'> = {}): RateLimiter<T> {
  return maxOfRateLimiters(exponentialRateLimiter(), bucketRateLimiter(options));
}
