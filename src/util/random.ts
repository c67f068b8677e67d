/** A source of numbers from 0 (inclusive) to 1 (exclusive). */
export type Random = () => number;

/** The runtime's own source. Not for secrets. */
export const systemRandom: Random = () => Math.random();

/** A repeatable source: the same `seed` (32 bits count) gives the same numbers. Not for secrets. (Mulberry32.) */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
