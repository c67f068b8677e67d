import { bucketRateLimiter, type RateLimiter } from '../queue/index.js';
import type { Clock } from '../util/clock.js';
import { refusal } from './refusals.js';

/** The most that one user may have at the same time, over all connections. */
export interface GatewayLimits {
  /** Default 20. */
  readonly connections?: number | undefined;
  /** Live queries. Default 200. */
  readonly queries?: number | undefined;
  /** Logs, terminals and ports. Default 30. */
  readonly streams?: number | undefined;
  /** Actions in flight. Default 20. */
  readonly actions?: number | undefined;
  /** Queries that are opened, or change their selection or order, in a second. Faster ones wait. Default 20. */
  readonly changesPerSecond?: number | undefined;
}

/** A thing that is counted. */
export type Counted = 'connections' | 'queries' | 'streams' | 'actions';

/** The limits of one user, and what the user has at present. */
export class UserUsage {
  readonly #most: { readonly [thing in Counted]: number };
  readonly #used = { connections: 0, queries: 0, streams: 0, actions: 0 };
  readonly #pace: RateLimiter<undefined>;
  readonly #clock: Clock;

  constructor(limits: GatewayLimits, clock: Clock) {
    const { connections = 20, queries = 200, streams = 30, actions = 20, changesPerSecond = 20 } = limits;
    this.#most = { connections, queries, streams, actions };
    this.#pace = bucketRateLimiter({ perSecond: changesPerSecond, burst: changesPerSecond * 2, clock });
    this.#clock = clock;
  }

  /** True if the user has nothing. */
  get isEmpty(): boolean {
    return Object.values(this.#used).every((count) => count === 0);
  }

  /** Counts one more. Throws an `ApiError` (429) beyond the limit. Each call asks for one `release`. */
  take(thing: Counted): void {
    if (this.#used[thing] >= this.#most[thing])
      throw refusal(429, `you have ${this.#most[thing]} ${thing} already. Close one of them first.`);
    this.#used[thing]++;
  }

  release(thing: Counted): void {
    this.#used[thing]--;
  }

  /** Waits until the user may have another view made. */
  async pace(signal: AbortSignal): Promise<void> {
    const delayMs = this.#pace.delayMs(undefined);
    if (delayMs > 0) await this.#clock.sleep(delayMs, { signal });
  }
}

/** The usage of all users who have something. */
export class UserLimits {
  readonly #limits: GatewayLimits;
  readonly #clock: Clock;
  readonly #users = new Map<string, UserUsage>();

  constructor(limits: GatewayLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** Returns the usage of a user. */
  of(userId: string): UserUsage {
    const known = this.#users.get(userId);
    if (known !== undefined) return known;
    const usage = new UserUsage(this.#limits, this.#clock);
    this.#users.set(userId, usage);
    return usage;
  }

  /** Forgets the user if nothing is left. */
  forget(userId: string): void {
    if (this.#users.get(userId)?.isEmpty === true) this.#users.delete(userId);
  }
}
