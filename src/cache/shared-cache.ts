import { TimeoutError } from '../errors/index.js';
import { compareResourceVersions } from '../meta/index.js';
import { abortable, abortForMany, deadlineSignal } from '../util/abort.js';
import type { Clock } from '../util/clock.js';
import { isAccessProblem } from './access-advice.js';
import type { HandlerQueue } from './handler-queue.js';
import { type InformerMetrics, newMetrics } from './informer-metrics.js';
import type { Interruption } from './interruption.js';
import type { Reflector, ReflectorListener } from './reflector.js';
import { Store, type StoreListener, type StoreOptions, type VersionChange } from './store.js';

/** The options of a shared cache. */
export interface SharedCacheOptions extends Omit<StoreOptions, 'listener'> {
  readonly clock: Clock;
  /** Makes one reflector per namespace watched, or one for all. */
  readonly reflectors: (cache: SharedCache) => readonly ScopedReflector[];
}

/** A reflector and the namespace it is for; absent where it is for all. */
export interface ScopedReflector {
  readonly namespace: string | undefined;
  readonly reflector: Reflector;
}

interface Waiter {
  readonly reached: () => boolean;
  readonly resolve: () => void;
  /** Called when the cache stops first. */
  readonly reject: (reason: unknown) => void;
}

const mostWarnings = 20;

/**
 * One store, the reflectors that fill it and the queues it feeds: what all informers of the same thing share. Runs while somebody
 * uses it.
 */
export class SharedCache implements StoreListener, ReflectorListener {
  readonly store: Store;
  readonly clock: Clock;
  readonly metrics: InformerMetrics = newMetrics();
  readonly #reflectors: readonly ScopedReflector[];
  readonly #queues = new Set<HandlerQueue>();
  readonly #troubleListeners = new Set<(error: unknown) => void>();
  /** The warnings given, so that a cache that keeps failing does not flood the log. */
  readonly #warned = new Set<string>();
  #waiters: Waiter[] = [];
  #synced = false;
  #running: { readonly controller: AbortController; readonly done: Promise<unknown> } | undefined;
  /** The number of informers that use the cache. */
  users = 0;

  constructor(options: SharedCacheOptions) {
    this.clock = options.clock;
    this.store = new Store({ ...options, listener: this });
    this.#reflectors = options.reflectors(this);
  }

  /** True once a whole state has arrived from every reflector. */
  get synced(): boolean {
    return this.#synced;
  }

  /** The reflectors, for status. */
  get reflectors(): readonly ScopedReflector[] {
    return this.#reflectors;
  }

  /** The latest interruption of any reflector. */
  get lastInterruption(): Interruption | undefined {
    let latest: Interruption | undefined;
    for (const { reflector } of this.#reflectors) {
      const { interruption } = reflector;
      if (interruption !== undefined && (latest === undefined || interruption.at >= latest.at)) latest = interruption;
    }
    return latest;
  }

  /** Begins to list and watch, if that is not under way. */
  run(): void {
    if (this.#running !== undefined) return;
    const controller = abortForMany();
    const done = Promise.all(this.#reflectors.map(({ reflector }) => reflector.run(controller.signal)));
    this.#running = { controller, done };
    // Only what trying again cannot help ends a reflector, such as a handle that was closed.
    done.catch((error) => {
      this.trouble(error);
      controller.abort(error);
      for (const { reject } of this.#waiters.splice(0)) reject(error);
    });
  }

  /** Ends lists and watches, and forgets everything. */
  async stop(): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    const reason = new DOMException('the informer was stopped', 'AbortError');
    running.controller.abort(reason);
    await running.done.catch(() => {});
    for (const { reject } of this.#waiters.splice(0)) reject(reason);
    this.store.clear();
  }

  /**
   * Feeds a queue from now on, after the present state. `whenSynced` is called when all of the first state has been delivered to it.
   */
  attach(queue: HandlerQueue, whenSynced: () => void): void {
    for (const [key, slot] of this.store.entries()) queue.seed(key, slot);
    this.#queues.add(queue);
    if (this.#synced) queue.after(whenSynced);
    else this.#waiters.push({ reached: () => this.#synced, resolve: () => queue.after(whenSynced), reject: () => {} });
  }

  /** Feeds a queue no more. */
  detach(queue: HandlerQueue): void {
    this.#queues.delete(queue);
  }

  /** Tells a queue of every object once more, as an update from itself to itself. */
  resync(queue: HandlerQueue): void {
    for (const [key, slot] of this.store.entries())
      queue.push({ change: 'updated', key, slot, old: slot, finalStateUnknown: false }, false);
    queue.pump();
  }

  /** Calls `listener` with everything that goes wrong. Returns the way to stop that. */
  onTrouble(listener: (error: unknown) => void): () => void {
    this.#troubleListeners.add(listener);
    return () => this.#troubleListeners.delete(listener);
  }

  /** Reports trouble. Where nobody listens, what a user has to mend becomes a process warning, each text once. */
  trouble(error: unknown, warning = isAccessProblem(error) ? error.message : undefined): void {
    for (const listener of this.#troubleListeners) listener(error);
    if (this.#troubleListeners.size > 0 || warning === undefined || this.#warned.size >= mostWarnings) return;
    if (this.#warned.has(warning)) return;
    this.#warned.add(warning);
    process.emitWarning(`an informer is in trouble: ${warning}`);
  }

  /** Delivers what the last bytes brought. */
  progress(): void {
    if (!this.#synced && this.#reflectors.every(({ reflector }) => reflector.synced)) this.#synced = true;
    if (this.#waiters.length > 0) {
      const waiters = this.#waiters;
      this.#waiters = [];
      for (const waiter of waiters) {
        if (waiter.reached()) waiter.resolve();
        else this.#waiters.push(waiter);
      }
    }
    for (const queue of this.#queues) queue.pump();
  }

  /** Reports whether the store contains everything up to this version, in one namespace or in all that are watched. */
  hasSeen(resourceVersion: string, namespace: string | undefined): boolean {
    return this.#reflectors
      .filter((scoped) => namespace === undefined || scoped.namespace === undefined || scoped.namespace === namespace)
      .every(({ reflector }) => isAtLeast(reflector.resourceVersion, resourceVersion));
  }

  /** Resolves when a whole state has come from every reflector; rejects when the cache stops before. */
  whenSynced(): Promise<void> {
    if (this.#synced) return Promise.resolve();
    return new Promise((resolve, reject) => this.#waiters.push({ reached: () => this.#synced, resolve, reject }));
  }

  /** Resolves when `reached` holds; rejects with a `TimeoutError` after `timeoutMs`, or with the signal's reason. */
  async until(reached: () => boolean, what: string, timeoutMs: number, signal: AbortSignal | undefined): Promise<void> {
    if (reached()) return;
    const waiting = new Promise<void>((resolve, reject) => this.#waiters.push({ reached, resolve, reject }));
    const makeReason = () =>
      new TimeoutError(`the cache did not see ${what} within ${timeoutMs} ms`, { deadline: 'wait', timeoutMs });
    const deadline = deadlineSignal(this.clock, timeoutMs, makeReason, signal);
    try {
      await abortable(waiting, deadline.signal);
    } finally {
      deadline.dispose();
      this.#waiters = this.#waiters.filter((waiter) => waiter.reached !== reached);
    }
  }

  /** The changes that wait, over all queues. */
  get backlog(): number {
    let sum = 0;
    for (const queue of this.#queues) sum += queue.backlog;
    return sum;
  }

  /** Passes a change of the store to the queues. */
  changed(change: VersionChange): void {
    const initial = !this.#synced && change.change === 'added';
    for (const queue of this.#queues) queue.push(change, initial);
  }

  /** Reports whether a queue holds versions. */
  wantsFinalState(): boolean {
    for (const queue of this.#queues) if (queue.holdsVersions) return true;
    return false;
  }
}

/** Reports whether version `have` is `wanted` or later. Opaque versions count only if they are equal. */
export function isAtLeast(have: string, wanted: string): boolean {
  if (have === wanted) return true;
  try {
    return have !== '' && compareResourceVersions(have, wanted) >= 0;
  } catch {
    return false;
  }
}
