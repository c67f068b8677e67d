import type { Clock } from '../util/clock.js';
import type { StoreChange, VersionChange } from './store.js';
import type { Versions } from './versions.js';

/** One change on its way to one handler. */
export interface Delivery {
  /** `none` once later changes have cancelled it out. */
  change: StoreChange | 'none';
  readonly key: string;
  /** The version to hand over; -1 in queues that deliver keys only. */
  slot: number;
  /** The version the handler saw last; -1 where there is none. */
  old: number;
  /** True if the change belongs to the state that existed when the handler subscribed. */
  readonly initial: boolean;
  finalStateUnknown: boolean;
}

/** Takes the changes of a handler queue. */
export interface DeliveryReceiver {
  /** Hands one change to the handler. What this throws or rejects with goes to `failed`; the queue goes on. */
  deliver(delivery: Delivery): unknown;
  /** Takes note of an error of the handler. */
  failed(error: unknown, key: string): void;
}

/** The options of a handler queue. */
export interface HandlerQueueOptions {
  readonly receiver: DeliveryReceiver;
  /** Where versions are held until they are delivered. Absent in queues that deliver keys only. */
  readonly versions?: Versions | undefined;
  readonly clock: Clock;
  /** From how many waiting changes on a key has at most one more. Default 1,024. */
  readonly coalesceAbove?: number | undefined;
}

/** The time that handlers may run before the event loop gets a turn, in milliseconds. */
const sliceMs = 8;

/**
 * The changes one handler has still to see, in order. A handler that returns a promise gets the next change when it has settled.
 *
 * When it falls behind, changes of a key that already waits are merged into the waiting one (first old state, last new state; an
 * object that came and went is not told of), so the backlog is never longer than `coalesceAbove` plus the number of keys.
 */
export class HandlerQueue {
  readonly #options: HandlerQueueOptions;
  readonly #coalesceAbove: number;
  #waiting: (Delivery | (() => void))[] = [];
  #next = 0;
  /** The last waiting change of each key; kept only while the queue is long. */
  #latest: Map<string, Delivery> | undefined;
  #busy = false;
  #closed = false;
  #idle: (() => void)[] = [];

  constructor(options: HandlerQueueOptions) {
    this.#options = options;
    this.#coalesceAbove = options.coalesceAbove ?? 1024;
  }

  /** The number of changes that wait. */
  get backlog(): number {
    return this.#waiting.length - this.#next;
  }

  /** True if a handler here uses the final state of deleted objects. */
  get holdsVersions(): boolean {
    return this.#options.versions !== undefined;
  }

  /** Adds a change. Nothing is delivered before `pump`. `initial` is true for the state that existed when the handler subscribed. */
  push(change: VersionChange, initial: boolean): void {
    if (this.#closed) return;
    if (this.backlog >= this.#coalesceAbove) {
      const latest = this.#latestByKey().get(change.key);
      if (latest !== undefined) {
        this.#merge(latest, change);
        return;
      }
    }
    this.#append(change, initial);
  }

  /** Adds an object of the present state, of which nothing waits yet. */
  seed(key: string, slot: number): void {
    if (!this.#closed) this.#append({ change: 'added', key, slot, old: -1, finalStateUnknown: false }, true);
  }

  /** Calls `fn` when everything pushed so far has been delivered. */
  after(fn: () => void): void {
    if (!this.#closed) this.#waiting.push(fn);
  }

  /** Delivers what waits, as far as the handler and the event loop allow; the rest follows by itself. */
  pump(): void {
    if (this.#busy || this.#closed || this.#next === this.#waiting.length) return;
    const { clock, receiver } = this.#options;
    const until = clock.now() + sliceMs;
    for (let count = 1; !this.#closed; count++) {
      const next = this.#take();
      if (next === undefined) return;
      if (typeof next === 'function') {
        next();
        continue;
      }
      if (next.change === 'none') continue;
      let result: unknown;
      try {
        result = receiver.deliver(next);
      } catch (error) {
        receiver.failed(error, next.key);
      }
      if (isThenable(result)) {
        this.#waitFor(
          result.then(
            () => this.#releaseBoth(next),
            (error) => {
              this.#releaseBoth(next);
              receiver.failed(error, next.key);
            },
          ),
        );
        return;
      }
      this.#releaseBoth(next);
      if (count % 4 === 0 && this.backlog > 0 && clock.now() >= until) {
        this.#waitFor(clock.sleep(0));
        return;
      }
    }
  }

  /** Drops what waits. Resolves when no handler of this queue runs any more and none will. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const waiting of this.#waiting.slice(this.#next))
      if (typeof waiting !== 'function') this.#releaseBoth(waiting);
    this.#waiting = [];
    this.#next = 0;
    this.#latest = undefined;
    if (this.#busy) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #append({ change, key, slot, old, finalStateUnknown }: VersionChange, initial: boolean): void {
    const { versions } = this.#options;
    const delivery: Delivery = {
      change,
      key,
      slot: versions === undefined ? -1 : slot,
      old: versions === undefined ? -1 : old,
      initial,
      finalStateUnknown,
    };
    this.#retain(delivery.slot);
    this.#retain(delivery.old);
    this.#waiting.push(delivery);
    this.#latest?.set(key, delivery);
  }

  #waitFor(work: PromiseLike<unknown>): void {
    this.#busy = true;
    const go = () => {
      this.#busy = false;
      for (const resolve of this.#idle.splice(0)) resolve();
      this.pump();
    };
    work.then(go, go);
  }

  #take(): Delivery | (() => void) | undefined {
    if (this.#next === this.#waiting.length) return undefined;
    const next = this.#waiting[this.#next++];
    if (this.#next === this.#waiting.length) {
      this.#waiting = [];
      this.#next = 0;
      this.#latest = undefined;
    } else if (this.#next > 4096 && this.#next > this.#waiting.length / 2) {
      this.#waiting = this.#waiting.slice(this.#next);
      this.#next = 0;
    }
    if (this.#latest !== undefined && typeof next === 'object' && this.#latest.get(next.key) === next) {
      this.#latest.delete(next.key);
    }
    return next;
  }

  #latestByKey(): Map<string, Delivery> {
    if (this.#latest === undefined) {
      this.#latest = new Map();
      for (let i = this.#next; i < this.#waiting.length; i++) {
        const waiting = this.#waiting[i];
        if (typeof waiting === 'object') this.#latest.set(waiting.key, waiting);
      }
    }
    return this.#latest;
  }

  #merge(waiting: Delivery, { change, slot, finalStateUnknown }: VersionChange): void {
    const seenBefore = waiting.old !== -1 || waiting.change === 'updated' || waiting.change === 'deleted';
    this.#release(waiting.slot);
    waiting.slot = this.#options.versions === undefined ? -1 : slot;
    this.#retain(waiting.slot);
    waiting.finalStateUnknown = finalStateUnknown;
    if (change !== 'deleted') waiting.change = seenBefore ? 'updated' : 'added';
    else if (seenBefore) waiting.change = 'deleted';
    else {
      this.#release(waiting.slot);
      waiting.slot = -1;
      waiting.change = 'none';
    }
  }

  #releaseBoth(delivery: Delivery): void {
    this.#release(delivery.slot);
    this.#release(delivery.old);
  }

  #retain(slot: number): void {
    if (slot !== -1) this.#options.versions?.retain(slot);
  }

  #release(slot: number): void {
    if (slot !== -1) this.#options.versions?.release(slot);
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
