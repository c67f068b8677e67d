import type { KubeObject, Scope, Subresource } from '../meta/index.js';
import type { ResourceVerbs, ScaleVerb } from './resource-client.js';

/** An object of a kind known only at run time. */
export interface DynamicObject extends KubeObject {
  [field: string]: unknown;
}

/** Any name may be a subresource of a kind known only at run time; the server decides. */
export interface DynamicSubresources {
  [name: string]: Subresource<DynamicObject>;
}

/**
 * Every verb on a kind whose scope is known only at run time. For a namespaced kind, verbs on single objects need `.in(namespace)` first,
 * and `.in` on a cluster-scoped one is refused: with an `InvalidRequestError`, before anything is sent.
 */
export interface AnyScopeClient<T extends KubeObject, Sub> extends ResourceVerbs<T, Scope, Sub>, ScaleVerb<KubeObject> {
  /** The objects of one namespace. */
  in(namespace: string): ResourceVerbs<T, Scope, Sub> & ScaleVerb<KubeObject>;
}

/** The client that `cluster.dynamic` gives. */
export type DynamicClient = AnyScopeClient<DynamicObject, DynamicSubresources>;
