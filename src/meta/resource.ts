import type { ObjectMeta } from './object-meta.js';

/** The scopes of a kind: its objects live in a namespace or in the cluster. */
export type Scope = 'Namespaced' | 'Cluster';

/** The verbs of a resource, in the words of discovery and RBAC. */
export type Verb = 'create' | 'delete' | 'deletecollection' | 'get' | 'list' | 'patch' | 'update' | 'watch';

/** The least that every object has. Unknown fields are kept wherever objects pass through. */
export interface KubeObject {
  apiVersion?: string | undefined;
  kind?: string | undefined;
  metadata?: ObjectMeta | undefined;
}

/** Type-level only: a subresource's object and the verbs it answers. */
export interface Subresource<T = unknown, V extends Verb = Verb> {
  readonly object: T;
  readonly verbs: V;
}

/** Type-level only: a subresource that carries bytes in place of objects, such as `exec`, `log` or `proxy`. */
export interface ByteSubresource {
  readonly bytes: true;
}

/** Type-level only: the subresources of a kind by name. */
export type Subresources = { readonly [name: string]: Subresource | ByteSubresource } | object;

/** The third parameter of kinds that are only ever created and never stored, such as `TokenReview`: they need no name. */
export interface CreateOnly {
  readonly createOnly: Subresource<never, never>;
}

/**
 * In the third parameter of kinds that are written otherwise than they are read: `I` is what `create` and `replace` take, where
 * fields that the server has defaults for may be left out.
 */
export interface WrittenAs<I extends KubeObject> {
  readonly writtenAs: Subresource<I, never>;
}

declare const types: unique symbol;

/**
 * A kind as a value: everything a client needs to reach it, as plain data. Built-in kinds come generated under the same
 * name as their type (`Pod` is both); custom kinds are made by hand, by `keelson generate --crd` or by `defineResource`.
 *
 * `T` is the object, `S` its scope, `Sub` its subresources by name.
 */
export interface Resource<T extends KubeObject = KubeObject, S extends Scope = Scope, Sub = object> {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** The name in URLs, such as `pods`. */
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly scope: S;
  readonly verbs: readonly Verb[];
  /** Subresource name to the verbs it answers, those for streams (`exec`, `log`, `proxy`) included. */
  readonly subresources: { readonly [name: string]: SubresourceInfo };
  /** Type-level only: never present at run time. */
  readonly [types]?: { object: T; subresources: Sub };
}

/** One subresource as data: the kind it takes and the verbs it answers. */
export interface SubresourceInfo {
  /** `group/version/Kind`, without `group/` in the core group: `v1/Pod`, `autoscaling/v1/Scale`. */
  readonly kind: string;
  readonly verbs: readonly Verb[];
}

/** The object type behind a descriptor: `ResourceType<typeof Website>`. */
export type ResourceType<R> = R extends Resource<infer T, Scope, infer _Sub> ? T : never;

/** `v1` or `apps/v1`: the `apiVersion` that objects of this kind carry. */
export function apiVersionOf(resource: { readonly group: string; readonly version: string }): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}
