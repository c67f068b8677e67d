import type { ClusterApi } from './api.js';

/** A kind that the cluster serves. */
export interface Kind {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  readonly shortNames: readonly string[];
  readonly subresources: readonly string[];
}

interface DiscoveryList {
  readonly items: readonly {
    readonly metadata: { readonly name?: string };
    readonly versions: readonly {
      readonly version: string;
      readonly resources?: readonly {
        readonly resource: string;
        readonly responseKind: { readonly kind: string };
        readonly scope: string;
        readonly verbs: readonly string[];
        readonly shortNames?: readonly string[];
        readonly subresources?: readonly { readonly subresource: string }[];
      }[];
    }[];
  }[];
}

const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** Returns every kind that can be listed, in its preferred version. */
export async function discover(api: ClusterApi, signal?: AbortSignal): Promise<Kind[]> {
  const lists = await Promise.all(['/api', '/apis'].map((path) => api.json<DiscoveryList>(path, { accept, signal })));
  const kinds = new Map<string, Kind>();
  for (const { metadata, versions } of lists.flatMap((list) => list.items)) {
    for (const { version, resources = [] } of versions) {
      for (const resource of resources) {
        const group = metadata.name ?? '';
        const key = `${group}/${resource.resource}`;
        if (kinds.has(key) || !resource.verbs.includes('list')) continue;
        kinds.set(key, {
          group,
          version,
          kind: resource.responseKind.kind,
          plural: resource.resource,
          namespaced: resource.scope === 'Namespaced',
          verbs: resource.verbs,
          shortNames: resource.shortNames ?? [],
          subresources: (resource.subresources ?? []).map((one) => one.subresource),
        });
      }
    }
  }
  return [...kinds.values()];
}

export function apiVersionOf({ group, version }: Pick<Kind, 'group' | 'version'>): string {
  return group === '' ? version : `${group}/${version}`;
}

/** Returns the path of a kind's list, or of one object, or of a subresource. */
export function pathOf(kind: Kind, namespace?: string, name?: string, subresource?: string): string {
  const { group, version, plural, namespaced } = kind;
  return [
    group === '' ? `/api/${version}` : `/apis/${group}/${version}`,
    ...(namespaced && namespace ? ['namespaces', encodeURIComponent(namespace)] : []),
    plural,
    ...(name === undefined ? [] : [encodeURIComponent(name)]),
    ...(subresource === undefined ? [] : [subresource]),
  ].join('/');
}

/** Finds a kind by plural name, singular kind, or short name; with a group where one is given. */
export function findKind(kinds: readonly Kind[], name: string, group?: string): Kind | undefined {
  return kinds.find(
    (one) => (one.plural === name || one.kind === name) && (group === undefined || one.group === group),
  );
}
