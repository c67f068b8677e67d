import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SortedKeys } from '../../../src/server/storage/sorted-keys.js';

describe('SortedKeys', () => {
  it('is a sorted set, through thousands of additions and removals', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.boolean(), fc.nat(3_000)), { maxLength: 3_000 }),
        fc.nat(3_000),
        fc.nat(3_000),
        (steps, a, b) => {
          const keys = new SortedKeys();
          const model = new Set<string>();
          for (const [add, number] of steps) {
            const key = `/k/${String(number).padStart(4, '0')}`;
            if (add) expect(keys.add(key)).toBe(!model.has(key) && Boolean(model.add(key)));
            else expect(keys.delete(key)).toBe(model.delete(key));
          }
          const [start, end] = [`/k/${String(a).padStart(4, '0')}`, `/k/${String(b).padStart(4, '0')}`];
          const wanted = [...model].filter((key) => key >= start && key < end).sort();
          expect([...keys.range(start, end)]).toEqual(wanted);
          expect(keys.count(start, end)).toBe(wanted.length);
          expect(keys.size).toBe(model.size);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('splits its chunks and still finds everything', () => {
    const keys = new SortedKeys();
    for (let i = 0; i < 20_000; i++) keys.add(String((i * 7_919) % 20_000).padStart(6, '0'));
    expect(keys.count('005000', '015000')).toBe(10_000);
    expect([...keys.range('000000', '1')]).toHaveLength(20_000);
    for (let i = 0; i < 20_000; i++) expect(keys.delete(String(i).padStart(6, '0'))).toBe(true);
    expect(keys.size).toBe(0);
  });
});
