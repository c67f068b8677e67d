import type { ApiFacts, ResourceFacts } from '../../meta/api-facts.js';

/** An APIGroupDiscoveryList of `apidiscovery.k8s.io/v2`, as plain data. */
export interface DiscoveryList {
  kind: 'APIGroupDiscoveryList';
  apiVersion: 'apidiscovery.k8s.io/v2';
  metadata: object;
  items: DiscoveryItem[];
}

interface DiscoveryItem {
  metadata: { name?: string };
  versions: { version: string; resources: readonly object[]; freshness: 'Current' | 'Stale' }[];
}

/** Aggregated discovery: what `/api` answers (the core group) and what `/apis` answers (all others, in the order given). */
export function aggregatedDiscovery(apis: readonly ApiFacts[]): { core: DiscoveryList; groups: DiscoveryList } {
  const items = new Map<string, DiscoveryItem>();
  for (const api of apis) {
    const metadata = api.group === '' ? {} : { name: api.group };
    const item = items.get(api.group) ?? { metadata, versions: [] };
    items.set(api.group, item);
    const resources = api.resources.map((resource) => discoveredResource(resource));
    item.versions.push({ version: api.version, resources, freshness: 'Current' });
  }
  const all = [...items];
  return {
    core: listOf(all.filter(([group]) => group === '').map(([, item]) => item)),
    groups: listOf(all.filter(([group]) => group !== '').map(([, item]) => item)),
  };
}

function listOf(items: DiscoveryItem[]): DiscoveryList {
  return { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', metadata: {}, items };
}

/** One resource. Group and version of a kind stay empty where they are those it is listed under. */
function discoveredResource({ shortNames, categories, subresources, ...resource }: ResourceFacts): object {
  return {
    resource: resource.plural,
    responseKind: { group: '', version: '', kind: resource.kind },
    scope: resource.scope,
    singularResource: resource.singular,
    verbs: resource.verbs,
    ...(shortNames === undefined ? {} : { shortNames }),
    ...(categories === undefined ? {} : { categories }),
    ...(subresources === undefined
      ? {}
      : {
          subresources: subresources.map(({ name, group = '', version = '', kind, verbs }) => ({
            subresource: name,
            responseKind: { group, version, kind },
            verbs,
          })),
        }),
  };
}
