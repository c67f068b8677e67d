import type { ObjectMeta } from './object-meta.js';
import type { CreateOnly, KubeObject, Scope, WrittenAs } from './resource.js';
import type { Time } from './scalars.js';

/** Metadata as the server returns it: what it always fills in is not optional. */
export interface StoredMeta extends ObjectMeta {
  name: string;
  uid: string;
  resourceVersion: string;
  creationTimestamp: Time;
}

/** Metadata of an object that lives in a namespace, as the server returns it. */
export interface NamespacedStoredMeta extends StoredMeta {
  namespace: string;
}

/**
 * An object as the server returned it: `metadata.name`, `.uid`, `.resourceVersion` and `.creationTimestamp` are there, and
 * `.namespace` for namespaced kinds. `apiVersion` and `kind` are there too: the client fills them in where lists omit them.
 */
export type Stored<T extends KubeObject, S extends Scope = Scope> = T & {
  apiVersion: string;
  kind: string;
  metadata: [S] extends ['Namespaced'] ? NamespacedStoredMeta : StoredMeta;
};

/** The argument of `create`: the object with a name, or with a prefix from which the server makes one. */
export type Creatable<T extends KubeObject, Sub = object> = Sub extends CreateOnly
  ? T
  : Written<T, Sub> & { metadata: { name: string } | { generateName: string } };

/** The object as clients send it, without the fields that the server has defaults for, if its descriptor says so. */
export type Written<T extends KubeObject, Sub = object> = Sub extends WrittenAs<infer I> ? I : T;

/** The argument of `apply`: any part of the object, with its name. Server-side apply owns exactly the fields that you give. */
export type ApplyConfiguration<T extends KubeObject> = DeepPartial<T> & { metadata: { name: string } };

/** `T` with every field optional, all the way down. */
export type DeepPartial<T> = T extends readonly (infer E)[]
  ? DeepPartial<E>[]
  : T extends object
    ? { [K in keyof T]?: DeepPartial<T[K]> | undefined }
    : T;

/** `T` with nothing writable, all the way down. What caches hand out. */
export type DeepReadonly<T> = T extends readonly (infer E)[]
  ? readonly DeepReadonly<E>[]
  : T extends object
    ? ReadonlyObject<T>
    : T;

/** The object part of `DeepReadonly`. It has a name of its own so that an editor shows `ReadonlyObject<PodSpec>`, and not all its fields. */
export type ReadonlyObject<T extends object> = { readonly [K in keyof T]: DeepReadonly<T[K]> };
