import type { ResourceFacts, SchemaFacts, SubresourceFacts } from '../../meta/index.js';
import type { CustomKind } from '../crd/custom-kind.js';
import type { GroupResource } from '../status-error.js';

/** One served resource: its facts, and where its objects are kept. */
export interface ServedResource extends GroupResource {
  readonly version: string;
  /** `v1` or `apps/v1`. */
  readonly apiVersion: string;
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly verbs: ReadonlySet<string>;
  readonly subresources: ReadonlyMap<string, SubresourceFacts>;
  /** True when status is written through `/status` only. */
  readonly hasStatus: boolean;
  /** The schema of the whole object. */
  readonly schema: SchemaFacts;
  readonly facts: ResourceFacts;
  /** Where objects of this kind are kept, whichever version they are asked for in: `/registry/<group>/<plural>/`. */
  readonly prefix: string;
  /** What a custom resource has beyond this; absent for built-in kinds. */
  readonly custom?: CustomKind | undefined;
}

/** The key of one object, or with an empty name the prefix of a namespace. */
export function storageKey(resource: ServedResource, namespace: string | undefined, name: string): string {
  return resource.namespaced ? `${resource.prefix}${namespace ?? ''}/${name}` : `${resource.prefix}${name}`;
}

/** The range of keys of a collection: all of it, or one namespace. */
export function storageRange(resource: ServedResource, namespace: string | undefined): { start: string; end: string } {
  const start = namespace === undefined || !resource.namespaced ? resource.prefix : `${resource.prefix}${namespace}/`;
  return { start, end: afterPrefix(start) };
}

/** The first key after all that begin with `prefix`. */
export function afterPrefix(prefix: string): string {
  return prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
}
