import { type Clock, systemClock } from '../../util/clock.js';

/** The time after which a controller stops waiting for events: five minutes, as in client-go. */
const TIMEOUT_MS = 300_000;

/** The writes that a controller has sent and its cache has not shown yet. */
interface Expected {
  creations: number;
  deletions: number;
  readonly uids: Set<string>;
  since: number;
}

/** The expected writes of one key. */
export interface Expectation {
  /** The number of created objects. Default 0. */
  readonly creations?: number | undefined;
  /** The number of deleted objects, or their uids. Each uid counts once, however often the cache reports its deletion. Default 0. */
  readonly deletions?: number | readonly string[] | undefined;
}

/**
 * Remembers by key how many creations and deletions a controller has sent and its cache has not shown yet. The controller therefore does
 * not act on a stale cache and repeat them. Like client-go's `ControllerExpectations`:
 * - call `expect` before the writes;
 * - call `creationObserved` and `deletionObserved` from the handlers of the cache, and for writes that failed;
 * - do not work on a key while `satisfied` returns false. It returns true for a key without expectations, and after the timeout.
 *
 * A `Controller` waits for its own writes by itself. Use this class if you write with `generateName`, or with another cluster handle.
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

  /** Reports whether you may work on `key`: the cache has shown every expected write, or the timeout has passed. */
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
