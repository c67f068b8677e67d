import type { ApiCaller } from '../client/api-caller.js';
import type { Encoding } from '../client/encoding.js';
import { checkOptions, type KeysOf } from '../errors/check-options.js';
import { InvalidRequestError, TimeoutError } from '../errors/index.js';
import { fieldQueryString, type KubeObject, labelQueryString, type Resource, type Scope } from '../meta/index.js';
import { abortable, deadlineSignal, onAbort } from '../util/abort.js';
import { acquireCache, type CacheSpec, releaseCache } from './cache-pool.js';
import { type ChangeHandler, KeyHandler, ObjectHandler, ViewHandler } from './change-handler.js';
import { type IndexDefinition, indexIdentity, indexReader } from './index-definition.js';
import { type InformerMetrics, newMetrics } from './informer-metrics.js';
import {
  type InformerHandlers,
  type InformerOptions,
  type InformerStatus,
  informerOptions,
  type KeyChange,
  type StartOptions,
} from './informer-options.js';
import { type Cached, CacheLister, type Lister } from './lister.js';
import { type ObjectView, VersionView, type ViewChange } from './object-view.js';
import { projectionOf } from './projection.js';
import type { SharedCache } from './shared-cache.js';
import { CacheSubscription, type SubscribeOptions, type Subscription } from './subscription.js';

const sharedCache = Symbol('sharedCache');
const subscribeToViews = Symbol('subscribeToViews');

/** A handler that fails on everything is not to flood the log. */
const maxWarnings = 20;

/**
 * A live copy of a collection: lists and watches once, keeps the newest state of every object, and tells subscribers what changes.
 *
 * It recovers from everything until it is stopped; how it stands is in `status()`. Informers of one cluster handle that watch the
 * same share one watch and one store. An informer runs once: after `stop()`, make another.
 */
export class Informer<T extends KubeObject, S extends Scope = Scope> {
  /** Reads the cache. */
  readonly lister: Lister<T, S>;
  readonly #caller: ApiCaller;
  readonly #options: InformerOptions<T, S>;
  readonly #spec: CacheSpec;
  readonly #indexes = new Map<string, IndexDefinition<Cached<T, S>>>();
  readonly #subscriptions = new Set<CacheSubscription>();
  #cache: SharedCache | undefined;
  #started: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;
  #cleanUp: (() => void)[] = [];
  /** Ends a `start()` that is under way. */
  readonly #ending = new AbortController();
  #warnings = 0;
  #warnedUnstarted = false;

  /** Made by `cluster.informer`. Throws `InvalidRequestError` or `FormatError` for options that make no sense. */
  constructor(caller: ApiCaller, resource: Resource<T, S, unknown>, options: InformerOptions<T, S> = {}) {
    checkOptions('informer', options, informerOptions);
    this.#caller = caller;
    this.#options = options;
    this.#spec = specOf(resource, options, caller.encoding);
    for (const [name, definition] of Object.entries(options.indexes ?? {})) this.#indexes.set(name, definition);
    const informer = this;
    this.lister = new CacheLister<T, S>({
      get cache() {
        informer.#warnUnstarted();
        return informer.#cache;
      },
      index: (name) => {
        const definition = informer.#indexes.get(name);
        return definition === undefined ? undefined : informer.#cache?.store.index(indexIdentity(definition));
      },
      get indexNames() {
        return [...informer.#indexes.keys()];
      },
    });
  }

  /**
   * Tells handlers of every change, with objects. One that comes late gets the present state first, marked `initial`. Nothing is
   * delivered before `start()`, nor before this call has returned.
   */
  subscribe(handlers: InformerHandlers<T, S>, options: SubscribeOptions = {}): Subscription {
    checkOptions('subscribe', handlers, { added: true, updated: true, deleted: true });
    return this.#subscribe(options, new ObjectHandler(handlers));
  }

  /** Tells a handler of every change by key only. Objects are not parsed for it, and older states are not kept. */
  subscribeKeys(handler: (key: string, change: KeyChange) => unknown, options: SubscribeOptions = {}): Subscription {
    return this.#subscribe(options, new KeyHandler(handler));
  }

  /** Adds an index; on a running informer it is filled from the cache at once. Throws `InvalidRequestError` when the name is taken. */
  addIndex(name: string, definition: IndexDefinition<Cached<T, S>>): void {
    if (this.#indexes.has(name))
      throw new InvalidRequestError(`the informer has an index ${JSON.stringify(name)} already`);
    this.#indexes.set(name, definition);
    if (this.#cache !== undefined) this.#fill(this.#cache, definition);
  }

  /**
   * Begins to list and watch. Resolves when the first whole state is in the cache and has been delivered to everybody who had
   * subscribed. When `signal` aborts, the informer stops, and this rejects with the signal's reason unless it has resolved.
   *
   * It waits as long as it takes, and a refusal (401, 403, 404) is reported at once: to `onError`, else as a process warning. With
   * `timeoutMs` this rejects with a `TimeoutError` that says what the server answered last; the informer goes on trying until `stop()`.
   */
  start(options: StartOptions = {}): Promise<void> {
    checkOptions('start', options, { signal: true, timeoutMs: true } satisfies KeysOf<StartOptions>);
    if (this.#stopped !== undefined) {
      return Promise.reject(new InvalidRequestError('the informer was stopped: make another to watch again'));
    }
    this.#started ??= this.#start(options.signal);
    const { timeoutMs } = options;
    return timeoutMs === undefined ? this.#started : this.#within(this.#started, timeoutMs);
  }

  /**
   * Ends all subscriptions, and the watch too if no other informer shares it. Resolves when no callback runs any more and none will
   * come; do not await it inside a callback that returns a promise.
   */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  /** As `stop`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /**
   * Waits until the cache has everything up to a version, such as that of an own write. With selectors or on a quiet collection that may
   * take until the next bookmark (about a minute), as versions of other objects are not seen. Rejects with a `TimeoutError` after
   * `timeoutMs` (default 10 000), or with the signal's reason. With several namespaces, name the one written in.
   */
  async seen(
    resourceVersion: string,
    options: {
      readonly timeoutMs?: number | undefined;
      readonly signal?: AbortSignal | undefined;
      readonly namespace?: string | undefined;
    } = {},
  ): Promise<void> {
    const cache = this.#cache;
    if (cache === undefined)
      throw new InvalidRequestError('the informer is not running: start it before waiting for its cache');
    const reached = () => cache.hasSeen(resourceVersion, options.namespace);
    await cache.until(reached, `resourceVersion ${resourceVersion}`, options.timeoutMs ?? 10_000, options.signal);
  }

  /** Returns the current state. */
  status(): InformerStatus {
    const cache = this.#cache;
    const reflectors = cache?.reflectors.map(({ reflector }) => reflector) ?? [];
    const latest = (times: (number | undefined)[]) =>
      times.reduce((a, b) => (a === undefined || (b !== undefined && b > a) ? b : a), undefined);
    return {
      synced: cache?.synced ?? false,
      resourceVersion: reflectors[0]?.resourceVersion ?? '',
      lastByteAt: latest(reflectors.map((one) => one.lastByteAt)),
      lastEventAt: latest(reflectors.map((one) => one.lastEventAt)),
      lastBookmarkAt: latest(reflectors.map((one) => one.lastBookmarkAt)),
      restarts: reflectors.reduce((sum, one) => sum + one.restarts, 0),
      lastError: cache?.lastInterruption,
      objects: cache?.store.size ?? 0,
      bytes: cache?.store.versions.liveBytes ?? 0,
      allocatedBytes: cache?.store.versions.allocatedBytes ?? 0,
      hydrated: cache?.store.versions.hydrated ?? 0,
      backlog: cache?.backlog ?? 0,
    };
  }

  /**
   * Reports whether the cache is whole and every watch has received something within `maxAgeMs`. Use it in readiness probes.
   * A quiet watch receives one bookmark a minute, so use at least two minutes.
   */
  isFresh(maxAgeMs: number): boolean {
    const cache = this.#cache;
    if (cache?.synced !== true) return false;
    const now = cache.clock.now();
    return cache.reflectors.every(({ reflector }) => now - (reflector.lastByteAt ?? 0) <= maxAgeMs);
  }

  /** Returns the counters of this informer as plain numbers. Informers that share a cache share its counters. */
  metrics(): InformerMetrics {
    const cache = this.#cache;
    if (cache === undefined) return newMetrics();
    return structuredClone({
      ...cache.metrics,
      reflector_last_resource_version: Number(cache.reflectors[0]?.reflector.resourceVersion) || 0,
      informer_queued_items: cache.backlog,
      informer_store_objects: cache.store.size,
      informer_store_bytes: cache.store.versions.liveBytes,
    });
  }

  /** @internal */
  [sharedCache](): SharedCache | undefined {
    return this.#cache;
  }

  /** @internal */
  [subscribeToViews](handler: (change: ViewChange<T, S>) => unknown, options: SubscribeOptions): Subscription {
    return this.#subscribe(options, new ViewHandler(handler));
  }

  #subscribe(options: SubscribeOptions, handler: ChangeHandler): Subscription {
    if (this.#stopped !== undefined)
      throw new InvalidRequestError('the informer was stopped: make another to subscribe to');
    checkOptions('subscribe', options, { resyncMs: true, coalesceAbove: true });
    const subscription = new CacheSubscription({
      ...options,
      handler,
      onError: (error, key) => this.#report(error, key),
      onEnd: (ended) => this.#subscriptions.delete(ended),
      clock: this.#caller.shared.clock,
    });
    this.#subscriptions.add(subscription);
    if (this.#cache !== undefined) subscription.attach(this.#cache);
    return subscription;
  }

  async #within(started: Promise<void>, timeoutMs: number): Promise<void> {
    const tooLate = () => {
      const last = this.#cache?.lastInterruption;
      const why = last === undefined ? '' : `: ${last.error instanceof Error ? last.error.message : last.kind}`;
      const { kind } = this.#spec.resource;
      return new TimeoutError(`the informer for ${kind} was not synced within ${timeoutMs} ms${why}`, {
        deadline: 'wait',
        timeoutMs,
        cause: last?.error,
      });
    };
    const deadline = deadlineSignal(this.#caller.shared.clock, timeoutMs, tooLate);
    try {
      await abortable(started, deadline.signal);
    } finally {
      deadline.dispose();
    }
  }

  /** A read before `start()` finds nothing, which is easily taken for an empty collection. */
  #warnUnstarted(): void {
    if (this.#started !== undefined || this.#stopped !== undefined || this.#warnedUnstarted) return;
    this.#warnedUnstarted = true;
    const { kind } = this.#spec.resource;
    process.emitWarning(
      `the informer for ${kind} was read before it was started: its cache is empty. Call start() first.`,
    );
  }

  async #start(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    const cache = acquireCache(this.#caller, this.#spec, this.#options);
    this.#cache = cache;
    for (const definition of this.#indexes.values()) this.#fill(cache, definition);
    if (this.#options.onError !== undefined) {
      this.#cleanUp.push(cache.onTrouble((error) => this.#options.onError?.(error, {})));
    }
    const subscriptions = [...this.#subscriptions];
    for (const subscription of subscriptions) subscription.attach(cache);
    this.#cleanUp.push(
      onAbort(signal, (reason) => {
        this.#ending.abort(reason);
        void this.stop();
      }),
    );
    cache.run();
    const first = Promise.all([cache.whenSynced(), ...subscriptions.map(({ synced }) => synced)]);
    await abortable(first, this.#ending.signal);
  }

  async #stop(): Promise<void> {
    this.#ending.abort(new DOMException('the informer was stopped', 'AbortError'));
    for (const cleanUp of this.#cleanUp.splice(0)) cleanUp();
    await Promise.all([...this.#subscriptions].map((subscription) => subscription.unsubscribe()));
    const cache = this.#cache;
    if (cache === undefined) return;
    for (const definition of this.#indexes.values()) cache.store.removeIndex(indexIdentity(definition));
    await releaseCache(this.#caller, this.#spec, cache);
    this.#cache = undefined;
  }

  #fill(cache: SharedCache, definition: IndexDefinition<Cached<T, S>>): void {
    const report = (error: unknown) => {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      cache.trouble(error, `an index function of ${this.#spec.resource.kind} failed: ${text}`);
    };
    cache.store.addIndex(indexIdentity(definition), indexReader(definition, cache.store.versions, report));
  }

  #report(error: unknown, key: string): void {
    if (this.#options.onError !== undefined) this.#options.onError(error, { key });
    else if (++this.#warnings <= maxWarnings)
      process.emitWarning(
        `an informer handler failed on ${key}: ${error instanceof Error ? error.stack : String(error)}`,
      );
  }
}

/** Returns the shared cache of a running informer. Used by `controller`. */
export function cacheOf<T extends KubeObject, S extends Scope>(informer: Informer<T, S>): SharedCache | undefined {
  return informer[sharedCache]();
}

/** Calls a handler on every change with views, which parse only what is read. Used by `controller`. */
export function subscribeViews<T extends KubeObject, S extends Scope>(
  informer: Informer<T, S>,
  handler: (change: ViewChange<T, S>) => unknown,
  options: SubscribeOptions = {},
): Subscription {
  return informer[subscribeToViews](handler, options);
}

/** Returns the newest state of an object as a view, good until the next change. Used by `gateway`. */
export function viewOf<T extends KubeObject, S extends Scope>(
  informer: Informer<T, S>,
  key: string,
): ObjectView<T, S> | undefined {
  const store = cacheOf(informer)?.store;
  const slot = store?.slot(key);
  return store === undefined || slot === undefined ? undefined : new VersionView(store.versions, slot);
}

function specOf<T extends KubeObject, S extends Scope>(
  resource: Resource<T, S, unknown>,
  options: InformerOptions<T, S>,
  usual: Encoding,
): CacheSpec {
  const { namespace, metadataOnly = false, keepManagedFields = false, project, transform } = options;
  const namespaces =
    namespace === undefined ? [] : typeof namespace === 'string' ? [namespace] : [...new Set(namespace)].sort();
  const request = { verb: 'watch', kind: resource.kind };
  if (namespace !== undefined && resource.scope !== 'Namespaced') {
    throw new InvalidRequestError('the kind has no namespaces: leave `namespace` out', { request });
  }
  if (namespace !== undefined && (namespaces.length === 0 || namespaces.includes(''))) {
    throw new InvalidRequestError('`namespace` names none: leave it out to watch all', { request });
  }
  // Wrong paths are to be found here, not when the first object arrives.
  if (project !== undefined) projectionOf(project);
  return {
    resource: resource as Resource,
    namespaces,
    labels: labelQueryString(options.labels),
    fields: fieldQueryString(options.fields),
    shardSelector: options.shardSelector,
    metadataOnly,
    keepManagedFields,
    encoding: options.encoding ?? usual,
    project: project === undefined ? undefined : [...project].sort(),
    transform,
  };
}
