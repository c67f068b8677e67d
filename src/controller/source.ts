import type { InformerOptions, Lister, SubscribeOptions, ViewChange } from '../cache/index.js';
import type { KeysOf } from '../errors/check-options.js';
import { checkOptions } from '../errors/check-options.js';
import { InvalidRequestError } from '../errors/index.js';
import { type KubeObject, parseApiVersion, type Resource, type Scope } from '../meta/index.js';
import type { Predicate } from './predicates.js';

/** Which objects of a kind a controller watches, how they are kept, and which of their changes count. */
export interface SourceOptions<T extends KubeObject = KubeObject, S extends Scope = Scope>
  extends Pick<
      InformerOptions<T, S>,
      | 'namespace'
      | 'labels'
      | 'fields'
      | 'shardSelector'
      | 'indexes'
      | 'metadataOnly'
      | 'project'
      | 'transform'
      | 'hydratedBytes'
    >,
    Pick<SubscribeOptions, 'resyncMs'> {
  /** Which changes lead to a reconcile: those that all of these let pass. Default: all. */
  readonly predicates?: readonly Predicate<T, S>[] | undefined;
}

/** The caches that a mapper may search for the objects that depend on the one that changed. */
export interface MapContext {
  /** Reads the cache of a kind that the controller watches. Before that cache has synced, it has only what has come so far. */
  lister<U extends KubeObject, R extends Scope>(kind: Resource<U, R, unknown>): Lister<U, R>;
}

/** The options of `SourceOptions`. */
export const sourceOptions: KeysOf<SourceOptions> = {
  namespace: true,
  labels: true,
  fields: true,
  shardSelector: true,
  indexes: true,
  metadataOnly: true,
  project: true,
  transform: true,
  hydratedBytes: true,
  resyncMs: true,
  predicates: true,
};

/** Says whose reconcile a change calls for: the keys, `namespace/name` or `name`. */
export type KeyMapper<T extends KubeObject = KubeObject, S extends Scope = Scope> = (
  change: ViewChange<T, S>,
  context: MapContext,
) => Iterable<string>;

/** A kind that a controller watches beside its own; made by `owned` and `watched`. */
export interface Source {
  /** The kind it is of. */
  readonly kind: Resource<KubeObject, Scope, unknown>;
  /** @internal */
  readonly options: SourceOptions;
  /** @internal */
  readonly map: KeyMapper | undefined;
}

/** A kind of objects that are owned by those the controller is for, with options: goes into `owns`. */
export function owned<T extends KubeObject, S extends Scope>(
  kind: Resource<T, S, unknown>,
  options: SourceOptions<T, S>,
): Source {
  checkOptions('owned', options, sourceOptions);
  // The options belong to this kind, and meet only its objects.
  return { kind, options: options as unknown as SourceOptions, map: undefined };
}

/** A kind of objects that others depend on, with the way from one to the keys of those others: goes into `watches`. */
export function watched<T extends KubeObject, S extends Scope>(
  kind: Resource<T, S, unknown>,
  map: KeyMapper<T, S>,
  options: SourceOptions<T, S> = {},
): Source {
  checkOptions('watched', options, sourceOptions);
  // As above.
  return { kind, options: options as unknown as SourceOptions, map: map as unknown as KeyMapper };
}

/** The object itself. */
export function keyOfChange({ key }: ViewChange<KubeObject, Scope>): readonly string[] {
  return [key];
}

/**
 * The owner that manages the object, if it is of this kind, of any version: before and after the change, for an object may find another.
 * Read from metadata, without a parse.
 */
export function controllerKeys(owner: Resource<KubeObject, Scope, unknown>): KeyMapper {
  const namespaced = owner.scope === 'Namespaced';
  return ({ current, old, key }) => {
    const slash = key.indexOf('/');
    if (namespaced && slash === -1) {
      throw new InvalidRequestError(`${owner.kind} has namespaces, so it cannot own an object without one`);
    }
    const keys: string[] = [];
    for (const view of old === undefined ? [current] : [current, old]) {
      for (const reference of view.ownerReferences) {
        if (reference.controller !== true || reference.kind !== owner.kind) continue;
        if (parseApiVersion(reference.apiVersion).group !== owner.group) continue;
        const found = namespaced ? `${key.slice(0, slash)}/${reference.name}` : reference.name;
        if (!keys.includes(found)) keys.push(found);
      }
    }
    return keys;
  };
}
