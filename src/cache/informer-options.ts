import type { Encoding } from '../client/encoding.js';
import type { ShardedSelection } from '../client/options.js';
import type { KeysOf } from '../errors/check-options.js';
import type { KubeObject, Scope } from '../meta/index.js';
import type { IndexDefinition } from './index-definition.js';
import type { Interruption } from './interruption.js';
import type { Cached } from './lister.js';

/** The tuning of a cache. If informers share a cache, the tuning of the first one applies. */
export interface CacheTuning {
  /**
   * The number of bytes (as stored) that may be hydrated. An object takes about three to five times its bytes in the heap. Default 8 MiB.
   */
  readonly hydratedBytes?: number | undefined;
  /** False: the state is always fetched by paged LIST, never streamed (KEP-3157). Default true, with LIST as the fallback. */
  readonly watchList?: boolean | undefined;
  /** Objects per page of a LIST. Default 500. */
  readonly pageSize?: number | undefined;
  /** For how long a watch on a server that sends bookmarks may be without a byte before it is taken for dead. Default 150 000. */
  readonly idleMs?: number | undefined;
  /** For how long a streamed first state may be without a byte before it is fetched by LIST. Default 10 000. */
  readonly initialQuietMs?: number | undefined;
}

/** The objects that an informer watches, its indexes, and the fields that it keeps of each object. */
export interface InformerOptions<T extends KubeObject, S extends Scope = Scope> extends ShardedSelection, CacheTuning {
  /** One namespace or several. Default: all. Not for kinds without a namespace. */
  readonly namespace?: string | readonly string[] | undefined;
  /** The indexes, beside those by key and by namespace. */
  readonly indexes?: { readonly [name: string]: IndexDefinition<Cached<T, S>> } | undefined;
  /** True: only metadata is fetched and kept (`PartialObjectMetadata`); everything else reads as absent. Default false. */
  readonly metadataOnly?: boolean | undefined;
  /** True: `metadata.managedFields` is kept. Default false: it is often half of an object, and caches rarely need it. */
  readonly keepManagedFields?: boolean | undefined;
  /** The encoding in which objects travel and are stored: see `Encoding`. Default: the encoding of the cluster handle. */
  readonly encoding?: Encoding | undefined;
  /**
   * Paths such as `spec.nodeName`: beside identity and metadata, only what stands there is kept. Costs a parse of each object when it
   * arrives, and saves memory.
   */
  readonly project?: readonly string[] | undefined;
  /**
   * Changes each object before it is kept, after `project`; its name, namespace and resourceVersion must stay. Two informers share a
   * cache only if they have the same function.
   */
  readonly transform?: ((object: T) => T) | undefined;
  /**
   * Hears of everything that goes wrong, none of which ends the informer: interruptions of the watch, objects that could not be read,
   * errors of handlers (with the key) and of index functions. Default: errors of handlers and index functions, and refusals (401, 403,
   * 404) become process warnings; the rest shows in `status()`.
   */
  readonly onError?: ((error: unknown, where: { readonly key?: string | undefined }) => void) | undefined;
}

/** The options of `start`. */
export interface StartOptions {
  /** Stops the informer. */
  readonly signal?: AbortSignal | undefined;
  /** The time to wait for the first whole state, in milliseconds. After it, `start` rejects with a `TimeoutError`. Default: no limit. */
  readonly timeoutMs?: number | undefined;
}

/** The options an informer has. */
export const informerOptions: KeysOf<InformerOptions<KubeObject>> = {
  labels: true,
  fields: true,
  shardSelector: true,
  hydratedBytes: true,
  watchList: true,
  pageSize: true,
  idleMs: true,
  initialQuietMs: true,
  namespace: true,
  indexes: true,
  metadataOnly: true,
  keepManagedFields: true,
  encoding: true,
  project: true,
  transform: true,
  onError: true,
};

/**
 * The handlers of a subscriber. The informer calls each with one change at a time, in order per object. If a handler returns a promise,
 * it gets the next change after that promise settles. An error that a handler throws is reported and has no other effect.
 */
export interface InformerHandlers<T extends KubeObject, S extends Scope = Scope> {
  /** An object is there. `initial`: it belongs to the state that was there at the beginning. */
  added?(object: Cached<T, S>, info: { readonly initial: boolean }): unknown;
  /**
   * An object changed from `old`, the state this subscriber heard of last. A handler declared with exactly one parameter is not given
   * `old`, which saves reading it.
   */
  updated?(object: Cached<T, S>, old: Cached<T, S>): unknown;
  /** An object is gone. `finalStateUnknown`: that was found out later, so its last state may have been another. */
  deleted?(object: Cached<T, S>, info: { readonly finalStateUnknown: boolean }): unknown;
}

/** A change of one key. */
export interface KeyChange {
  readonly change: 'added' | 'updated' | 'deleted';
  /** True if the change belongs to the state that existed at the beginning. */
  readonly initial: boolean;
  /** Of a deletion: it was found out later. */
  readonly finalStateUnknown: boolean;
}

/** The state of an informer. Times are milliseconds since the epoch, and undefined before the first such event. */
export interface InformerStatus {
  /** True if the first whole state is in the cache. */
  readonly synced: boolean;
  /** Up to which version the cache is complete; with several namespaces that of the first. */
  readonly resourceVersion: string;
  readonly lastByteAt: number | undefined;
  readonly lastEventAt: number | undefined;
  readonly lastBookmarkAt: number | undefined;
  /** The number of times that a list or watch was interrupted. */
  readonly restarts: number;
  /** The latest of these, over or not. */
  readonly lastError: Interruption | undefined;
  /** Objects in the cache. */
  readonly objects: number;
  /** Bytes kept of them. */
  readonly bytes: number;
  /** Bytes of memory taken outside the heap. */
  readonly allocatedBytes: number;
  /** The number of hydrated objects. */
  readonly hydrated: number;
  /** Changes that wait for handlers. */
  readonly backlog: number;
}
