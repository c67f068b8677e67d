import { createHash } from 'node:crypto';
import type { ResourceFacts, SubresourceFacts } from '../../meta/index.js';
import { negotiate, parseAccept } from '../http/negotiate.js';
import { encode, noCache } from '../http/respond.js';
import type { Media, ServerRequest, ServerResponse } from '../object/message.js';
import { header } from '../object/message.js';
import type { Scheme } from '../object/server-context.js';
import { aggregatedDiscovery } from '../openapi/discovery.js';

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
export function apiGroupList(scheme: Scheme): Json {
  const names = scheme.groups().flatMap(({ group }) => (group === '' ? [] : [group]));
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: names.map((name) => groupEntry(scheme, name)) };
}

/** `/apis/<group>`; undefined for a group that is not served. */
export function apiGroup(scheme: Scheme, name: string): Json | undefined {
  if (name === '' || scheme.group(name) === undefined) return undefined;
  return { kind: 'APIGroup', apiVersion: 'v1', ...groupEntry(scheme, name) };
}

function groupEntry(scheme: Scheme, name: string): Json {
  const versions = (scheme.group(name)?.versions ?? []).map((version) => ({
    groupVersion: `${name}/${version}`,
    version,
  }));
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

/** What changes when objects are kept in another version: the start of a hash over the version they are kept in. */
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
function aggregated(scheme: Scheme, core: boolean): object {
  const apis = scheme
    .groups()
    .filter(({ group }) => (group === '') === core)
    .flatMap(({ group, versions }) => versions.flatMap((version) => scheme.facts(group, version) ?? []));
  return core ? aggregatedDiscovery(apis).core : aggregatedDiscovery(apis).groups;
}

/** Aggregated bodies and their tags, made once per edition of a scheme: they do not change while it does not. */
const aggregatedBodies = new WeakMap<object, Map<boolean, { body: Uint8Array; etag: string }>>();

/** An answer to `/api` or `/apis`: aggregated where the client asks for that, with an ETag, else in the legacy form. */
export async function discoveryResponse(
  scheme: Scheme,
  request: ServerRequest,
  core: boolean,
  legacy: () => Json,
): Promise<ServerResponse> {
  const accept = header(request, 'accept');
  if (!wantsAggregated(accept)) return plain(legacy(), negotiate(accept));
  const known = aggregatedBodies.get(scheme.edition) ?? new Map<boolean, { body: Uint8Array; etag: string }>();
  aggregatedBodies.set(scheme.edition, known);
  let made = known.get(core);
  if (made === undefined) {
    const body = new TextEncoder().encode(JSON.stringify(aggregated(scheme, core)));
    made = { body, etag: `"${createHash('sha512').update(body).digest('hex').toUpperCase()}"` };
    known.set(core, made);
  }
  const headers = { 'content-type': aggregatedType, 'cache-control': 'public', vary: 'Accept', etag: made.etag };
  if (header(request, 'if-none-match') === made.etag) return { status: 304, headers, body: new Uint8Array() };
  return { status: 200, headers, body: made.body };
}

/** Whether the client takes the aggregated form: it wins over the plain one wherever it stands. */
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
