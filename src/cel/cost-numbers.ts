/** The most that costs and sizes are counted to: what is more is this. */
export const unlimited = 2 ** 64;

/** The least and the greatest value of a cost or a size. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

const capped = (value: number): number => Math.min(value, unlimited);

/** A range of one number. */
export function fixed(value: number): Range {
  return { min: value, max: value };
}

/** A size nobody knows anything of. */
export const unknownSize: Range = { min: 0, max: unlimited };

export function plus(a: Range, b: Range): Range {
  return { min: capped(a.min + b.min), max: capped(a.max + b.max) };
}

export function times(a: Range, b: Range): Range {
  return { min: product(a.min, b.min), max: product(a.max, b.max) };
}

/** Nothing of what has no bound is nothing. */
function product(a: number, b: number): number {
  return a === 0 || b === 0 ? 0 : capped(a * b);
}

/** A range times a factor, rounded up. */
export function scaled(a: Range, factor: number): Range {
  return { min: capped(Math.ceil(a.min * factor)), max: capped(Math.ceil(a.max * factor)) };
}

/** The range that both are within. */
export function union(a: Range, b: Range): Range {
  return { min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) };
}
