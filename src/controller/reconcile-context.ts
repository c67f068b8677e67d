import type { Cached, Lister, SharedCache } from '../cache/index.js';
import { InvalidRequestError } from '../errors/index.js';
import type { KubeObject, Resource, Scope } from '../meta/index.js';
import type { Cluster } from '../sdk/index.js';
import type { Reason } from './reason.js';

/** The key of a reconcile, and whether its object exists. */
export interface KeyContext<S extends Scope = Scope> {
  /** `namespace/name`, or `name` of kinds without a namespace. */
  readonly key: string;
  /** Of kinds with namespaces a string, of others undefined. */
  readonly namespace: S extends 'Namespaced' ? string : undefined;
  readonly name: string;
  /**
   * The cluster, to write to. What is written through this handle is remembered: the key is not reconciled again before the caches have
   * seen it. Good for this reconcile only; once leadership is lost, its writes fail.
   */
  readonly cluster: Cluster;
  /** Aborts at the reconcile's deadline, when leadership is lost, and when shutting down takes too long. Pass it on. */
  readonly signal: AbortSignal;
  /** Why this reconcile runs; at most sixteen reasons. For logs and traces: what to do follows from the state alone. */
  readonly reasons: readonly Reason[];
  /** The number of consecutive failed reconciles of this key before this one. */
  readonly failures: number;
  /**
   * The cache of a kind that the controller watches: the one it is for, or one of `owns` and `watches`. Throws `InvalidRequestError` for
   * others.
   */
  lister<U extends KubeObject, R extends Scope>(kind: Resource<U, R, unknown>): Lister<U, R>;
}

/** The argument of a reconcile. */
export interface ReconcileContext<T extends KubeObject = KubeObject, S extends Scope = Scope> extends KeyContext<S> {
  /**
   * The object as the cache had it when this reconcile began; parsed when first asked for. It is shared: `structuredClone` gives one's
   * own.
   */
  readonly object: Cached<T, S>;
  /**
   * The objects of a kind in `owns` that this object manages (by uid), as the cache has them now. Throws `InvalidRequestError` for other
   * kinds.
   */
  owned<U extends KubeObject, R extends Scope>(kind: Resource<U, R, unknown>): Cached<U, R>[];
}

/** One version of an object, held as long as a reconcile works with it. */
export class HeldObject {
  readonly #cache: SharedCache;
  readonly #slot: number;
  #object: unknown;
  #released = false;

  constructor(cache: SharedCache, slot: number) {
    cache.store.versions.retain(slot);
    this.#cache = cache;
    this.#slot = slot;
  }

  get uid(): string {
    return this.#cache.store.versions.head(this.#slot).uid;
  }

  get object(): unknown {
    if (this.#object === undefined) {
      if (this.#released) throw new InvalidRequestError('this reconcile is over: read its object while it runs');
      this.#object = this.#cache.store.versions.object(this.#slot);
    }
    return this.#object;
  }

  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#cache.store.versions.release(this.#slot);
  }
}

/** The parts that contexts are made from. */
export interface ContextParts {
  readonly key: string;
  readonly held: HeldObject | undefined;
  readonly makeCluster: () => Cluster;
  readonly signal: AbortSignal;
  readonly reasons: readonly Reason[];
  readonly failures: number;
  readonly caches: ContextCaches;
}

/** The caches that a reconcile may read. */
export interface ContextCaches extends Pick<KeyContext, 'lister'> {
  /** Returns the objects of a kind that the object with this uid manages. */
  ownedBy(kind: Resource<KubeObject, Scope, unknown>, uid: string): unknown;
}

/** The context of one reconcile: what costs something is made when it is asked for. */
export class Context {
  readonly #parts: ContextParts;
  #cluster: Cluster | undefined;

  constructor(parts: ContextParts) {
    this.#parts = parts;
  }

  get key(): string {
    return this.#parts.key;
  }

  get namespace(): string | undefined {
    const { key } = this.#parts;
    const slash = key.indexOf('/');
    return slash === -1 ? undefined : key.slice(0, slash);
  }

  get name(): string {
    const { key } = this.#parts;
    return key.slice(key.indexOf('/') + 1);
  }

  get cluster(): Cluster {
    this.#cluster ??= this.#parts.makeCluster();
    return this.#cluster;
  }

  get signal(): AbortSignal {
    return this.#parts.signal;
  }

  get reasons(): readonly Reason[] {
    return this.#parts.reasons;
  }

  get failures(): number {
    return this.#parts.failures;
  }

  get lister(): KeyContext['lister'] {
    const { caches } = this.#parts;
    return (kind) => caches.lister(kind);
  }

  get object(): unknown {
    return this.#parts.held?.object;
  }

  get owned(): (kind: Resource<KubeObject, Scope, unknown>) => unknown {
    const { held, caches } = this.#parts;
    return (kind) => caches.ownedBy(kind, held?.uid ?? '');
  }
}
