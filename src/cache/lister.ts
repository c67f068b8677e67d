import { DecodingError, InvalidRequestError } from '../errors/index.js';
import {
  type DeepReadonly,
  type KubeObject,
  type LabelQuery,
  type Scope,
  type Stored,
  toLabelSelector,
} from '../meta/index.js';
import { MalformedError } from '../wire/codec.js';
import { labelIdentity } from './index-definition.js';
import { isAtLeast, type SharedCache } from './shared-cache.js';
import type { SlotIndex } from './slot-index.js';
import type { Store } from './store.js';

/** An object out of a cache: shared by everybody who reads it, so nobody may write to it. `structuredClone` gives one's own. */
export type Cached<T extends KubeObject, S extends Scope = Scope> = {
  readonly [K in keyof Stored<T, S>]: DeepReadonly<Stored<T, S>[K]>;
};

/** Which objects of a cache are meant. */
export interface CacheSelection {
  readonly namespace?: string | undefined;
  /** By label. Fast where one of the labels asked for has an index (`{ label: … }`), or with a namespace. */
  readonly labels?: LabelQuery | undefined;
}

/** Options of reads that wait for the cache. */
export interface AtLeastOptions {
  /** The `resourceVersion` a write answered with: the cache is read once it has got that far. */
  readonly atLeast: string;
  /** The time to wait, in milliseconds, before a `TimeoutError`. Default 10 000. */
  readonly timeoutMs?: number | undefined;
  /** Ends the waiting: it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads a cache. What it returns is deep-readonly, shared, and carries no `managedFields` unless the informer keeps them. Before the
 * informer has started, and after it has stopped, there is nothing in it; before it has synced, only what has come so far.
 *
 * Throws `DecodingError` for an object whose bytes turn out to be no document.
 */
export interface Lister<T extends KubeObject, S extends Scope = Scope> extends Iterable<Cached<T, S>> {
  /** The object with this key: `namespace/name`, or `name` for kinds without a namespace. Undefined when the cache has none. */
  get(key: string): Cached<T, S> | undefined;
  /** The same, once the cache has seen a write of your own. Rejects with a `TimeoutError` when that takes too long. */
  get(key: string, options: AtLeastOptions): Promise<Cached<T, S> | undefined>;
  /** Reports whether the cache has an object with this key. Never parses. */
  has(key: string): boolean;
  /** All objects selected, in no promised order. */
  list(selection?: CacheSelection): Cached<T, S>[];
  /** The objects with this value in an index. Throws `InvalidRequestError` when the informer has no such index. */
  by(index: string, value: string): Cached<T, S>[];
  /** The keys of the objects with this value in an index. Never parses. */
  keysBy(index: string, value: string): string[];
  /** The keys of all objects selected. Never parses. */
  keys(selection?: CacheSelection): string[];
  /** Returns the number of selected objects. Never parses. */
  count(selection?: CacheSelection): number;
  /** All objects, one by one and without a copy of the list. Changes meanwhile are seen or not. */
  [Symbol.iterator](): IterableIterator<Cached<T, S>>;
}

/** The data that a lister reads: the cache while the informer runs, and its indexes by name. */
export interface ListerSource {
  readonly cache: SharedCache | undefined;
  index(name: string): SlotIndex | undefined;
  readonly indexNames: readonly string[];
}

const defaultTimeoutMs = 10_000;

/** The lister of an informer. */
export class CacheLister<T extends KubeObject, S extends Scope> implements Lister<T, S> {
  readonly #source: ListerSource;

  constructor(source: ListerSource) {
    this.#source = source;
  }

  get(key: string): Cached<T, S> | undefined;
  get(key: string, options: AtLeastOptions): Promise<Cached<T, S> | undefined>;
  get(key: string, options?: AtLeastOptions): Cached<T, S> | undefined | Promise<Cached<T, S> | undefined> {
    if (options !== undefined) return this.#getAtLeast(key, options);
    const store = this.#source.cache?.store;
    const slot = store?.slot(key);
    return store === undefined || slot === undefined ? undefined : this.#object(store, slot);
  }

  has(key: string): boolean {
    return this.#source.cache?.store.slot(key) !== undefined;
  }

  list(selection: CacheSelection = {}): Cached<T, S>[] {
    const store = this.#source.cache?.store;
    if (store === undefined) return [];
    return this.#select(store, selection).map((slot) => this.#object(store, slot));
  }

  by(index: string, value: string): Cached<T, S>[] {
    const store = this.#source.cache?.store;
    const slots = this.#indexed(index, value);
    return store === undefined ? [] : slots.map((slot) => this.#object(store, slot));
  }

  keysBy(index: string, value: string): string[] {
    const store = this.#source.cache?.store;
    const slots = this.#indexed(index, value);
    return store === undefined ? [] : slots.map((slot) => store.versions.key(slot));
  }

  keys(selection: CacheSelection = {}): string[] {
    const store = this.#source.cache?.store;
    if (store === undefined) return [];
    return this.#select(store, selection).map((slot) => store.versions.key(slot));
  }

  count(selection: CacheSelection = {}): number {
    const store = this.#source.cache?.store;
    if (store === undefined) return 0;
    if (selection.labels !== undefined) return this.#select(store, selection).length;
    return selection.namespace === undefined ? store.size : store.namespaces.count(selection.namespace);
  }

  *[Symbol.iterator](): IterableIterator<Cached<T, S>> {
    const store = this.#source.cache?.store;
    if (store === undefined) return;
    for (const [, slot] of store.entries()) yield this.#object(store, slot);
  }

  async #getAtLeast(key: string, options: AtLeastOptions): Promise<Cached<T, S> | undefined> {
    const { cache } = this.#source;
    if (cache === undefined)
      throw new InvalidRequestError('the informer is not running: start it before waiting for its cache');
    const slash = key.indexOf('/');
    const namespace = slash === -1 ? undefined : key.slice(0, slash);
    const { store } = cache;
    const reached = () => {
      const slot = store.slot(key);
      if (slot !== undefined && isAtLeast(store.versions.resourceVersion(slot), options.atLeast)) return true;
      return cache.hasSeen(options.atLeast, namespace);
    };
    const what = `${key} at resourceVersion ${options.atLeast}`;
    await cache.until(reached, what, options.timeoutMs ?? defaultTimeoutMs, options.signal);
    return this.get(key);
  }

  #indexed(name: string, value: string): number[] {
    const index = this.#source.index(name);
    if (index !== undefined) return index.slots(value);
    if (this.#source.indexNames.includes(name)) return [];
    const known = this.#source.indexNames.map((one) => JSON.stringify(one)).join(', ');
    throw new InvalidRequestError(
      `the informer has no index ${JSON.stringify(name)} (it has ${known === '' ? 'none' : known}): declare it in its options or with addIndex`,
    );
  }

  #select(store: Store, { namespace, labels }: CacheSelection): number[] {
    const selector = labels === undefined ? undefined : toLabelSelector(labels);
    if (selector === undefined || selector.isEmpty) return inNamespace(store, namespace);
    let candidates: number[] | undefined;
    for (const requirement of selector.requirements) {
      const exact = requirement.operator === '=' || requirement.operator === '==' || requirement.operator === 'in';
      const index = exact ? store.index(labelIdentity(requirement.key)) : undefined;
      if (index === undefined) continue;
      const found = [...new Set(requirement.values)].flatMap((value) => index.slots(value));
      if (candidates === undefined || found.length < candidates.length) candidates = found;
    }
    const { versions } = store;
    if (
      candidates === undefined ||
      (namespace !== undefined && store.namespaces.count(namespace) < candidates.length)
    ) {
      candidates = inNamespace(store, namespace);
    } else if (namespace !== undefined) {
      candidates = candidates.filter((slot) => versions.key(slot).startsWith(`${namespace}/`));
    }
    return candidates.filter((slot) => {
      const head = versions.head(slot);
      // Only the labels asked for are read, not the map of all.
      const read: Record<string, string> = {};
      for (const { key } of selector.requirements) {
        const value = head.label(key);
        if (value !== undefined) read[key] = value;
      }
      return selector.matches(read);
    });
  }

  #object(store: Store, slot: number): Cached<T, S> {
    try {
      // The decode boundary: what the server sent is taken for the type it was asked for.
      return store.versions.object(slot) as Cached<T, S>;
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      throw new DecodingError(`the cached ${store.versions.key(slot)} is no document: ${error.message}`, {
        offset: error.offset,
        cause: error,
      });
    }
  }
}

function inNamespace(store: Store, namespace: string | undefined): number[] {
  return namespace === undefined ? Array.from(store.entries(), ([, slot]) => slot) : store.namespaces.slots(namespace);
}
