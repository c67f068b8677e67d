import { exponentialRateLimiter, WorkQueue } from '../../queue/index.js';
import { onAbort } from '../../util/abort.js';
import { turn } from '../../util/next-turn.js';
import type { ServerContext } from '../object/server-context.js';

/** Reconciles one key. The result `'requeue'` brings the key back with back-off, as an error does. */
export type Reconcile = (key: string) => Promise<unknown>;

/** The longest back-off of a key that keeps failing, in milliseconds. */
const maxBackoffMs = 60_000;

/** The keys that a controller reconciles before it lets the event loop turn. */
const keysPerTurn = 16;

/**
 * The work queue of one built-in controller: it reconciles one key at a time, retries a key that failed with back-off, and lets the event
 * loop turn after every few keys. A controller that never comes to rest therefore cannot stop the server from answering.
 */
export class ControllerQueue {
  readonly #queue: WorkQueue<string>;
  readonly #signal: AbortSignal;

  /** Starts to work. Ends when `signal` aborts. */
  constructor({ clock }: Pick<ServerContext, 'clock'>, signal: AbortSignal, reconcile: Reconcile) {
    this.#signal = signal;
    this.#queue = new WorkQueue({ clock, rateLimiter: exponentialRateLimiter({ maxMs: maxBackoffMs }) });
    onAbort(signal, () => this.#queue.cut());
    void this.#run(reconcile);
  }

  /** Adds a key. A key that already waits is reconciled once. */
  add(key: string): void {
    this.#queue.add(key);
  }

  /** Adds a key in `ms` milliseconds. */
  addAfter(key: string, ms: number): void {
    this.#queue.addAfter(key, ms);
  }

  async #run(reconcile: Reconcile): Promise<void> {
    for (let reconciled = 1; ; reconciled++) {
      const key = await this.#queue.get();
      if (key === undefined || this.#signal.aborted) return;
      try {
        if ((await reconcile(key)) === 'requeue') this.#queue.addRateLimited(key);
        else this.#queue.forget(key);
      } catch {
        // A conflict, or an object that cannot be written: the next try reads it anew.
        this.#queue.addRateLimited(key);
      } finally {
        this.#queue.done(key);
      }
      if (reconciled % keysPerTurn === 0) await turn();
    }
  }
}
