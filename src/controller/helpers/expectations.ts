import { type Clock, systemClock } from '../../util/clock.js';

/** How long events may be waited for before a controller looks again anyway: client-go's five minutes. */
const TIMEOUT_MS = 300_000;

/** What a controller has asked for and has yet to see in its cache. */
interface Expected {
  creations: number;
  deletions: number;
  readonly uids: Set<string>;
  since: number;
}

/** What is expected for one key. */
export interface Expectation {
  /** How many objects were created. Default 0. */
  readonly creations?: number | undefined;
  /** How many were deleted, or which by uid: then each counts once, however often it is seen to go. Default 0. */
  readonly deletions?: number | readonly string[] | undefined;
}

/**
 * Remembers by key how many creations and deletions a controller has asked for and its cache has not shown yet, so that it does not
 * count on a stale cache and make them again. As client-go's `ControllerExpectations`:
 * `expect` before the writes, `creationObserved` and `deletionObserved` from the handlers of the cache and for writes that failed,
 * and no work on a key while `satisfied` says no. A key nobody expects anything of is satisfied; so is one after the timeout.
 *
 * A `Controller` waits for its own writes by itself: this is for those who write with `generateName`, or not through its cluster handle.
 */
export class Expectations {
  readonly #expected = new Map<string, Expected>();
  readonly #clock: Clock;
  readonly #timeoutMs: number;

  /** `timeoutMs` is how long an event may be missing before the key counts as satisfied. Default five minutes. */
  constructor(options: { readonly clock?: Clock | undefined; readonly timeoutMs?: number | undefined } = {}) {
    this.#clock = options.clock ?? systemClock;
    this.#timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
  }

  /** Expects this of `key`, and nothing of before any more. The time begins anew. */
  expect(key: string, expectation: Expectation): void {
    this.#expected.set(key, { creations: 0, deletions: 0, uids: new Set(), since: this.#clock.monotonic() });
    this.raise(key, expectation);
  }

  /** Expects this too. The time goes on. */
  raise(key: string, { creations = 0, deletions = 0 }: Expectation): void {
    let expected = this.#expected.get(key);
    if (expected === undefined) {
      expected = { creations: 0, deletions: 0, uids: new Set(), since: this.#clock.monotonic() };
      this.#expected.set(key, expected);
    }
    expected.creations += creations;
    if (typeof deletions === 'number') expected.deletions += deletions;
    else for (const uid of deletions) expected.uids.add(uid);
  }

  /** One object was created, or its creation failed. */
  creationObserved(key: string): void {
    const expected = this.#expected.get(key);
    if (expected !== undefined) expected.creations = Math.max(0, expected.creations - 1);
  }

  /** One object has gone, or its deletion failed. With a uid that is expected, it counts for that alone. */
  deletionObserved(key: string, uid?: string): void {
    const expected = this.#expected.get(key);
    if (expected === undefined) return;
    if (uid !== undefined && expected.uids.delete(uid)) return;
    expected.deletions = Math.max(0, expected.deletions - 1);
  }

  /** Whether `key` may be worked on: everything expected has been seen, or is overdue. */
  satisfied(key: string): boolean {
    const expected = this.#expected.get(key);
    if (expected === undefined) return true;
    const seen = expected.creations === 0 && expected.deletions === 0 && expected.uids.size === 0;
    const overdue = this.#clock.monotonic() - expected.since > this.#timeoutMs;
    if (seen || overdue) this.#expected.delete(key);
    return seen || overdue;
  }

  /** Expects nothing of `key` any more: its object is gone. */
  forget(key: string): void {
    this.#expected.delete(key);
  }
}
