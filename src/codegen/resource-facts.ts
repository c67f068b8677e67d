import type { PathFacts, ResourceFacts, SubresourceFacts } from '../meta/api-facts.js';
import type { DiscoveryResource, DiscoverySubresource, DiscoveryVersion } from './api-source.js';

/** The resources of one group and version as aggregated discovery lists them, in its order. */
export function resourceFacts(group: string, version: string, discovered: DiscoveryVersion): ResourceFacts[] {
  return (discovered.resources ?? []).map((resource) => ({
    plural: resource.resource,
    singular: resource.singularResource ?? '',
    kind: resource.responseKind?.kind ?? '',
    scope: resource.scope === 'Namespaced' ? 'Namespaced' : 'Cluster',
    verbs: (resource.verbs ?? []).toSorted(),
    ...named(resource),
    ...(resource.subresources === undefined || resource.subresources.length === 0
      ? {}
      : { subresources: resource.subresources.map((sub) => subresourceFacts(group, version, sub)) }),
  }));
}

function named({ shortNames, categories }: DiscoveryResource): Pick<ResourceFacts, 'shortNames' | 'categories'> {
  return {
    ...(shortNames === undefined || shortNames.length === 0 ? {} : { shortNames }),
    ...(categories === undefined || categories.length === 0 ? {} : { categories }),
  };
}

function subresourceFacts(group: string, version: string, discovered: DiscoverySubresource): SubresourceFacts {
  const own = discovered.responseKind ?? {};
  const foreign = own.version !== undefined && own.version !== '';
  const elsewhere = foreign && (own.group !== group || own.version !== version);
  return {
    name: discovered.subresource,
    kind: own.kind ?? '',
    ...(elsewhere ? { group: own.group ?? '', version: own.version ?? '' } : {}),
    verbs: (discovered.verbs ?? []).toSorted(),
  };
}

/** The verb of discovery behind an action on a path; a connection counts as what its HTTP method usually means. */
const VERBS: { readonly [actionOrMethod: string]: string } = {
  get: 'get',
  list: 'list',
  watch: 'watch',
  watchlist: 'watch',
  post: 'create',
  put: 'update',
  patch: 'patch',
  delete: 'delete',
  deletecollection: 'deletecollection',
};

/**
 * The resources of one group and version as far as its paths tell, for sources without discovery: no short names, no
 * categories, and the singular is the kind in lower case.
 */
export function resourcesFromPaths(
  group: string,
  version: string,
  paths: { readonly [path: string]: PathFacts },
  watchable: (path: string) => boolean,
): ResourceFacts[] {
  const root = group === '' ? `/api/${version}/` : `/apis/${group}/${version}/`;
  const found = new Map<string, { resource: ResourceFacts; subs: Map<string, SubresourceFacts> }>();
  for (const [path, methods] of Object.entries(paths)) {
    if (!path.startsWith(root)) continue;
    const watching = path.startsWith(`${root}watch/`);
    const segments = path.slice(root.length + (watching ? 'watch/'.length : 0)).split('/');
    const namespaced = segments[0] === 'namespaces' && segments[1] === '{namespace}';
    const [plural = '', name, sub, ...rest] = namespaced ? segments.slice(2) : segments;
    if (plural === '' || (name !== undefined && name !== '{name}') || rest.length > 0) continue;
    for (const [method, { action = '', kind = '' }] of Object.entries(methods)) {
      const verb = VERBS[action === 'connect' ? method : action];
      if (verb === undefined) continue;
      const entry = found.get(plural) ?? { resource: blank(plural), subs: new Map<string, SubresourceFacts>() };
      found.set(plural, entry);
      if (namespaced) entry.resource.scope = 'Namespaced';
      if (sub !== undefined) {
        addVerb(subOf(entry.subs, sub, kind, group, version), verb);
      } else {
        entry.resource.kind = kind.slice(kind.lastIndexOf('/') + 1);
        addVerb(entry.resource, verb);
        if (action === 'list' && watchable(path)) addVerb(entry.resource, 'watch');
      }
    }
  }
  return [...found.values()]
    .filter(({ resource }) => resource.kind !== '')
    .sort((a, b) => (a.resource.plural < b.resource.plural ? -1 : 1))
    .map(({ resource, subs }) => ({
      ...resource,
      singular: resource.kind.toLowerCase(),
      ...(subs.size === 0 ? {} : { subresources: [...subs.values()].sort((a, b) => (a.name < b.name ? -1 : 1)) }),
    }));
}

function blank(plural: string): ResourceFacts {
  return { plural, singular: '', kind: '', scope: 'Cluster', verbs: [] };
}

function subOf(
  subs: Map<string, SubresourceFacts>,
  name: string,
  gvk: string,
  group: string,
  version: string,
): SubresourceFacts {
  const known = subs.get(name);
  if (known !== undefined) return known;
  const parts = gvk.split('/');
  const kind = parts.pop() ?? '';
  const kindVersion = parts.pop() ?? '';
  const kindGroup = parts.pop() ?? '';
  const own = kindGroup === group && kindVersion === version;
  const made = { name, kind, ...(own ? {} : { group: kindGroup, version: kindVersion }), verbs: [] };
  subs.set(name, made);
  return made;
}

function addVerb(to: { verbs: string[] }, verb: string): void {
  if (!to.verbs.includes(verb)) to.verbs = [...to.verbs, verb].sort();
}
