import { onAbort } from '../util/abort.js';
import { type Clock, systemClock } from '../util/clock.js';
import { Delays } from './delays.js';
import { Levels, type LevelsOptions, type Waiting } from './levels.js';
import { type QueueSeries, WorkQueueMetrics } from './queue-metrics.js';
import { defaultRateLimiter, type RateLimiter } from './rate-limiter.js';

/** The options of a queue. */
export interface WorkQueueOptions<T> {
  /** The label `name` of its metrics. Default: empty. */
  readonly name?: string | undefined;
  /** The rate limiter of items that are added by `addRateLimited`. Default: `defaultRateLimiter`. */
  readonly rateLimiter?: RateLimiter<T> | undefined;
  /** The time that an item of a lower priority waits, in milliseconds, before it gets one turn in eight. Default 1000. */
  readonly ageAfterMs?: LevelsOptions['ageAfterMs'];
  /** Where it is measured. Default: nowhere that anybody reads. */
  readonly metrics?: WorkQueueMetrics | undefined;
  /** Default: the system's. */
  readonly clock?: Clock | undefined;
}

/** Options of adds. */
export interface AddOptions {
  /**
   * Higher ones come first, but for one turn in eight that goes to lower ones which have waited long. An item that waits already moves
   * up, never down. Use few different ones. Default 0; what controllers add for a first state or a resync has -100, as
   * controller-runtime's `LowPriority`.
   */
  readonly priority?: number | undefined;
}

/** An item that is being worked on. */
interface Working {
  readonly startedAt: number;
  /** It was added meanwhile, and comes again when it is done. */
  again: { priority: number; readonly since: number } | undefined;
}

interface Getter<T> {
  readonly resolve: (item: T | undefined) => void;
}

/**
 * Items to be worked on, each once: adding one that waits changes nothing, and one that is being worked on is not handed out a second
 * time but comes again when it is done. Items are told apart as keys of a `Map` are. The rules are those of client-go's workqueue.
 *
 * `get` hands an item out, `done` says that the work is over, whichever way; without it the item never comes again.
 */
export class WorkQueue<T> {
  readonly #clock: Clock;
  readonly #rateLimiter: RateLimiter<T>;
  readonly #series: QueueSeries & { readonly end: () => void };
  readonly #waiting = new Map<T, Waiting<T>>();
  readonly #levels: Levels<T>;
  readonly #working = new Map<T, Working>();
  readonly #delays: Delays<T>;
  /** Those who wait for an item, in the order they came. */
  readonly #getters = new Set<Getter<T>>();
  /** The number of items that were added again while they are worked on. */
  #again = 0;
  #state: 'open' | 'draining' | 'cut' = 'open';
  #drained: (() => void)[] = [];

  constructor(options: WorkQueueOptions<T> = {}) {
    const clock = options.clock ?? systemClock;
    this.#clock = clock;
    this.#rateLimiter = options.rateLimiter ?? defaultRateLimiter({ clock });
    this.#levels = new Levels({ ageAfterMs: options.ageAfterMs });
    this.#delays = new Delays((item, priority) => this.add(item, { priority }), clock);
    const queue = this;
    this.#series = (options.metrics ?? new WorkQueueMetrics()).measure(options.name ?? '', {
      get depth() {
        return queue.length + queue.#again;
      },
      startTimes: () => Array.from(this.#working.values(), ({ startedAt }) => startedAt),
      now: () => clock.monotonic(),
    });
  }

  /** The number of items that are ready, without those that wait for their time. */
  get length(): number {
    return this.#waiting.size;
  }

  /** The number of items in work. */
  get working(): number {
    return this.#working.size;
  }

  /** The number of items that wait for their time. */
  get delayed(): number {
    return this.#delays.size;
  }

  /** True if the queue accepts no items any more, since `drain` or `cut`. */
  get closed(): boolean {
    return this.#state !== 'open';
  }

  /** Marks an item as to be worked on. After `drain` or `cut` it does nothing. */
  add(item: T, options?: AddOptions): void {
    if (this.#state !== 'open') return;
    const priority = options?.priority ?? 0;
    const waiting = this.#waiting.get(item);
    if (waiting !== undefined) {
      if (priority > waiting.priority) this.#moveUp(waiting, priority);
      return;
    }
    const working = this.#working.get(item);
    if (working === undefined) {
      this.#series.adds.add();
      this.#wait(item, priority, this.#clock.monotonic());
      this.#handOut();
    } else if (working.again === undefined) {
      this.#series.adds.add();
      this.#again++;
      working.again = { priority, since: this.#clock.monotonic() };
    } else working.again.priority = Math.max(working.again.priority, priority);
  }

  /**
   * Adds an item in `ms` milliseconds; at once when that is zero or less, never when it is `Infinity`. An item waits for one time only,
   * the earliest asked for.
   */
  addAfter(item: T, ms: number, options?: AddOptions): void {
    if (this.#state !== 'open') return;
    this.#series.retries.add();
    if (!(ms > 0)) this.add(item, options);
    else if (ms !== Number.POSITIVE_INFINITY) this.#delays.add(item, ms, options?.priority ?? 0);
  }

  /** Adds an item when the rate limiter lets it: to be called when work on it failed. */
  addRateLimited(item: T, options?: AddOptions): void {
    if (this.#state === 'open') this.addAfter(item, this.#rateLimiter.delayMs(item), options);
  }

  /** Work on the item went well: its next failure waits as a first one. It still has to be `done`. */
  forget(item: T): void {
    this.#rateLimiter.forget(item);
  }

  /** Returns the number of failures of the item since it was forgotten. */
  requeues(item: T): number {
    return this.#rateLimiter.requeues(item);
  }

  /** Takes back an item that waits for its time. Returns whether it did. What waits to be handed out is not touched. */
  cancelDelayed(item: T): boolean {
    return this.#delays.cancel(item);
  }

  /**
   * The next item; waits until there is one. Undefined when the queue was shut down and nothing is left to do. When `signal` aborts, it
   * rejects with the signal's reason and nothing is handed out.
   */
  get(options?: { readonly signal?: AbortSignal | undefined }): Promise<T | undefined> {
    const signal = options?.signal;
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#getters.size === 0 && this.#waiting.size > 0) return Promise.resolve(this.#take());
    if (this.#isOver) return Promise.resolve(undefined);
    return new Promise((resolve, reject) => {
      let stopListening = () => {};
      const getter = {
        resolve: (item: T | undefined) => {
          stopListening();
          resolve(item);
        },
      };
      this.#getters.add(getter);
      stopListening = onAbort(signal, (reason) => {
        this.#getters.delete(getter);
        reject(reason);
      });
    });
  }

  /** Work on the item is over. If it was added meanwhile it waits again. Does nothing for an item that is not out. */
  done(item: T): void {
    const working = this.#working.get(item);
    if (working === undefined) return;
    this.#series.workDuration.observe((this.#clock.monotonic() - working.startedAt) / 1000);
    this.#working.delete(item);
    if (working.again !== undefined) {
      this.#again--;
      this.#wait(item, working.again.priority, working.again.since);
      this.#handOut();
    }
    this.#checkOver();
  }

  /**
   * Takes nothing in any more, hands out what waits, and resolves when all of it is done, or when the queue is cut. What waits for its
   * time is dropped. (client-go's `ShutDownWithDrain`.)
   */
  drain(): Promise<void> {
    if (this.#state === 'open') {
      this.#state = 'draining';
      this.#delays.clear();
    }
    return new Promise((resolve) => {
      this.#drained.push(resolve);
      this.#checkOver();
    });
  }

  /** Takes nothing in and hands nothing out any more. What is being worked on is not touched. */
  cut(): void {
    this.#state = 'cut';
    this.#delays.clear();
    this.#waiting.clear();
    this.#levels.clear();
    for (const working of this.#working.values()) working.again = undefined;
    this.#again = 0;
    this.#checkOver();
  }

  /** True if the queue will never hand out an item again. */
  get #isOver(): boolean {
    if (this.#state === 'open') return false;
    return this.#state === 'cut' || (this.#waiting.size === 0 && this.#again === 0);
  }

  #checkOver(): void {
    if (!this.#isOver) return;
    for (const { resolve } of this.#getters) resolve(undefined);
    this.#getters.clear();
    if (this.#state !== 'cut' && this.#working.size > 0) return;
    for (const resolve of this.#drained.splice(0)) resolve();
    if (this.#working.size === 0) this.#series.end();
  }

  #wait(item: T, priority: number, since: number): void {
    const waiting = { item, priority, since, gone: false };
    this.#waiting.set(item, waiting);
    this.#levels.push(waiting);
  }

  #moveUp(waiting: Waiting<T>, priority: number): void {
    this.#levels.remove(waiting);
    this.#wait(waiting.item, priority, waiting.since);
  }

  #take(): T | undefined {
    const now = this.#clock.monotonic();
    const waiting = this.#levels.shift(now);
    if (waiting === undefined) return undefined;
    const { item } = waiting;
    this.#waiting.delete(item);
    this.#series.queueDuration.observe((now - waiting.since) / 1000);
    this.#working.set(item, { startedAt: now, again: undefined });
    return item;
  }

  #handOut(): void {
    for (const getter of this.#getters) {
      if (this.#waiting.size === 0) return;
      this.#getters.delete(getter);
      getter.resolve(this.#take());
    }
  }
}
