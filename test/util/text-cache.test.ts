import { describe, expect, it } from 'vitest';
import { textCache } from '../../src/util/text-cache.js';

describe('textCache', () => {
  it('keeps what is read again, however many others come', () => {
    const cache = textCache<number>(10_000);
    cache.set('mine', 1);
    for (let i = 0; i < 1_000; i++) {
      cache.set(`other-${i}`, i);
      expect(cache.get('mine')).toBe(1);
    }
    expect(cache.get('other-1')).toBeUndefined();
  });

  it('stays within its size, and never keeps a long key', () => {
    const cache = textCache<number>(10_000);
    const keys = Array.from({ length: 1_000 }, (_, i) => `${i}`.padEnd(100, 'x'));
    for (const [i, key] of keys.entries()) cache.set(key, i);
    const kept = keys.filter((key) => cache.get(key) !== undefined);
    expect(kept.length).toBeGreaterThan(10);
    expect(kept.length).toBeLessThan(100);
    cache.set('x'.repeat(2_000), 1);
    expect(cache.get('x'.repeat(2_000))).toBeUndefined();
  });

  it('holds the last value', () => {
    const cache = textCache<number>(1_000);
    cache.set('a', 1);
    cache.set('a', 2);
    expect(cache.get('a')).toBe(2);
  });
});
