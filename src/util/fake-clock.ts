import { type Clock, type SleepOptions, sleepWith, type Timer } from './clock.js';

/** Waiting on this clock cannot come to an end. */
class ClockError extends Error {
  readonly code = 'ERR_KUBE_CLOCK';
}

interface Entry {
  readonly due: number;
  readonly order: number;
  readonly fn: () => void;
}

/**
 * A clock that stands still until it is told to go on. Timers fire in the order of their due times, those of one time in the
 * order they were set; between two of them everything that can run without waiting for the outside world has run.
 */
export class FakeClock implements Clock {
  #now: number;
  #order = 0;
  readonly #timers = new Set<Entry>();

  /** `start` is in milliseconds since the epoch. Default: 2026-01-01T00:00:00Z. */
  constructor(start = Date.UTC(2026, 0, 1)) {
    this.#now = start;
  }

  /** The number of waiting timers and sleeps. */
  get pending(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.#now;
  }

  /** As `now`: this clock is never set back. */
  monotonic(): number {
    return this.#now;
  }

  sleep(ms: number, options?: SleepOptions): Promise<void> {
    return sleepWith((fn) => this.setTimer(ms, fn), options?.signal);
  }

  setTimer(ms: number, fn: () => void): Timer {
    const entry: Entry = { due: this.#now + Math.max(0, ms), order: this.#order++, fn };
    this.#timers.add(entry);
    return { cancel: () => void this.#timers.delete(entry) };
  }

  /** Lets `ms` milliseconds pass, firing what falls due, including timers set meanwhile. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (let next = this.#next(); next !== undefined && next.due <= end; next = this.#next()) {
      await this.#fire(next);
    }
    this.#now = end;
    await settle();
  }

  /**
   * Goes from timer to timer until `promise` settles, and gives its result. Throws when nothing is left to wait for, or when more
   * than `maxMs` (default: a day) would pass.
   */
  async runUntil<T>(promise: Promise<T>, maxMs = 86_400_000): Promise<T> {
    const end = this.#now + maxMs;
    let settled = false;
    const mark = () => {
      settled = true;
    };
    promise.then(mark, mark);
    await settle();
    while (!settled) {
      const next = this.#next();
      if (next === undefined) throw new ClockError('the promise is pending and no timer is left that could settle it');
      if (next.due > end) throw new ClockError(`the promise is still pending after ${maxMs} ms`);
      await this.#fire(next);
    }
    return promise;
  }

  async #fire(entry: Entry): Promise<void> {
    this.#timers.delete(entry);
    this.#now = Math.max(this.#now, entry.due);
    entry.fn();
    await settle();
  }

  #next(): Entry | undefined {
    let first: Entry | undefined;
    for (const entry of this.#timers) {
      if (first === undefined || entry.due < first.due || (entry.due === first.due && entry.order < first.order)) {
        first = entry;
      }
    }
    return first;
  }
}

/** One real turn of the event loop: every promise that can go on has gone on. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
