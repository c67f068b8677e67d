import { KubeError } from '../../errors/index.js';
import { abortForMany } from '../../util/abort.js';
import type { Clock, Timer } from '../../util/clock.js';
import type { Leadership } from '../leadership.js';

/** One leads no longer: the lease could not be renewed in time, or another has it. Whatever is still under way must not write. */
export class LeadershipLostError extends KubeError {
  static {
    LeadershipLostError.prototype.name = 'LeadershipLostError';
  }

  override readonly code = 'ERR_KUBE_LEADERSHIP_LOST';
}

/** A machine that wakes finds out within this time that its term has passed while it slept. */
const LOOK_EVERY_MS = 1000;

/** A moment by both clocks of this machine. */
export interface Moment {
  readonly wall: number;
  readonly monotonic: number;
}

/** Now. */
export function momentOf(clock: Clock): Moment {
  return { wall: clock.now(), monotonic: clock.monotonic() };
}

/**
 * Returns the longest time that may have passed since then, in milliseconds. The monotonic clock stands still while a machine sleeps, and
 * the time of day can be set. A promise to finish in time therefore uses the clock that advanced further.
 */
export function mostElapsed(clock: Clock, since: Moment): number {
  return Math.max(clock.monotonic() - since.monotonic, clock.now() - since.wall);
}

/** A time of being the leader by a Lease: what work is given that runs only then. */
export interface LeaderTerm extends Leadership {
  /** The name of the leader. */
  readonly identity: string;
  /**
   * The number of this term, from the Lease's `leaseTransitions`: higher than that of any leader before, as long as nobody deletes the
   * Lease. A store that remembers the highest it has seen can refuse a leader of the past (a fencing token).
   */
  readonly token: number;
  /**
   * Aborts when the work shall end: with a `LeadershipLostError` when leadership is lost, while nobody else can lead yet; with the
   * caller's reason when `run` is told to stop, while one goes on leading until the work has ended.
   */
  readonly signal: AbortSignal;
  /** Reports whether the candidate leads now, by the clock. It is true only while all others cannot lead. */
  isLeader(): boolean;
  /**
   * Throws a `LeadershipLostError` unless one leads at this very moment. Call it right before each write: after a long pause of the
   * process, code may run before the signal has had its turn.
   */
  check(): void;
}

/** One term of leadership. It ends by itself when it is not extended. */
export class Term implements LeaderTerm {
  readonly identity: string;
  readonly token: number;
  readonly #lengthMs: number;
  readonly #clock: Clock;
  readonly #controller = abortForMany();
  readonly #onLost: (error: LeadershipLostError) => void;
  #sent: Moment;
  #timer: Timer | undefined;
  #lost: LeadershipLostError | undefined;

  /** `sent` is when the request that won the lease was sent; `onLost` is called once, if the term is lost. */
  constructor(options: {
    readonly identity: string;
    readonly token: number;
    readonly sent: Moment;
    readonly lengthMs: number;
    readonly clock: Clock;
    readonly onLost: (error: LeadershipLostError) => void;
  }) {
    this.identity = options.identity;
    this.token = options.token;
    this.#lengthMs = options.lengthMs;
    this.#clock = options.clock;
    this.#onLost = options.onLost;
    this.#sent = options.sent;
    this.#arm();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Why it was lost, if it was. */
  get lost(): LeadershipLostError | undefined {
    return this.#lost;
  }

  /** The time until the term ends unless it is extended, in milliseconds. */
  get remainingMs(): number {
    return this.#lost === undefined ? Math.max(0, this.#lengthMs - mostElapsed(this.#clock, this.#sent)) : 0;
  }

  isLeader(): boolean {
    if (this.#lost === undefined && this.remainingMs <= 0) this.#expire();
    return this.#lost === undefined;
  }

  check(): void {
    if (!this.isLeader()) throw this.#lost;
  }

  /** The lease was renewed by a request sent at `sent`. Too late is too late: a term that is over stays so. */
  extend(sent: Moment): void {
    if (!this.isLeader()) return;
    this.#sent = sent;
    this.#arm();
  }

  /** Asks the work to end; one goes on leading meanwhile. */
  stop(reason: unknown): void {
    this.#controller.abort(reason);
  }

  /** Leadership is lost, now. */
  lose(error: LeadershipLostError): void {
    if (this.#lost !== undefined) return;
    this.#lost = error;
    this.end();
    this.#onLost(error);
    this.#controller.abort(error);
  }

  /** The work is over: no timer runs any more. */
  end(): void {
    this.#timer?.cancel();
  }

  #arm(): void {
    this.#timer?.cancel();
    // Looks often, for timers stand still while a machine sleeps; in whole milliseconds, so that it comes to an end.
    this.#timer = this.#clock.setTimer(Math.min(Math.ceil(this.remainingMs), LOOK_EVERY_MS), () => {
      if (this.isLeader()) this.#arm();
    });
  }

  #expire(): void {
    this.lose(
      new LeadershipLostError(
        `${this.identity} leads no longer: the lease could not be renewed within ${this.#lengthMs} ms`,
      ),
    );
  }
}
