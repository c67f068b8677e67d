import { randomUUID } from 'node:crypto';
import type { GroupFacts } from '../meta/index.js';
import { encodeUtf8 } from '../util/bytes.js';
import { attributesOf, notAllowed } from './authz/attributes.js';
import { masters } from './authz/authorizer.js';
import { wantedUser } from './authz/impersonation-headers.js';
import { groupOrder } from './bootstrap/api-priorities.js';
import {
  apiGroup,
  apiGroupList,
  apiResourceList,
  apiVersions,
  discoveryResponse,
} from './discovery/discovery-response.js';
import { health } from './discovery/health.js';
import { issuerResponse } from './discovery/issuer-response.js';
import { rootPaths } from './discovery/root.js';
import { metricsText, sliMetricsText } from './discovery/server-metrics.js';
import { versionInfo } from './discovery/version-info.js';
import { durationFault } from './http/duration-fault.js';
import { endingWith } from './http/ending-response.js';
import { flag, parseListOptions } from './http/list-options.js';
import { errorMedia, json, negotiate } from './http/negotiate.js';
import { indented, wantsPretty } from './http/pretty.js';
import { isBareVerb, parseResourcePath, presentPath, splitPath } from './http/request-info.js';
import { errorResponse, objectResponse, textResponse } from './http/respond.js';
import type { AuditedRequest } from './object/auditor.js';
import type { Attributes } from './object/authorization.js';
import type { Media } from './object/message.js';
import { changedRequest, header, type ServerRequest, type ServerResponse } from './object/message.js';
import type {
  GivenOptions,
  ResourcePath,
  ResourceRequest,
  ServedResource,
  ServerContext,
  Verb,
} from './object/server-context.js';
import {
  badRequest,
  failure,
  methodNotAllowed,
  notFound,
  StatusError,
  unknownResource,
} from './object/status-error.js';
import { unsecuredUser } from './object/user.js';
import { isReview } from './scheme/scheme.js';
import { wireTypeOfKind } from './scheme/wire-types.js';
import { dispatch, verbOf } from './verbs/dispatch.js';

/** Finds who answers a request, and indents the answer for those who want that. */
export async function route(server: ServerContext, request: ServerRequest): Promise<ServerResponse> {
  const mark = request.path.indexOf('?');
  const path = mark < 0 ? request.path : request.path.slice(0, mark);
  const query = new URLSearchParams(mark < 0 ? '' : request.path.slice(mark + 1));
  const { auditor } = server;
  const response =
    auditor === undefined
      ? withAuditId(request, await answer(server, request, path, query))
      : await auditor.audit(auditedRequest(server, request, path, query), (sent) =>
          answered(server, sent, path, query),
        );
  // Events of a watch stay on a line each.
  const watches = !(response.body instanceof Uint8Array) && (query.has('watch') || path.includes('/watch/'));
  return !watches && response.isPassedOn !== true && wantsPretty(request, query) ? indented(response) : response;
}

/** Names the request in the response: by the name that the client gave it, or by a new one. */
function withAuditId(request: ServerRequest, response: ServerResponse): ServerResponse {
  const id = header(request, 'audit-id') || randomUUID();
  return { ...response, headers: { 'audit-id': id, ...response.headers } };
}

/** Answers a request that was not authenticated, and records it. */
export async function refuseUnauthenticated(server: ServerContext, request: ServerRequest): Promise<ServerResponse> {
  const response = await errorResponse(failure(401, 'Unauthorized', 'Unauthorized'));
  if (server.auditor === undefined) return withAuditId(request, response);
  const mark = request.path.indexOf('?');
  const path = mark < 0 ? request.path : request.path.slice(0, mark);
  const query = new URLSearchParams(mark < 0 ? '' : request.path.slice(mark + 1));
  const nobody = { username: '', groups: [] };
  return server.auditor.refuse(auditedRequest(server, { ...request, user: nobody }, path, query), response);
}

function auditedRequest(
  server: ServerContext,
  request: ServerRequest,
  path: string,
  query: URLSearchParams,
): AuditedRequest {
  const segments = segmentsOf(server, path) ?? [];
  const attributes = attributesOf(request, segments, query, request.user ?? unsecuredUser);
  return { request, attributes, isLongRunning: isLongRunning(segments, query) };
}

/** Answers with a Status for errors that have one, so that they are recorded as responses. */
async function answered(
  server: ServerContext,
  request: ServerRequest,
  path: string,
  query: URLSearchParams,
): Promise<ServerResponse> {
  try {
    return await answer(server, request, path, query);
  } catch (error) {
    if (error instanceof StatusError) return errorResponse(error);
    throw error;
  }
}

/** Health, discovery, or a resource. */
async function answer(
  server: ServerContext,
  sent: ServerRequest,
  path: string,
  query: URLSearchParams,
): Promise<ServerResponse> {
  let request = sent;
  const segments = segmentsOf(server, path);
  if (segments === undefined) return errorResponse(badRequest('the path cannot be decoded'));
  if (isBareVerb(segments)) return withoutKind(path);
  const timeout = query.get('timeout') ?? '';
  if (timeout !== '' && !isLongRunning(segments, query)) {
    const fault = durationFault(timeout);
    if (fault !== undefined)
      return errorResponse(badRequest(`invalid timeout specified in the request URL - ${fault}`));
  }
  try {
    const asking = request.user ?? unsecuredUser;
    const wanted = wantedUser(request.headers);
    let user = asking;
    if (wanted !== undefined) {
      const own = attributesOf(request, segments, query, asking);
      const impersonated = await server.impersonation.impersonate(wanted, own);
      user = impersonated.user;
      request.audit?.impersonated(user, impersonated.constraint);
      request = changedRequest(request, { user, body: request.body, readBody: request.readBody });
    }
    const attributes = attributesOf(request, segments, query, user);
    // What speaks with a container takes as long as it likes, and is not counted.
    if (attributes.verb === 'proxy' || streams.has(attributes.resource?.subresource ?? ''))
      return await authorized(server, request, attributes, segments, query);
    const admission = await server.limits.begin(attributes, () => request.signal);
    if (!admission.admitted) return withHeaders(tooManyRequests(), admission.headers);
    const { headers, end } = admission;
    try {
      const response = await authorized(server, request, attributes, segments, query);
      // A watch holds its seat until its response begins, not while it waits for events.
      if (attributes.verb === 'watch') end();
      return withHeaders(endingWith(response, end), headers);
    } catch (error) {
      end();
      if (error instanceof StatusError) return withHeaders(await errorResponse(error), headers);
      throw error;
    }
  } catch (error) {
    if (error instanceof StatusError) return errorResponse(error);
    throw error;
  }
}

/** Answers a request if its user may make it. Reads the body only then. Throws the 403 Status. */
async function authorized(
  server: ServerContext,
  request: ServerRequest,
  attributes: Attributes,
  segments: readonly string[],
  query: URLSearchParams,
): Promise<ServerResponse> {
  const { allowed, reason = '' } = attributes.user.groups.includes(masters)
    ? { allowed: true }
    : await server.authorizer.authorize(attributes);
  request.audit?.annotate('authorization.k8s.io/decision', allowed ? 'allow' : 'forbid');
  request.audit?.annotate('authorization.k8s.io/reason', reason);
  if (!allowed) throw notAllowed(attributes, reason);
  // Streams and proxies pass bodies on as they come.
  if (request.readBody === undefined || streams.has(attributes.resource?.subresource ?? ''))
    return routed(server, request, segments, query);
  const body = await request.readBody();
  return routed(server, changedRequest(request, { user: request.user, body, readBody: undefined }), segments, query);
}

function withHeaders(response: ServerResponse, headers: { readonly [name: string]: string }): ServerResponse {
  return { ...response, headers: { ...response.headers, ...headers } };
}

/** The first segments of paths that do not exist with a slash at the end. */
const exactPaths = new Set(['healthz', 'livez', 'readyz', 'metrics', 'openapi']);

async function routed(
  server: ServerContext,
  request: ServerRequest,
  segments: readonly string[],
  query: URLSearchParams,
): Promise<ServerResponse> {
  const [first = ''] = segments;
  if (exactPaths.has(first) && /^[^?]*\/(\?|$)/.test(request.path)) return pageNotFound();
  if (segments.includes('') && first !== 'api' && first !== 'apis') return pageNotFound();
  if (first === 'api' || first === 'apis') return routeApi(server, request, segments, query);
  const found = (await health(server, segments, query)) ?? (await routePlain(server, request, segments));
  return found ?? pageNotFound();
}

/** Answers as kube-apiserver's in-flight filter does, in plain text. */
function tooManyRequests(): ServerResponse {
  return textResponse(429, 'Too many requests, please try again later.\n', {
    'retry-after': '1',
    'x-content-type-options': 'nosniff',
  });
}

const streams = new Set(['attach', 'exec', 'log', 'portforward', 'proxy']);

/** Reports whether a request has no time limit: watches and streams to containers. */
function isLongRunning(segments: readonly string[], query: URLSearchParams): boolean {
  if (flag(query, 'watch') === true || segments.includes('watch')) return true;
  return streams.has(segments.at(-1) ?? '') || segments.includes('proxy');
}

function segmentsOf({ features }: ServerContext, path: string): readonly string[] | undefined {
  const segments = splitPath(path);
  return segments !== undefined && features.enabled('LegacyProxyPaths') ? presentPath(segments) : segments;
}

/** Returns whether a request for an upgrade may change the protocol of its connection. */
export function takesUpgrade({ aggregation }: ServerContext, url: string): boolean {
  const mark = url.indexOf('?');
  const segments = splitPath(mark < 0 ? url : url.slice(0, mark)) ?? [];
  const [first, group = '', version = ''] = segments;
  if (first === 'apis' && aggregation.serves(group, version)) return true;
  return (
    first?.startsWith('api') === true && isLongRunning(segments, new URLSearchParams(mark < 0 ? '' : url.slice(mark)))
  );
}

function withoutKind(path: string): ServerResponse {
  const why = `failed to create RequestInfo: unable to determine kind and namespace from url, ${path}`;
  const { 'cache-control': _, ...headers } = textResponse(500, '', { 'x-content-type-options': 'nosniff' }).headers;
  return { status: 500, headers, body: encodeUtf8(`Internal Server Error: ${JSON.stringify(path)}: ${why}\n`) };
}

function pageNotFound(): ServerResponse {
  return textResponse(404, '404 page not found\n', { 'x-content-type-options': 'nosniff' });
}

async function routePlain(
  server: ServerContext,
  request: ServerRequest,
  segments: readonly string[],
): Promise<ServerResponse | undefined> {
  const [first] = segments;
  if (first === undefined) return indented(await objectResponse(200, rootPaths(servedGroups(server)), json));
  if (first === 'version' && segments.length === 1) {
    if (request.method !== 'GET') return errorResponse(methodNotAllowed());
    const accept = header(request, 'accept');
    try {
      return indented(await objectResponse(200, versionInfo(), negotiate(accept, { only: [json.contentType] })));
    } catch (error) {
      if (error instanceof StatusError) return errorResponse(error, errorMedia(accept));
      throw error;
    }
  }
  if (first === 'metrics' && segments.length === 1) {
    const headers = { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' };
    return { status: 200, headers, body: new TextEncoder().encode(await metricsText(server)) };
  }
  if (first === 'metrics' && segments[1] === 'slis' && segments.length === 2) {
    if (request.method === 'DELETE') {
      server.healthResults.reset();
      return textResponse(200, 'metrics reset\n');
    }
    const headers = { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' };
    return { status: 200, headers, body: new TextEncoder().encode(sliMetricsText(server)) };
  }
  if (first === 'openapi' && segments[1] === 'v3') {
    const { openApiResponse } = await import('./discovery/openapi.js');
    return openApiResponse(server, segments.slice(2), request);
  }
  if (first === 'openapi' && segments[1] === 'v2' && segments.length === 2) {
    const { swaggerResponse } = await import('./discovery/openapi.js');
    return swaggerResponse(server, request);
  }
  return issuerResponse(server.tokens, segments, request);
}

async function routeApi(
  server: ServerContext,
  request: ServerRequest,
  segments: readonly string[],
  query: URLSearchParams,
): Promise<ServerResponse> {
  await server.definitions.settled();
  const core = segments[0] === 'api';
  const group = core ? '' : segments[1];
  const { aggregation } = server;
  const version = segments[2];
  if (!core && group !== undefined && version !== undefined && aggregation.serves(group, version))
    return aggregation.proxy(group, version, request);
  if (group !== undefined && !servedGroups(server).some((one) => one.group === group)) return pageNotFound();
  const path = parseResourcePath(segments);
  if (path === undefined && segments.length > (core ? 2 : 3)) return errorResponse(unknownResource());
  if (path === undefined || (path.watch && path.plural === '')) return routeDiscovery(server, request, segments);
  return routeResource(server, request, path, query);
}

/** Returns the groups of this server and those of others, by priority. A group that both serve has the versions of both. */
function servedGroups({ scheme, aggregation }: ServerContext): readonly GroupFacts[] {
  const [own, remote] = [scheme.groups(), aggregation.groups()];
  if (remote.length === 0) return own;
  const versionsOf = (groups: readonly GroupFacts[], name: string): readonly string[] =>
    groups.find(({ group }) => group === name)?.versions ?? [];
  const order = groupOrder(
    own.map(({ group }) => ({ group, isCustom: scheme.isCustomGroup(group) })),
    remote,
  );
  return order.map((group) => ({
    group,
    versions: [...new Set([...versionsOf(own, group), ...versionsOf(remote, group)])],
  }));
}

async function routeDiscovery(
  server: ServerContext,
  request: ServerRequest,
  segments: readonly string[],
): Promise<ServerResponse> {
  const { scheme, aggregation } = server;
  const core = segments[0] === 'api';
  const groups = servedGroups(server);
  // The aggregator, which answers /apis, takes any method.
  if (request.method !== 'GET' && (core || segments.length > 1)) return errorResponse(methodNotAllowed());
  const host = header(request, 'host');
  if (segments.length === 1) {
    const legacy = () => (core ? apiVersions(scheme, host) : apiGroupList(groups));
    const remote = core ? [] : aggregation.discovered();
    const order = groups.map(({ group }) => group);
    return discoveryResponse(scheme, request, core, { remote, order }, legacy);
  }
  const group = core ? '' : (segments[1] ?? '');
  const version = segments[core ? 1 : 2];
  const document = version === undefined ? apiGroup(groups, group) : apiResourceList(scheme, group, version);
  if (document === undefined) return scheme.isCustomGroup(group) ? pageNotFound() : errorResponse(unknownResource());
  return objectResponse(200, document, negotiate(header(request, 'accept')));
}

async function routeResource(
  server: ServerContext,
  http: ServerRequest,
  path: ResourcePath,
  query: URLSearchParams,
): Promise<ServerResponse> {
  let media: Media = json;
  const warnings: string[] = [];
  const { group, version, plural, subresource = '' } = path;
  let verb: Verb | undefined;
  const counted = (response: ServerResponse): ServerResponse => {
    // Only what is served is counted by name: strangers could ask for any number of others.
    if (verb !== undefined) {
      server.requests.count({ verb, group, version, resource: plural, subresource, code: response.status });
    }
    return response;
  };
  try {
    const resource = server.scheme.resource(path.group, path.version, path.plural);
    // Without a namespace the objects of a namespaced kind can be listed, not named.
    const misplaced =
      resource?.namespaced === true
        ? path.namespace === undefined && path.name !== undefined
        : path.namespace !== undefined;
    if (resource === undefined || misplaced) {
      if (server.scheme.isCustomGroup(path.group)) return pageNotFound();
      throw unknownResource();
    }
    if (path.subresource !== undefined && !resource.subresources.has(path.subresource)) {
      throw resource.custom === undefined ? unknownResource() : notFound(resource, path.name ?? '');
    }
    if (resource.custom?.warning !== undefined) warnings.push(resource.custom.warning);
    const requestFor = (verb: Verb, media: Media): ResourceRequest => ({
      server,
      path,
      resource,
      user: http.user ?? unsecuredUser,
      given: givenOptions(query),
      bodyLength: http.body?.length ?? 0,
      // Few requests ask for their signal, and making one costs as much as a small write.
      get signal() {
        return http.signal;
      },
      audit: http.audit,
      warnings,
      verb,
      http,
      query,
      media,
    });
    if (path.group === '' && streams.has(subresource)) {
      verb = 'connect';
      const { connectResource, connectMedia } = await import('./proxy/connect-resource.js');
      media = connectMedia(http, subresource);
      const request = requestFor(verb, media);
      return counted(await server.streams.run(() => connectResource(request)));
    }
    verb = verbOf(http.method, path, resource, () => parseListOptions(query).watch);
    media = errorMedia(header(http, 'accept'));
    media = negotiate(header(http, 'accept'), {
      ...offersOf(verb, resource, subresource),
      protobuf: hasProtobuf(resource),
    });
    const misfit = misfitOf(media, verb, resource);
    const response = await dispatch(requestFor(verb, misfit === undefined ? media : plain(media, resource)));
    if (misfit !== undefined && verb !== 'watch') throw failure(406, 'NotAcceptable', misfit);
    if (verb !== 'watch' || header(http, 'upgrade') === '' || http.mayUpgrade !== true) return counted(response);
    const { watchOverSocket } = await import('./proxy/watch-socket.js');
    return counted(watchOverSocket(http, response, media));
  } catch (error) {
    if (error instanceof StatusError) return counted(await errorResponse(error, media, warnings));
    throw error;
  }
}

function givenOptions(query: URLSearchParams): GivenOptions {
  return {
    dryRun: query.getAll('dryRun'),
    fieldManager: query.get('fieldManager') ?? '',
    fieldValidation: query.get('fieldValidation') ?? '',
  };
}

/** Returns the form of whole objects for a client that asked for metadata which the answer cannot be reduced to. */
function plain({ encoding, contentType }: Media, resource: ServedResource): Media {
  return encoding === 'protobuf' && !hasProtobuf(resource) ? json : { encoding, contentType };
}

function hasProtobuf({ apiVersion, kind }: ServedResource): boolean {
  return wireTypeOfKind(apiVersion, kind) !== undefined;
}

/** Subresources that are posted and not stored. */
const posted = new Set(['binding', 'eviction', 'token']);

function offersOf(
  verb: Verb,
  resource: ServedResource,
  subresource: string,
): {
  table?: boolean;
  partial: boolean;
  stream?: boolean;
  watch?: boolean;
} {
  switch (verb) {
    case 'list':
      return { table: true, partial: true, stream: true };
    case 'watch':
      return { table: true, partial: true, stream: true, watch: true };
    case 'deletecollection':
      return { table: true, partial: true };
    default:
      // What is only ever posted has no table.
      return { table: !isReview(resource) && !posted.has(subresource), partial: true };
  }
}

/** Tells why an answer cannot be reduced to its metadata as was asked: an object cannot stand for a list, nor a list for an object. */
function misfitOf({ as }: Media, verb: Verb, { group, kind, custom }: ServedResource): string | undefined {
  if (as === undefined || as === 'Table') return undefined;
  const isList = verb === 'list' || verb === 'deletecollection';
  if ((as === 'PartialObjectMetadataList') === isList) return undefined;
  // Lists and objects of events are of the core group inside kube-apiserver.
  const place = group === '' || group === 'events.k8s.io' ? 'core' : (group.split('.')[0] ?? '');
  const type = custom === undefined ? `*${place}.${kind}` : '*unstructured.Unstructured';
  return isList
    ? `you requested ${as}, but the requested object is a list (${type}List)`
    : `you requested ${as}, but the requested object is not a list (${type})`;
}
