import { PageProgress } from '../client/page-progress.js';
import type { RequestContext } from '../errors/index.js';
import type { Clock } from '../util/clock.js';
import type { Interruption } from './interruption.js';
import { ListWatchAttempt } from './list-watch-attempt.js';
import type { ListStep, ListWatchPlan, ListWatchStep, StepOutcome, WatchStep } from './list-watch-plan.js';

/** One page that the loop asks for. A continue token holds its version, so it never comes with one. */
export interface PageStep extends ListStep {
  /** Where the page begins; undefined for the first one. */
  readonly continue: string | undefined;
}

/** The end of a page. */
export interface PageEnd {
  readonly resourceVersion: string;
  /** Empty after the last page. */
  readonly continue: string;
  readonly items: number;
}

/** The result of a step, as a sink gets it. */
export interface StepResult extends StepOutcome {
  readonly kind: ListWatchStep['kind'];
  /** Why the loop does not go on at once; undefined where the step came to its regular end. */
  readonly interruption: Interruption | undefined;
}

/**
 * Where the objects of a list-watch loop go. A sink sends the requests that the loop asks for, because it knows in which form it reads the
 * answers, and reports to the attempt what comes.
 */
export interface ListWatchSink {
  /** The collection, for errors. The loop adds the verb. */
  readonly context: RequestContext;
  /** The whole state is about to come. If another `begin` comes before `complete`, the first state did not arrive. */
  begin(): void | Promise<void>;
  /** Fetches one page of the state, and takes its objects. */
  page(step: PageStep, attempt: ListWatchAttempt): Promise<PageEnd>;
  /** Watches until the server ends the watch, and takes its events. Reports versions and bookmarks to `attempt`. */
  watch(step: WatchStep, attempt: ListWatchAttempt): Promise<void>;
  /** The whole state has come by pages. A sink that watches knows it from the bookmark. */
  complete(resourceVersion: string): void | Promise<void>;
  /** A step is over, perhaps before the state that it began was complete. */
  leave(): void;
  /** Takes note of how a step went. Not called when the loop was stopped. */
  ended(result: StepResult): void | Promise<void>;
  /** Reports whether trying again cannot help. */
  isFinal(error: unknown): boolean;
}

/** The options of a list-watch loop. */
export interface ListWatchLoopOptions {
  readonly sink: ListWatchSink;
  readonly plan: ListWatchPlan;
  readonly clock: Clock;
}

/**
 * Keeps a sink equal to a collection on the server: lists page by page, watches, and begins again after whatever ends a watch. The rules
 * are those of `ListWatchPlan`; `ListWatchAttempt` has those of versions and bookmarks. The sinks are the reflector, which copies bytes
 * into a store, and `watcher()`, which gives objects.
 */
export class ListWatch {
  readonly #sink: ListWatchSink;
  readonly #plan: ListWatchPlan;
  readonly #clock: Clock;

  constructor({ sink, plan, clock }: ListWatchLoopOptions) {
    this.#sink = sink;
    this.#plan = plan;
    this.#clock = clock;
  }

  /** Runs until `signal` aborts, then resolves. The sink is left alone after that. Rejects only with errors that the sink calls final. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const retryInMs = await this.#step(signal);
      if (retryInMs > 0) await this.#clock.sleep(retryInMs, { signal }).catch(() => {});
    }
  }

  /** Does the next step of the plan. Returns how long to wait after it. */
  async #step(signal: AbortSignal): Promise<number> {
    const step = this.#plan.step();
    const began = this.#clock.now();
    const context = { ...this.#sink.context, verb: step.kind };
    const attempt = new ListWatchAttempt({ plan: this.#plan, clock: this.#clock, signal, context });
    let error: unknown;
    try {
      if (step.kind === 'list') await this.#list(step, attempt);
      else await this.#watch(step, attempt);
    } catch (caught) {
      error = caught ?? new Error('the connection was given up without a reason');
    } finally {
      attempt.dispose();
      this.#sink.leave();
    }
    if (signal.aborted) return 0;
    if (error !== undefined && this.#sink.isFinal(error)) throw error;
    const outcome = { error, received: attempt.received, durationMs: this.#clock.now() - began };
    const interruption = this.#plan.ended(outcome);
    await this.#sink.ended({ ...outcome, kind: step.kind, interruption });
    return interruption?.retryInMs ?? 0;
  }

  async #list(step: ListStep, attempt: ListWatchAttempt): Promise<void> {
    await this.#sink.begin();
    const progress = new PageProgress(attempt.context);
    let resourceVersion = '';
    let token = '';
    do {
      const page = await this.#sink.page(pageOf(step, token), attempt);
      resourceVersion ||= page.resourceVersion;
      token = page.continue;
      progress.follow(token, page.items);
    } while (token !== '');
    this.#plan.complete(resourceVersion);
    await this.#sink.complete(resourceVersion);
  }

  async #watch(step: WatchStep, attempt: ListWatchAttempt): Promise<void> {
    if (step.initial) await this.#sink.begin();
    await this.#sink.watch(step, attempt);
    attempt.throwIfFailed();
  }
}

function pageOf(step: ListStep, token: string): PageStep {
  if (token === '') return { ...step, continue: undefined };
  return { ...step, resourceVersion: '', resourceVersionMatch: undefined, continue: token };
}
