import type { Clock } from '../../util/clock.js';

/** The first revision lies below this, so that a version that is far in the future, such as 999999999, stays one. */
const range = 900_000_000;
const leastRevision = 100;

/**
 * Returns the revision at which an empty store begins: the milliseconds of the clock, counted anew every ten days. A process that wrote less
 * than once a millisecond ended below that. A client that watched it is therefore too late (410) and lists again, instead of taking the new
 * process's revisions for its own.
 */
export function firstRevision(clock: Clock): number {
  return leastRevision + (Math.floor(clock.now()) % range);
}
