import type {
  ApplyConfiguration,
  BookmarkEvent,
  ByteSubresource,
  Creatable,
  CreateOnly,
  KubeObject,
  PartialObjectMetadata,
  Scope,
  Stored,
  Subresource,
  WatchEvent,
  Written,
  WrittenAs,
} from '../meta/index.js';
import type { ListRequest } from './list-request.js';
import type { EventsOptions, ObjectEvents } from './object-events.js';
import type {
  ApplyOptions,
  CallOptions,
  Change,
  DeleteAllOptions,
  DeletionOptions,
  GetOptions,
  ListOptions,
  UpdateOptions,
  WaitOptions,
  WatchOptions,
  WriteOptions,
} from './options.js';
import type { Patch } from './patches.js';
import type { TableReader } from './projections.js';
import type { StreamVerbs } from './stream-verbs.js';
import type { SubresourceClient } from './subresource-client.js';
import type { WatchStream } from './watch-stream.js';

/** A watch event that is about an object: every one but BOOKMARK. */
export type ChangeEvent<T extends KubeObject> = Exclude<WatchEvent<T>, BookmarkEvent>;

/** Reading many objects. */
export interface CollectionReader<T extends KubeObject, S extends Scope = Scope> {
  /**
   * The objects selected. Nothing is fetched until the result is iterated (`for await`, across all pages) or asked for `.page()` or
   * `.all()`.
   */
  list(options?: ListOptions): ListRequest<Stored<T, S>>;
  /**
   * One watch connection: typed events until the server ends it. An ERROR frame is thrown as an `ApiError` (`isGone`: list anew), a
   * malformed one as a `DecodingError`. To go on whatever happens, use `watcher`.
   */
  watch(options: WatchOptions & { readonly bookmarks: true }): WatchStream<Stored<T, S>>;
  watch(options?: WatchOptions): WatchStream<Stored<T, S>, ChangeEvent<Stored<T, S>>>;
}

/** Reading objects of one namespace, or of the cluster. */
export interface ObjectReader<T extends KubeObject, S extends Scope = Scope> extends CollectionReader<T, S> {
  /** The object. Throws an `ApiError` that is `isNotFound` when there is none. */
  get(name: string, options?: GetOptions): Promise<Stored<T, S>>;
  /** The object, or undefined when there is none. A kind or path the server does not know is still an error. */
  find(name: string, options?: GetOptions): Promise<Stored<T, S> | undefined>;
}

/** Every verb on objects of one kind, in one namespace or cluster-wide. */
export interface ResourceVerbs<T extends KubeObject, S extends Scope = Scope, Sub = object> extends ObjectReader<T, S> {
  /** Creates it. Throws an `ApiError` that is `isAlreadyExists` when the name is taken. */
  create(object: Creatable<T, Sub>, options?: WriteOptions): Promise<Stored<T, S>>;
  /**
   * Puts this object in the place of the stored one. With the `resourceVersion` it was read with, only if nobody changed it since: else
   * an `ApiError` that is `isConflict`. Without one, whatever is there is overwritten.
   */
  replace(object: Written<T, Sub> & { metadata: { name: string } }, options?: WriteOptions): Promise<Stored<T, S>>;
  /**
   * Reads the object, lets `change` work on it (or return another), and replaces it; starts over when somebody else changed it meanwhile.
   * `change` may thus run several times. Throws the last conflict when it never wins.
   */
  update(name: string, change: Change<T, Stored<T, S>>, options?: UpdateOptions): Promise<Stored<T, S>>;
  /** Changes part of it: see `mergePatch`, `jsonPatch`, `strategicMergePatch`. */
  patch(name: string, patch: Patch<T>, options?: WriteOptions): Promise<Stored<T, S>>;
  /** Server-side apply: these fields shall be so, and are this manager's from now on. Creates the object if need be. */
  apply(object: ApplyConfiguration<T>, options: ApplyOptions): Promise<Stored<T, S>>;
  /**
   * Deletes it. Gives the object as it was last, where the server tells: it may be there for a while (finalizers, grace period).
   * Throws an `ApiError` that is `isNotFound` when there is none.
   */
  delete(name: string, options?: DeletionOptions): Promise<Stored<T, S> | undefined>;
  /**
   * Deletes all that `labels` and `fields` select, or with `{ all: true }` all of the namespace. Gives them as they were last, where the
   * server tells.
   */
  deleteAll(options: DeleteAllOptions): Promise<Stored<T, S>[]>;
  /**
   * Waits until `condition` holds for the object, which is undefined while there is none. Sees every state from now on without a gap, and
   * goes on over lost connections. Gives the object that satisfied it. Throws a `TimeoutError` when time is up.
   */
  waitFor(
    name: string,
    condition: (object: Stored<T, S> | undefined) => boolean,
    options?: WaitOptions,
  ): Promise<Stored<T, S> | undefined>;
  /**
   * Reads the events about one object, oldest first: `for await (const event of pods.events('web-0', { follow: true }))`, or `.all()`.
   * The object need not exist any more.
   */
  events(name: string, options?: EventsOptions): ObjectEvents;
  /** The same objects, metadata only: a fraction of the bytes for kinds with large bodies. */
  readonly metadata: ObjectReader<PartialObjectMetadata, S>;
  /** The same objects as rows with the columns that `kubectl get` shows. */
  readonly table: TableReader;
  /** A part with an address of its own, such as `status`. It has the verbs the server answers there. */
  subresource<K extends SubresourceName<Sub>>(name: K): SubresourceOf<Sub, K, S>;
}

/** The names of a kind's subresources. */
type SubresourceName<Sub> = Exclude<
  { [K in keyof Sub & string]: Sub[K] extends ByteSubresource ? never : K }[keyof Sub & string],
  keyof CreateOnly | keyof WrittenAs<KubeObject>
>;

/** The client of one subresource: the verbs the descriptor has, and no others. */
type SubresourceOf<Sub, K extends keyof Sub, S extends Scope> =
  Sub[K] extends Subresource<infer O, infer V> ? SubresourceClient<O, V, S> : never;

/** `scale`, for kinds that have it. */
export interface ScaleVerb<O> {
  /** Sets the number of replicas through the `scale` subresource, whatever they were. */
  scale(name: string, replicas: number, options?: WriteOptions): Promise<O>;
}

/** `evict`, for pods. */
export interface EvictVerb {
  /**
   * Asks for the pod to be deleted unless that would break a disruption budget: then an `ApiError` that is `isTooManyRequests`.
   * (`policy/v1` Eviction.)
   */
  evict(name: string, options?: Omit<DeletionOptions, 'dryRun'> & WriteOptions): Promise<void>;
}

/** `bind`, for pods. */
export interface BindVerb {
  /** Says on which node the pod shall run: what schedulers do, once per pod. */
  bind(name: string, node: string, options?: WriteOptions): Promise<void>;
}

/** `createToken`, for service accounts. */
export interface TokenVerb<O> {
  /** Issues a token for the account. The result's `status.token` is a secret. (TokenRequest.) */
  createToken(name: string, request?: TokenOptions): Promise<O>;
}

/** The properties of a token. */
export interface TokenOptions extends CallOptions {
  /** The audiences that accept the token. Default: the API server. */
  readonly audiences?: readonly string[] | undefined;
  /** The lifetime, at least 600 seconds. Default: the server's, an hour. */
  readonly expirationSeconds?: number | undefined;
  /** The token dies with this object. */
  readonly boundTo?:
    | { readonly apiVersion: string; readonly kind: string; readonly name: string; readonly uid?: string | undefined }
    | undefined;
}

/** The shortcuts a kind has for its subresources. */
type SubresourceShortcuts<Sub> = (Sub extends { scale: Subresource<infer O> } ? ScaleVerb<O> : unknown) &
  (Sub extends { eviction: Subresource } ? EvictVerb : unknown) &
  (Sub extends { binding: Subresource } ? BindVerb : unknown) &
  (Sub extends { token: Subresource<infer O> } ? TokenVerb<O> : unknown);

/**
 * A client of objects of one kind: those of one namespace, or of a cluster-scoped kind. Its methods are those of
 * {@link ResourceVerbs}, and of {@link StreamVerbs} for kinds with pods.
 * Kinds with the subresource also have the method of {@link ScaleVerb}, {@link EvictVerb}, {@link BindVerb} or {@link TokenVerb}.
 */
export type ResourceClient<T extends KubeObject = KubeObject, S extends Scope = Scope, Sub = object> = ResourceVerbs<
  T,
  S,
  Sub
> &
  SubresourceShortcuts<Sub> &
  StreamVerbs<T, Sub>;

/** All namespaces of a namespaced kind: read here, or choose one with `.in`. */
export interface AllNamespaces<T extends KubeObject = KubeObject, Sub = object>
  extends CollectionReader<T, 'Namespaced'> {
  /** The objects of one namespace. */
  in(namespace: string): ResourceClient<T, 'Namespaced', Sub>;
  /** The same objects, metadata only. */
  readonly metadata: CollectionReader<PartialObjectMetadata, 'Namespaced'>;
  /** The same objects as rows with the columns that `kubectl get -A` shows. */
  readonly table: Pick<TableReader, 'list'>;
}

/** A client of a kind that is asked and never stored, such as `SubjectAccessReview`. */
export interface CreateOnlyClient<T extends KubeObject> {
  /** Asks the server; the answer is in the result's `status`. */
  create(object: T, options?: WriteOptions): Promise<T>;
}

/** A client of a namespaced kind that is asked and never stored. */
export interface NamespacedCreateOnly<T extends KubeObject> {
  /** The same in one namespace. */
  in(namespace: string): CreateOnlyClient<T>;
}
