import { createHash } from 'node:crypto';
import type { GroupFacts, ResourceFacts, SubresourceFacts } from '../../meta/index.js';
import { negotiate, parseAccept } from '../http/negotiate.js';
import { encode, noCache } from '../http/respond.js';
import type { DiscoveredGroup } from '../object/aggregation.js';
import type { Media, ServerRequest, ServerResponse } from '../object/message.js';
import { header } from '../object/message.js';
import type { Scheme } from '../object/server-context.js';
import { aggregatedDiscovery, type DiscoveryList } from '../openapi/aggregated-discovery.js';

type Json = { [field: string]: unknown };

const aggregatedType = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** `/api`: the versions of the core group. */
export function apiVersions(scheme: Scheme, host: string): Json {
  return {
    kind: 'APIVersions',
    versions: scheme.group('')?.versions ?? [],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: host }],
  };
}

/** `/apis`: the named groups. */
export function apiGroupList(groups: readonly GroupFacts[]): Json {
  const named = groups.filter(({ group }) => group !== '');
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: named.map(groupEntry) };
}

/** `/apis/<group>`; undefined for a group that is not served. */
export function apiGroup(groups: readonly GroupFacts[], name: string): Json | undefined {
  const found = groups.find(({ group }) => group === name);
  return name === '' || found === undefined ? undefined : { kind: 'APIGroup', apiVersion: 'v1', ...groupEntry(found) };
}

function groupEntry({ group: name, versions: all }: GroupFacts): Json {
  const versions = all.map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions, preferredVersion: versions[0] };
}

/** `/api/v1` and `/apis/<group>/<version>`; undefined for what is not served. */
export function apiResourceList(scheme: Scheme, group: string, version: string): Json | undefined {
  const facts = scheme.facts(group, version);
  if (facts === undefined) return undefined;
  const groupVersion = group === '' ? version : `${group}/${version}`;
  const resources = facts.resources.flatMap((resource) => [
    legacyResource(resource, group, version),
    ...(resource.subresources ?? []).map((sub) => legacySubresource(resource, sub)),
  ]);
  // The core group's list says no apiVersion, as it has for as long as there have been two of them.
  return { kind: 'APIResourceList', ...(group === '' ? {} : { apiVersion: 'v1' }), groupVersion, resources };
}

function legacyResource(resource: ResourceFacts, group: string, version: string): Json {
  return {
    name: resource.plural,
    singularName: resource.singular,
    namespaced: resource.scope === 'Namespaced',
    kind: resource.kind,
    verbs: resource.verbs,
    ...(resource.shortNames === undefined ? {} : { shortNames: resource.shortNames }),
    ...(resource.categories === undefined ? {} : { categories: resource.categories }),
    ...storageVersion(resource, group, version),
  };
}

/** Returns the storage version hash: the start of a hash over the storage version. */
function storageVersion(resource: ResourceFacts, group: string, version: string): { storageVersionHash?: string } {
  if (!resource.verbs.includes('list') || resource.plural === 'componentstatuses') return {};
  if (resource.storageVersionHash !== undefined) return { storageVersionHash: resource.storageVersionHash };
  const hash = createHash('sha256').update(`${group}/${version}/${resource.kind}`).digest();
  return { storageVersionHash: hash.subarray(0, 8).toString('base64') };
}

function legacySubresource(resource: ResourceFacts, sub: SubresourceFacts): Json {
  return {
    name: `${resource.plural}/${sub.name}`,
    singularName: '',
    namespaced: resource.scope === 'Namespaced',
    ...(sub.group === undefined || sub.group === '' ? {} : { group: sub.group }),
    ...(sub.version === undefined ? {} : { version: sub.version }),
    kind: sub.kind,
    verbs: sub.verbs,
  };
}

/** The aggregated form (KEP-3352): everything in one document. */
function aggregated(scheme: Scheme, core: boolean): DiscoveryList {
  const apis = scheme
    .groups()
    .filter(({ group }) => (group === '') === core)
    .flatMap(({ group, versions }) => versions.flatMap((version) => scheme.facts(group, version) ?? []));
  return core ? aggregatedDiscovery(apis).core : aggregatedDiscovery(apis).groups;
}

/** Aggregated bodies and their tags, made once per edition of a scheme: they do not change while it does not. */
const aggregatedBodies = new WeakMap<object, Map<boolean, AggregatedBody>>();

/** An answer to `/api` or `/apis`: aggregated where the client asks for that, with an ETag, else in the legacy form. */
export async function discoveryResponse(
  scheme: Scheme,
  request: ServerRequest,
  core: boolean,
  { remote, order }: { readonly remote: readonly DiscoveredGroup[]; readonly order: readonly string[] },
  legacy: () => Json,
): Promise<ServerResponse> {
  const accept = header(request, 'accept');
  if (!wantsAggregated(accept)) return plain(legacy(), negotiate(accept));
  const made =
    remote.length === 0 ? aggregatedBody(scheme, core) : bodyOf(withRemote(aggregated(scheme, core), remote, order));
  const headers = { 'content-type': aggregatedType, 'cache-control': 'public', vary: 'Accept', etag: made.etag };
  if (header(request, 'if-none-match') === made.etag) return { status: 304, headers, body: new Uint8Array() };
  return { status: 200, headers, body: made.body };
}

interface AggregatedBody {
  readonly body: Uint8Array;
  readonly etag: string;
}

function aggregatedBody(scheme: Scheme, core: boolean): AggregatedBody {
  const known = aggregatedBodies.get(scheme.edition) ?? new Map<boolean, AggregatedBody>();
  aggregatedBodies.set(scheme.edition, known);
  const made = known.get(core) ?? bodyOf(aggregated(scheme, core));
  known.set(core, made);
  return made;
}

function bodyOf(list: DiscoveryList): AggregatedBody {
  const body = new TextEncoder().encode(JSON.stringify(list));
  return { body, etag: `"${createHash('sha512').update(body).digest('hex').toUpperCase()}"` };
}

/** Adds the groups of other servers, in the order of the names. A version that this server has too is theirs. */
function withRemote(list: DiscoveryList, remote: readonly DiscoveredGroup[], order: readonly string[]): DiscoveryList {
  const items = list.items.map((item) => {
    const added = remote.find(({ name }) => name === item.metadata.name)?.versions ?? [];
    const own = item.versions.filter(({ version }) => !added.some((one) => one.version === version));
    return { ...item, versions: [...own, ...added] };
  });
  const isNew = ({ name }: DiscoveredGroup): boolean => !list.items.some((item) => item.metadata.name === name);
  const others = remote.filter(isNew).map(({ name, versions }) => ({ metadata: { name }, versions: [...versions] }));
  const place = new Map(order.map((name, index) => [name, index]));
  const all = [...items, ...others];
  all.sort((one, other) => (place.get(one.metadata.name ?? '') ?? 0) - (place.get(other.metadata.name ?? '') ?? 0));
  return { ...list, items: all };
}

/** Reports whether the client accepts the aggregated form, which wins over the plain one at any place of the list. */
function wantsAggregated(accept: string): boolean {
  return parseAccept(accept).some(
    ({ type, parameters }) =>
      type === 'application/json' &&
      parameters.get('as') === 'APIGroupDiscoveryList' &&
      parameters.get('g') === 'apidiscovery.k8s.io' &&
      parameters.get('v') === 'v2',
  );
}

async function plain(object: Json, media: Media): Promise<ServerResponse> {
  return { status: 200, headers: { 'content-type': media.contentType, ...noCache }, body: await encode(object, media) };
}
