import { describe, expect, test } from 'vitest';
import { Hydration } from '../../src/cache/hydration.js';

describe('hydration', () => {
  test('keeps everything while it fits', () => {
    const hydration = new Hydration({ hydratedBytes: 1000 });
    for (let slot = 0; slot < 10; slot++) hydration.offer(slot, { slot }, 100);
    for (let slot = 0; slot < 10; slot++) expect(hydration.get(slot)).toEqual({ slot });
    expect(hydration.count).toBe(10);
  });

  test('lets nothing in at a first reading once it is full, so that one pass over everything evicts nothing', () => {
    const hydration = new Hydration({ hydratedBytes: 1000 });
    for (let slot = 0; slot < 1000; slot++) hydration.offer(slot, { slot }, 100);
    for (let slot = 0; slot < 10; slot++) expect(hydration.get(slot)).toEqual({ slot });
    expect(hydration.get(10)).toBeUndefined();
  });

  test('makes room for what is read again, at the cost of what is not', () => {
    const hydration = new Hydration({ hydratedBytes: 1000 });
    for (let slot = 0; slot < 10; slot++) hydration.offer(slot, { slot }, 100);
    for (let slot = 0; slot < 9; slot++) hydration.get(slot);
    hydration.offer(20, { slot: 20 }, 100);
    hydration.offer(20, { slot: 20 }, 100);
    expect(hydration.get(20)).toEqual({ slot: 20 });
    expect(hydration.get(9)).toBeUndefined();
    expect(hydration.count).toBe(10);
  });

  test('never keeps more bytes than allowed, nor an object larger than all of them', () => {
    const hydration = new Hydration({ hydratedBytes: 1000 });
    for (let round = 0; round < 50; round++)
      for (let slot = 0; slot < 30; slot++) hydration.offer(slot, {}, 100 + slot);
    expect(hydration.count).toBeLessThanOrEqual(10);
    hydration.offer(99, {}, 1001);
    hydration.offer(99, {}, 1001);
    expect(hydration.get(99)).toBeUndefined();
  });

  test('forgets a slot that stands for something else from now on', () => {
    const hydration = new Hydration();
    hydration.offer(3, { old: true }, 10);
    hydration.forget(3);
    expect(hydration.get(3)).toBeUndefined();
    expect(hydration.count).toBe(0);
    hydration.forget(1_000_000);
  });
});
