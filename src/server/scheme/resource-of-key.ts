import type { ServedResource } from '../object/server-context.js';

const root = '/registry/';

/** The resources of the objects that API servers keep for each other, in kube-apiserver's words. */
const innerResources: { readonly [prefix: string]: string } = {
  '/registry/masterleases/': 'apiServerIPInfo',
  '/registry/ranges/': 'servicenodeportallocations',
};

/** Returns the prefix of a key that `prefixes` has, of two path segments or of one. */
export function prefixOf(key: string, prefixes: ReadonlyMap<string, unknown>): string | undefined {
  const first = key.indexOf('/', root.length) + 1;
  if (first === 0) return undefined;
  const second = key.indexOf('/', first) + 1;
  if (second > 0 && prefixes.has(key.slice(0, second))) return key.slice(0, second);
  return prefixes.has(key.slice(0, first)) ? key.slice(0, first) : undefined;
}

/**
 * Returns a function from the key of an object to its resource, such as `secrets`, `deployments.apps` or `widgets.example.com`.
 * `resources` are the built-in ones.
 */
export function resourcesOfKeys(resources: readonly ServedResource[]): (key: string) => string {
  const names = new Map(Object.entries(innerResources));
  for (const { prefix, group, innerGroup = group, plural } of resources)
    names.set(prefix, innerGroup === '' ? plural : `${plural}.${innerGroup}`);
  return (key) => {
    const builtIn = names.get(prefixOf(key, names) ?? '');
    if (builtIn !== undefined) return builtIn;
    const [group = '', plural = ''] = key.slice(root.length).split('/', 2);
    return `${plural}.${group}`;
  };
}
