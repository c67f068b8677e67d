import { type Clock, systemClock } from './clock.js';
import { type Random, systemRandom } from './random.js';

/** The growth of waiting times. */
export interface BackoffOptions {
  /** The first waiting time, in milliseconds. Default 800, as client-go's reflector. */
  readonly baseMs?: number | undefined;
  /** No waiting time is longer than this before jitter. Default 30 000, as client-go's reflector. */
  readonly maxMs?: number | undefined;
  /** Each waiting time is this many times the one before. Default 2. */
  readonly factor?: number | undefined;
  /** Each waiting time is lengthened by up to this part of itself, at random, so that many clients do not come back at once. Default 1. */
  readonly jitter?: number | undefined;
  /** After this long without a call of `next`, times begin at `baseMs` again. Default 120 000, as client-go's reflector. */
  readonly resetAfterMs?: number | undefined;
  readonly random?: Random | undefined;
  readonly clock?: Clock | undefined;
}

/** API servers in need of rest ask for seconds. What asks for more than five minutes is mistaken, or wants nobody to come back. */
const LONGEST_ASKED_MS = 300_000;

/** Waiting times that grow exponentially up to a cap. */
export class Backoff {
  readonly #options: Required<{ [K in keyof BackoffOptions]: NonNullable<BackoffOptions[K]> }>;
  #current: number;
  #last: number | undefined;

  constructor(options: BackoffOptions = {}) {
    this.#options = {
      baseMs: options.baseMs ?? 800,
      maxMs: options.maxMs ?? 30_000,
      factor: options.factor ?? 2,
      jitter: options.jitter ?? 1,
      resetAfterMs: options.resetAfterMs ?? 120_000,
      random: options.random ?? systemRandom,
      clock: options.clock ?? systemClock,
    };
    this.#current = this.#options.baseMs;
  }

  /** Returns the next waiting time, in whole milliseconds. */
  next(): number {
    const { maxMs, factor, jitter, resetAfterMs, random, clock } = this.#options;
    const now = clock.now();
    if (this.#last !== undefined && now - this.#last > resetAfterMs) this.reset();
    this.#last = now;
    const wait = Math.min(this.#current, maxMs);
    this.#current = Math.min(this.#current * factor, maxMs);
    return Math.round(wait * (1 + jitter * random()));
  }

  /** As `next`, but not less than the server asks for (`Retry-After`), up to five minutes. */
  nextAfter(askedMs: number | undefined): number {
    return Math.max(Math.min(askedMs ?? 0, LONGEST_ASKED_MS), this.next());
  }

  /** Begins anew at the base: call it when work went well. */
  reset(): void {
    this.#current = this.#options.baseMs;
    this.#last = undefined;
  }
}
