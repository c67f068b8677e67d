import { WorkQueue, type WorkQueueOptions } from '../queue/index.js';
import { type Reason, Reasons } from './reason.js';

/** The keys that wait for a reconcile, with the reasons for which they wait. */
export class KeyQueue {
  readonly #queue: WorkQueue<string>;
  readonly #reasons = new Reasons();
  /** Why a key waits for its time, by key. */
  readonly #planned = new Map<string, Reason>();

  constructor(options: WorkQueueOptions<string>) {
    this.#queue = new WorkQueue(options);
  }

  /** Adds a key that is to be reconciled now. */
  add(key: string, reason: Reason, priority?: number): void {
    this.#reasons.add(key, reason);
    this.#queue.add(key, { priority });
  }

  /** Adds a key that is to be reconciled as soon as the rate limiter lets it. */
  retry(key: string, reason: Reason): void {
    this.#planned.set(key, reason);
    this.#queue.addRateLimited(key);
  }

  /** Adds a key that is to be reconciled after so many milliseconds. */
  later(key: string, ms: number, reason: Reason): void {
    this.#planned.set(key, reason);
    this.#queue.addAfter(key, ms);
  }

  /** Takes the next key, or undefined once the queue was stopped. No other worker gets the key before `done`. */
  next(): Promise<string | undefined> {
    return this.#queue.get();
  }

  /** Returns the reasons for which a key was reconciled, and forgets them. */
  takeReasons(key: string): readonly Reason[] {
    const planned = this.#planned.get(key);
    this.#planned.delete(key);
    // This reconcile says anew when the next one is to be. If the key still waited for its time, that is not why it runs.
    const early = this.#queue.cancelDelayed(key);
    if (planned !== undefined && !early) this.#reasons.add(key, planned);
    return this.#reasons.take(key);
  }

  /** Returns the number of consecutive retries of a key. */
  retries(key: string): number {
    return this.#queue.requeues(key);
  }

  /** Forgets the retries of a key. */
  forget(key: string): void {
    this.#queue.forget(key);
  }

  /** Lets a key be taken again. */
  done(key: string): void {
    this.#queue.done(key);
  }

  /** Drops the keys that wait, and gives out no more. */
  stop(): void {
    this.#queue.cut();
  }
}
