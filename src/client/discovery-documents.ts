import type { Resource, Scope, SubresourceInfo, Verb } from '../meta/index.js';
import { isObject } from '../util/json-value.js';

/** The discovered kinds of a group: its versions, in the server's order of preference. */
export interface DiscoveredGroup {
  readonly name: string;
  readonly versions: readonly {
    readonly version: string;
    readonly resources: readonly Resource[];
    /** True if the server could not reach the server of this version and repeats its last answer. */
    readonly stale?: boolean;
  }[];
}

/** The `Accept` header that returns everything in two answers (KEP-3352). Servers before 1.26 return the legacy documents instead. */
export const DISCOVERY_ACCEPT = [
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
  'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList',
  'application/json',
].join(',');

/** The groups of an aggregated document, or undefined when it is another. What is malformed in it is left out. */
export function aggregatedGroups(document: unknown): DiscoveredGroup[] | undefined {
  if (!isObject(document) || document.kind !== 'APIGroupDiscoveryList') return undefined;
  return records(document.items).map((item) => {
    const group = isObject(item.metadata) ? text(item.metadata.name) : '';
    return {
      name: group,
      versions: records(item.versions).map(({ version, resources, freshness }) => ({
        version: text(version),
        stale: freshness === 'Stale',
        resources: records(resources).map((resource) => aggregatedResource(group, text(version), resource)),
      })),
    };
  });
}

function aggregatedResource(group: string, version: string, entry: Record<string, unknown>): Resource {
  const subresources: { [name: string]: SubresourceInfo } = {};
  for (const sub of records(entry.subresources)) {
    define(subresources, text(sub.subresource), {
      kind: kindText(sub.responseKind, group, version),
      verbs: verbs(sub.verbs),
    });
  }
  const plural = text(entry.resource);
  return {
    group,
    version,
    kind: isObject(entry.responseKind) ? text(entry.responseKind.kind) : '',
    plural,
    singular: text(entry.singularResource) || singularOf(entry.responseKind),
    shortNames: texts(entry.shortNames),
    categories: texts(entry.categories),
    scope: entry.scope === 'Cluster' ? 'Cluster' : 'Namespaced',
    verbs: verbs(entry.verbs),
    subresources,
  };
}

/** The groups and versions a legacy `APIGroupList` names, preferred version first. */
export function legacyGroups(document: unknown): { name: string; versions: string[] }[] {
  if (!isObject(document)) return [];
  return records(document.groups).map((group) => {
    const preferred = isObject(group.preferredVersion) ? text(group.preferredVersion.version) : '';
    const versions = records(group.versions).map(({ version }) => text(version));
    return {
      name: text(group.name),
      versions: [...new Set([preferred, ...versions])].filter((version) => version !== ''),
    };
  });
}

/** The versions of the core group in a legacy `APIVersions`. */
export function legacyCoreVersions(document: unknown): string[] {
  return isObject(document) ? texts(document.versions) : [];
}

/** The resources of a legacy `APIResourceList`, subresources folded into theirs. */
export function legacyResources(group: string, version: string, document: unknown): Resource[] {
  const entries = isObject(document) ? records(document.resources) : [];
  const subresources: Map<string, { [name: string]: SubresourceInfo }> = new Map();
  for (const entry of entries) {
    const [plural = '', sub] = text(entry.name).split('/', 2);
    const into = subresources.get(plural) ?? {};
    subresources.set(plural, into);
    if (sub) define(into, sub, { kind: kindText(entry, group, version), verbs: verbs(entry.verbs) });
  }
  return entries
    .filter((entry) => !text(entry.name).includes('/'))
    .map((entry) => {
      const scope: Scope = entry.namespaced === true ? 'Namespaced' : 'Cluster';
      const plural = text(entry.name);
      return {
        group,
        version,
        kind: text(entry.kind),
        plural,
        singular: text(entry.singularName) || text(entry.kind).toLowerCase(),
        shortNames: texts(entry.shortNames),
        categories: texts(entry.categories),
        scope,
        verbs: verbs(entry.verbs),
        subresources: subresources.get(plural) ?? {},
      };
    });
}

/** `v1/Pod`, `policy/v1/Eviction`; group and version are the document's where a kind leaves them out. */
function kindText(kind: unknown, group: string, version: string): string {
  if (!isObject(kind)) return '';
  const own = text(kind.version) !== '';
  const [kindGroup, kindVersion] = own ? [text(kind.group), text(kind.version)] : [group, version];
  return `${kindGroup === '' ? '' : `${kindGroup}/`}${kindVersion}/${text(kind.kind)}`;
}

function singularOf(kind: unknown): string {
  return isObject(kind) ? text(kind.kind).toLowerCase() : '';
}

function records(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** Words the type does not know are kept: they are the server's to choose. */
function verbs(value: unknown): Verb[] {
  return texts(value) as Verb[];
}

/** Sets an own property whatever the name: it comes from the network and may be `__proto__`. */
function define<T>(into: { [name: string]: T }, name: string, value: T): void {
  Object.defineProperty(into, name, { value, enumerable: true, configurable: true, writable: true });
}
