import { describe, expect, it } from 'vitest';
import { Recent } from '../../src/util/recent.js';

describe('values by text', () => {
  it('are found again while they are asked for, whatever else comes by', () => {
    const recent = new Recent<number>(10_000);
    recent.set('mine', 1);
    for (let i = 0; i < 1_000; i++) {
      recent.set(`other-${i}`, i);
      expect(recent.get('mine')).toBe(1);
    }
    expect(recent.get('other-1')).toBeUndefined();
  });

  it('never take more room than they may, and long ones none', () => {
    const recent = new Recent<number>(10_000);
    const keys = Array.from({ length: 1_000 }, (_, i) => `${i}`.padEnd(100, 'x'));
    for (const [i, key] of keys.entries()) recent.set(key, i);
    const kept = keys.filter((key) => recent.get(key) !== undefined);
    expect(kept.length).toBeGreaterThan(10);
    expect(kept.length).toBeLessThan(100);
    recent.set('x'.repeat(2_000), 1);
    expect(recent.get('x'.repeat(2_000))).toBeUndefined();
  });

  it('hold the last value given', () => {
    const recent = new Recent<number>(1_000);
    recent.set('a', 1);
    recent.set('a', 2);
    expect(recent.get('a')).toBe(2);
  });
});
