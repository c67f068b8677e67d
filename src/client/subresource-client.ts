import type { ApplyConfiguration, KubeObject, Scope, Stored, Verb } from '../meta/index.js';
import type { ApplyOptions, Change, GetOptions, UpdateOptions, WriteOptions } from './options.js';
import type { Patch } from './patches.js';

/** Every verb a subresource can have. */
export interface SubresourceVerbs<T extends KubeObject, S extends Scope = Scope> {
  /** Reads the subresource of the object called `name`. */
  get(name: string, options?: GetOptions): Promise<Stored<T, S>>;
  /** As `replace` of the object, for this part of it: the rest of what is passed is ignored by the server. */
  replace(object: T & { metadata: { name: string } }, options?: WriteOptions): Promise<Stored<T, S>>;
  /** Get-modify-replace, retried on conflict, as `update` of the object. */
  update(name: string, change: Change<T, Stored<T, S>>, options?: UpdateOptions): Promise<Stored<T, S>>;
  /** As `patch` of the object, for this part of it. */
  patch(name: string, patch: Patch<T>, options?: WriteOptions): Promise<Stored<T, S>>;
  /** As `apply` of the object, for this part of it. */
  apply(object: ApplyConfiguration<T>, options: ApplyOptions): Promise<Stored<T, S>>;
  /** Posts `object` to the subresource of the object called `name`. */
  create(name: string, object: T, options?: WriteOptions): Promise<T>;
}

/** Which methods the verbs of discovery stand for. */
type MethodsOf<V extends Verb> =
  | ('get' extends V ? 'get' : never)
  | ('update' extends V ? 'replace' : never)
  | (['get' | 'update'] extends [V] ? 'update' : never)
  | ('patch' extends V ? 'patch' | 'apply' : never)
  | ('create' extends V ? 'create' : never);

/** The verbs `V` on one subresource whose objects are `O`. */
export type SubresourceClient<O, V extends Verb, S extends Scope = Scope> = O extends KubeObject
  ? Pick<SubresourceVerbs<O, S>, MethodsOf<V>>
  : never;
