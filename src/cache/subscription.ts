import type { Clock, Timer } from '../util/clock.js';
import type { ChangeHandler } from './change-handler.js';
import { type Delivery, type DeliveryReceiver, HandlerQueue } from './handler-queue.js';
import type { SharedCache } from './shared-cache.js';

/** Options of subscriptions. */
export interface SubscribeOptions {
  /** Every so many milliseconds each object is delivered once more, as an update from itself to itself. Default: never. */
  readonly resyncMs?: number | undefined;
  /** From how many waiting changes on there is at most one more per key. Default 1,024. */
  readonly coalesceAbove?: number | undefined;
}

/** The subscription of one subscriber. */
export interface Subscription {
  /** Resolves when the state that was there at the beginning has been delivered. Rejects when the subscription ends before. */
  readonly synced: Promise<void>;
  /** The number of changes that wait for the handler. */
  readonly backlog: number;
  /**
   * Ends it. Resolves when no callback runs any more and none will come; do not await it inside a callback that returns a promise,
   * it would wait for itself.
   */
  unsubscribe(): Promise<void>;
}

/** The options of a subscription. */
export interface CacheSubscriptionOptions extends SubscribeOptions {
  readonly handler: ChangeHandler;
  readonly onError: (error: unknown, key: string) => void;
  readonly onEnd: (subscription: CacheSubscription) => void;
  readonly clock: Clock;
}

/** One subscriber of an informer, before, while and after the informer runs. */
export class CacheSubscription implements Subscription, DeliveryReceiver {
  readonly synced: Promise<void>;
  readonly #options: CacheSubscriptionOptions;
  #markSynced: () => void = () => {};
  #failSynced: (reason: unknown) => void = () => {};
  #queue: HandlerQueue | undefined;
  #cache: SharedCache | undefined;
  #resync: Timer | undefined;
  #ended = false;

  constructor(options: CacheSubscriptionOptions) {
    this.#options = options;
    this.synced = new Promise((resolve, reject) => {
      this.#markSynced = resolve;
      this.#failSynced = reject;
    });
    // Not everybody waits for it.
    this.synced.catch(() => {});
  }

  get backlog(): number {
    return this.#queue?.backlog ?? 0;
  }

  /** Begins to deliver from this cache. */
  attach(cache: SharedCache): void {
    if (this.#ended) return;
    const { handler, clock, coalesceAbove, resyncMs } = this.#options;
    const versions = handler.needsVersions ? cache.store.versions : undefined;
    const queue = new HandlerQueue({ receiver: this, versions, clock, coalesceAbove });
    this.#queue = queue;
    this.#cache = cache;
    cache.attach(queue, () => this.#markSynced());
    if (resyncMs !== undefined && resyncMs > 0) this.#resyncEvery(resyncMs, cache, queue);
    // The subscriber gets its handle first, then the first callback.
    Promise.resolve().then(() => queue.pump());
  }

  deliver(delivery: Delivery): unknown {
    const cache = this.#cache;
    if (cache === undefined) return undefined;
    cache.metrics.informer_processed_items_total++;
    return this.#options.handler.handle(delivery, cache.store.versions);
  }

  failed(error: unknown, key: string): void {
    if (this.#cache !== undefined) this.#cache.metrics.informer_handler_errors_total++;
    this.#options.onError(error, key);
  }

  async unsubscribe(): Promise<void> {
    if (!this.#ended) {
      this.#ended = true;
      this.#resync?.cancel();
      if (this.#queue !== undefined) this.#cache?.detach(this.#queue);
      this.#options.onEnd(this);
      this.#failSynced(new DOMException('the subscription ended before it had all of the first state', 'AbortError'));
    }
    await this.#queue?.close();
  }

  #resyncEvery(everyMs: number, cache: SharedCache, queue: HandlerQueue): void {
    this.#resync = this.#options.clock.setTimer(everyMs, () => {
      if (this.#ended) return;
      cache.resync(queue);
      this.#resyncEvery(everyMs, cache, queue);
    });
  }
}
