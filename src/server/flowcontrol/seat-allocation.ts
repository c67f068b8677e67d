/** The part of some seats that a priority level asks for, with its bounds. `lower` is at most `target` and `upper`. */
export interface SeatClaim {
  readonly target: number;
  readonly lower: number;
  readonly upper: number;
}

/** A smaller target counts as this, so that levels without demand share what is left. */
const smallestTarget = 0.001;

/**
 * Divides seats among claims: every claim gets the same multiple of its target, held within its bounds. Returns undefined when
 * the bounds do not allow it.
 */
export function allocateSeats(seats: number, claims: readonly SeatClaim[]): readonly number[] | undefined {
  const bounded = claims.map(({ target, lower, upper }) => ({
    lower,
    upper,
    target: Math.max(target, smallestTarget),
  }));
  const at = (multiple: number): number[] =>
    bounded.map(({ target, lower, upper }) => Math.max(lower, Math.min(upper, multiple * target)));
  const sumAt = (multiple: number): number => at(multiple).reduce((sum, one) => sum + one, 0);
  // Between two neighbouring multiples the sum grows in a straight line.
  const multiples = bounded.flatMap(({ target, lower, upper }) => [lower / target, upper / target]);
  multiples.push(0);
  multiples.sort((a, b) => a - b);
  const tolerance = 1e-7;
  const [least = 0, most = 0] = [multiples[0], multiples.at(-1)];
  if (sumAt(least) > seats + tolerance || sumAt(most) < seats - tolerance) return undefined;
  let [low, high] = [0, multiples.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (sumAt(multiples[middle] ?? 0) <= seats) low = middle;
    else high = middle;
  }
  const [from = 0, to = 0] = [multiples[low], multiples[high]];
  const [below, above] = [sumAt(from), sumAt(to)];
  if (above <= below) return at(from);
  return at(from + Math.min(1, Math.max(0, (seats - below) / (above - below))) * (to - from));
}
