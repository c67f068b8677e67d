import { FakeClock } from 'keelson/testing';
import { describe, expect, it } from 'vitest';
import {
  bucketRateLimiter,
  defaultRateLimiter,
  exponentialRateLimiter,
  maxOfRateLimiters,
} from '../../src/queue/index.js';

describe('the exponential rate limiter', () => {
  it('doubles the wait of an item from 5 ms up to 1000 s, each item by itself', () => {
    const limiter = exponentialRateLimiter<string>();
    const waits = Array.from({ length: 20 }, () => limiter.delayMs('a'));
    expect(waits.slice(0, 5)).toEqual([5, 10, 20, 40, 80]);
    expect(waits.slice(17)).toEqual([655_360, 1_000_000, 1_000_000]);
    expect(limiter.delayMs('b')).toBe(5);
    expect([limiter.requeues('a'), limiter.requeues('b'), limiter.requeues('c')]).toEqual([20, 1, 0]);
  });

  it('begins anew once an item is forgotten', () => {
    const limiter = exponentialRateLimiter<string>({ baseMs: 3, maxMs: 10 });
    expect([1, 2, 3].map(() => limiter.delayMs('a'))).toEqual([3, 6, 10]);
    limiter.forget('a');
    expect(limiter.requeues('a')).toBe(0);
    expect(limiter.delayMs('a')).toBe(3);
  });

  it('stays at its longest wait however often an item fails', () => {
    const limiter = exponentialRateLimiter<string>();
    for (let i = 0; i < 5000; i++) limiter.delayMs('a');
    expect(limiter.delayMs('a')).toBe(1_000_000);
  });
});

describe('the token bucket', () => {
  it('lets a burst pass at once, then so many a second, and fills up again', async () => {
    const clock = new FakeClock();
    const limiter = bucketRateLimiter<string>({ perSecond: 10, burst: 3, clock });
    expect([1, 2, 3, 4, 5].map(() => limiter.delayMs('a'))).toEqual([0, 0, 0, 100, 200]);
    await clock.advance(200);
    expect(limiter.delayMs('a')).toBe(100);
    await clock.advance(60_000);
    expect([1, 2, 3, 4].map(() => limiter.delayMs('b'))).toEqual([0, 0, 0, 100]);
  });
});

describe('limiters put together', () => {
  it('wait as long as the strictest, and forget in all', () => {
    const clock = new FakeClock();
    const limiter = maxOfRateLimiters<string>(
      exponentialRateLimiter({ baseMs: 5 }),
      bucketRateLimiter({ perSecond: 10, burst: 1, clock }),
    );
    expect([limiter.delayMs('a'), limiter.delayMs('a')]).toEqual([5, 100]);
    expect(limiter.requeues('a')).toBe(2);
    limiter.forget('a');
    expect(limiter.requeues('a')).toBe(0);
  });

  it('are by default those of client-go: the item at first, the bucket once a hundred have failed', () => {
    const limiter = defaultRateLimiter<number>({ clock: new FakeClock() });
    const waits = Array.from({ length: 102 }, (_, item) => limiter.delayMs(item));
    expect(waits.slice(98)).toEqual([5, 5, 100, 200]);
  });
});
