import type { KubeObject, OwnerReference, Scope } from '../meta/index.js';
import type { Cached } from './lister.js';
import type { StoreChange } from './store.js';
import type { Versions } from './versions.js';

/**
 * One state of an object, of which what stands here is read from its bytes when asked for, without a parse; `object` is parsed. Good
 * only during the call it was passed to. What is absent is empty, as in `ObjectMeta`.
 */
export interface ObjectView<T extends KubeObject = KubeObject, S extends Scope = Scope> {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number | undefined;
  readonly deletionTimestamp: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly ownerReferences: readonly OwnerReference[];
  readonly finalizers: readonly string[];
  /** The object itself. Reading it parses it. */
  readonly object: Cached<T, S>;
}

/** A change of one object, told by views. */
export interface ViewChange<T extends KubeObject = KubeObject, S extends Scope = Scope> {
  readonly change: StoreChange;
  /** `namespace/name`, or `name` of kinds without a namespace. */
  readonly key: string;
  /** The state after the change; of a deletion the last one known. */
  readonly current: ObjectView<T, S>;
  /** The state that was told of before; undefined for an object that is new. */
  readonly old: ObjectView<T, S> | undefined;
  /** True if the change belongs to the state that existed at the beginning. */
  readonly initial: boolean;
  /** Of a deletion: it was found out later. */
  readonly finalStateUnknown: boolean;
}

/** The view of one version in a store. */
export class VersionView<T extends KubeObject, S extends Scope> implements ObjectView<T, S> {
  readonly #versions: Versions;
  readonly #slot: number;
  readonly #old: number;

  /** `old` is the version before, where there is one: what it shares with that one need not be parsed. */
  constructor(versions: Versions, slot: number, old = -1) {
    this.#versions = versions;
    this.#slot = slot;
    this.#old = old;
  }

  get namespace(): string {
    return this.#head.namespace;
  }

  get name(): string {
    return this.#head.name;
  }

  get uid(): string {
    return this.#head.uid;
  }

  get resourceVersion(): string {
    return this.#versions.resourceVersion(this.#slot);
  }

  get generation(): number | undefined {
    return this.#head.generation;
  }

  get deletionTimestamp(): string {
    return this.#head.deletionTimestamp;
  }

  get labels(): Readonly<Record<string, string>> {
    return this.#head.labels;
  }

  get annotations(): Readonly<Record<string, string>> {
    return this.#head.annotations;
  }

  get ownerReferences(): readonly OwnerReference[] {
    return this.#head.ownerReferences;
  }

  get finalizers(): readonly string[] {
    return this.#head.finalizers;
  }

  get object(): Cached<T, S> {
    // The decode boundary: what the server sent is taken for the type it was asked for.
    return this.#versions.object(this.#slot, this.#old) as Cached<T, S>;
  }

  get #head() {
    return this.#versions.head(this.#slot);
  }
}
