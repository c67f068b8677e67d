import { type RequestContext, TimeoutError } from '../errors/index.js';
import { onAbort } from '../util/abort.js';
import type { Clock, Timer } from '../util/clock.js';
import { type ListWatchPlan, replacedError } from './list-watch-plan.js';

/** The interval at which an attempt checks its deadline, which moves with every byte. */
const checkEveryMs = 10_000;

/** The options of an attempt. */
export interface AttemptOptions {
  readonly plan: ListWatchPlan;
  readonly clock: Clock;
  /** Ends the attempt. */
  readonly signal: AbortSignal;
  /** The request, for errors. */
  readonly context: RequestContext;
}

/**
 * One list or watch under way. It counts what comes, keeps the rules of versions and bookmarks, and gives up a connection that is silent
 * for too long.
 */
export class ListWatchAttempt {
  /** The number of objects and frames that came. */
  received = 0;
  /** The error that ends the attempt, once there is one. */
  failure: unknown;
  /** The request, for errors. */
  readonly context: RequestContext;
  readonly #plan: ListWatchPlan;
  readonly #clock: Clock;
  readonly #controller = new AbortController();
  readonly #stopListening: () => void;
  #timer: Timer;
  #lastAlive: number;
  #paused = false;

  constructor({ plan, clock, signal, context }: AttemptOptions) {
    this.context = context;
    this.#plan = plan;
    this.#clock = clock;
    this.#lastAlive = clock.now();
    this.#stopListening = onAbort(signal, (reason) => this.#controller.abort(reason));
    this.#timer = clock.setTimer(Math.min(plan.idleMs(), checkEveryMs), () => this.#check());
  }

  /** Aborts when the loop ends, and when the connection is taken for dead. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Notes a sign of life: the deadline begins anew. */
  alive(): void {
    this.#lastAlive = this.#clock.now();
  }

  /** Stops the deadline, such as while a consumer works. */
  pause(): void {
    this.#paused = true;
  }

  /** Starts the deadline anew after a pause. */
  resume(): void {
    this.#paused = false;
    this.alive();
  }

  /** Notes which server answered. Returns false if that ends the attempt: see `failure`. */
  answeredBy(server: string | undefined): boolean {
    return this.#plan.answeredBy(server) || this.#isReplaced();
  }

  /**
   * Notes the version of a change that came after the whole state. Returns false if that ends the attempt, because the server was restored
   * or replaced: see `failure`.
   */
  saw(resourceVersion: string): boolean {
    return this.#plan.saw(resourceVersion) || this.#isReplaced();
  }

  /**
   * Notes a bookmark. Returns `end` if the initial state is complete with it, `progress` if it only advances the version, and `failed` if it
   * ends the attempt: see `failure`.
   */
  bookmark(resourceVersion: string, initialEventsEnd: boolean): 'end' | 'progress' | 'failed' {
    if (!this.#plan.needsState)
      return this.#plan.saw(resourceVersion, true) || this.#isReplaced() ? 'progress' : 'failed';
    if (initialEventsEnd) {
      this.#plan.complete(resourceVersion);
      return 'end';
    }
    // A server that streams states holds its bookmarks back until the state is complete; another one never says that it is.
    const timeoutMs = this.#plan.idleMs();
    this.fail(
      new TimeoutError('a bookmark came, but not the one that ends the initial state', { deadline: 'idle', timeoutMs }),
    );
    return 'failed';
  }

  /** Notes an error that ends the attempt. */
  fail(error: unknown): void {
    this.failure = error;
  }

  /** Throws the error that ends the attempt, if there is one. */
  throwIfFailed(): void {
    if (this.failure !== undefined) throw this.failure;
  }

  /** Ends the deadline. To be called at the end. */
  dispose(): void {
    this.#timer.cancel();
    this.#stopListening();
  }

  #isReplaced(): false {
    this.fail(replacedError(this.context));
    return false;
  }

  #check(): void {
    if (this.#paused) this.alive();
    const idleMs = this.#plan.idleMs();
    const left = this.#lastAlive + idleMs - this.#clock.now();
    if (left > 0) {
      this.#timer = this.#clock.setTimer(Math.min(left, checkEveryMs), () => this.#check());
      return;
    }
    const message = `no byte came for ${Math.round(idleMs / 1000)} s: the connection is taken for dead`;
    this.#controller.abort(new TimeoutError(message, { deadline: 'idle', timeoutMs: idleMs }));
  }
}
