import type { ServedResource } from '../object/server-context.js';

/** The key of one object, or with an empty name the prefix of a namespace. */
export function storageKey(resource: ServedResource, namespace: string | undefined, name: string): string {
  return resource.namespaced ? `${resource.prefix}${namespace ?? ''}/${name}` : `${resource.prefix}${name}`;
}

/** Returns the key that messages of kube-apiserver name: the group is in it for custom resources and those of added servers alone. */
export function shownKey(resource: ServedResource, namespace: string | undefined, name: string): string {
  const key = storageKey(resource, namespace, name);
  const keepsGroup = resource.custom !== undefined || added.has(resource.group) || resource.group === '';
  return keepsGroup ? key : key.replace(`/${resource.group}/`, '/');
}

/** The groups of the API servers that are added to the core one. */
const added = new Set(['apiextensions.k8s.io', 'apiregistration.k8s.io']);

/** The range of keys of a collection: all of it, or one namespace. */
export function storageRange(resource: ServedResource, namespace: string | undefined): { start: string; end: string } {
  const start = namespace === undefined || !resource.namespaced ? resource.prefix : `${resource.prefix}${namespace}/`;
  return { start, end: afterPrefix(start) };
}

/** The first key after all that begin with `prefix`. */
export function afterPrefix(prefix: string): string {
  return prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
}
