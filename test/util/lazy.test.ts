import { describe, expect, it } from 'vitest';
import { lazy } from '../../src/util/lazy.js';

describe('lazy', () => {
  it('makes a value once, at the first call', () => {
    let calls = 0;
    const value = lazy(() => {
      calls += 1;
      return undefined;
    });
    expect(calls).toBe(0);
    expect([value(), value()]).toEqual([undefined, undefined]);
    expect(calls).toBe(1);
  });
});
