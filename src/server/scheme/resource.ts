import type { ServedResource } from '../object/server-context.js';

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
