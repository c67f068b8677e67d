import { parseListOptions } from '../http/list-options.js';
import type { ServerResponse } from '../object/message.js';
import type { ResourcePath, ResourceRequest, ServedResource } from '../object/server-context.js';
import { failure, methodNotAllowed } from '../object/status-error.js';
import { deprecationOf } from '../scheme/deprecations.js';
import { isReview } from '../scheme/scheme.js';
import { doorOf } from './doors.js';
import { getObject } from './get.js';
import { listObjects } from './list.js';
import { loadWrites } from './load-writes.js';
import { watchObjects } from './watch.js';

/** The verbs of a resource, in the words of discovery and RBAC. */
export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection';

/** The verb of a request. Throws the 405 Status for one the resource does not have. */
export function verbOf(method: string, path: ResourcePath, resource: ServedResource, watches: () => boolean): Verb {
  const verb = wanted(method, path, watches);
  const has =
    path.subresource === undefined ? resource.verbs : new Set(resource.subresources.get(path.subresource)?.verbs);
  if (verb === 'watch' && has.has('list') && !has.has('watch')) throw noWatch(resource);
  if (verb === undefined || !has.has(verb)) throw methodNotAllowed();
  // The collection over all namespaces can only be read.
  if (resource.namespaced && path.namespace === undefined && verb !== 'list' && verb !== 'watch')
    throw methodNotAllowed();
  return verb;
}

function noWatch({ plural, group }: ServedResource): Error {
  const message = `watch is not supported on resources of kind ${JSON.stringify(plural)}`;
  return failure(405, 'MethodNotAllowed', message, { ...(group === '' ? {} : { group }), kind: plural });
}

function wanted(method: string, path: ResourcePath, watches: () => boolean): Verb | undefined {
  const collection = path.name === undefined;
  if (path.watch) return method === 'GET' ? 'watch' : undefined;
  switch (method) {
    case 'GET':
      if (!collection) return 'get';
      return watches() ? 'watch' : 'list';
    case 'POST':
      return collection || path.subresource !== undefined ? 'create' : undefined;
    case 'PUT':
      return collection ? undefined : 'update';
    case 'PATCH':
      return collection ? undefined : 'patch';
    case 'DELETE':
      return collection ? 'deletecollection' : 'delete';
    default:
      return undefined;
  }
}

type Handler = (request: ResourceRequest) => Promise<ServerResponse>;

type Writes = Awaited<ReturnType<typeof loadWrites>>;

/** A handler that is loaded when it is first needed. */
const later =
  (choose: (writes: Writes) => Handler): Handler =>
  async (request) =>
    choose(await loadWrites())(request);

/** Subresources that speak another kind than their parent. */
const subresources: { readonly [name: string]: { readonly [verb in Verb]?: Handler } } = {
  scale: {
    get: later((writes) => writes.scale.get),
    update: later((writes) => writes.scale.update),
    patch: later((writes) => writes.scale.patch),
  },
  binding: { create: later((writes) => writes.bindPod) },
  eviction: { create: later((writes) => writes.evictPod) },
  token: { create: later((writes) => writes.requestToken) },
};

/** Hands a request to the verb that answers it. */
export function dispatch(request: ResourceRequest, verb: Verb): Promise<ServerResponse> {
  const { subresource } = request.path;
  const deprecated = deprecationOf(request.resource);
  if (deprecated !== undefined) request.warnings.push(deprecated);
  if (subresource === undefined) return mainHandler(request, verb)(request);
  const handlers = Object.hasOwn(subresources, subresource) ? subresources[subresource] : undefined;
  const handler =
    handlers === undefined && doorOf(subresource) !== undefined ? mainHandler(request, verb) : handlers?.[verb];
  if (handler === undefined) throw failure(501, 'NotImplemented', `${subresource} is not supported by this server`);
  return handler(request);
}

function mainHandler({ resource }: ResourceRequest, verb: Verb): Handler {
  if (resource.group === '' && resource.kind === 'ComponentStatus') return componentHandler(verb);
  switch (verb) {
    case 'get':
      return getObject;
    case 'list':
      return (request) => listObjects(request, parseListOptions(request.query));
    case 'watch':
      return (request) => watchObjects(request, watchOptions(request));
    case 'create':
      if (resource.kind === 'Binding') return later((writes) => writes.bindPod);
      return later(isReview(resource) ? (writes) => writes.createReview : (writes) => writes.createObject);
    case 'update':
      return later((writes) => writes.updateObject);
    case 'patch':
      return later((writes) => writes.patchObject);
    case 'delete':
      return later((writes) => writes.deleteObject);
    case 'deletecollection':
      return later((writes) => writes.deleteCollection);
  }
}

function componentHandler(verb: Verb): Handler {
  return async (request) => {
    const { getComponentStatus, listComponentStatuses } = await import('./component-statuses.js');
    return verb === 'get' ? getComponentStatus(request) : listComponentStatuses(request);
  };
}

/** The old `/watch/` paths to one object watch it by its name. */
function watchOptions({ query, path }: ResourceRequest): ReturnType<typeof parseListOptions> {
  const options = parseListOptions(query);
  const named = path.name === undefined ? options : { ...options, fieldSelector: `metadata.name=${path.name}` };
  return { ...named, watch: true };
}
