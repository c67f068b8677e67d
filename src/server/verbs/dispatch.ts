import { lazy } from '../../util/lazy.js';
import { parseListOptions } from '../http/list-options.js';
import type { ServerResponse } from '../object/message.js';
import type { ResourcePath, ResourceRequest, ServedResource, Verb } from '../object/server-context.js';
import { failure, methodNotAllowed, verbNotSupported } from '../object/status-error.js';
import { deprecationOf } from '../scheme/deprecations.js';
import { doorOf } from './doors.js';
import { getObject } from './get.js';
import { listObjects } from './list.js';
import { watchObjects } from './watch.js';

/** The verb of a request. Throws the 405 Status for one the resource does not have. */
export function verbOf(method: string, path: ResourcePath, resource: ServedResource, watches: () => boolean): Verb {
  const verb = wanted(method, path, watches);
  const has =
    path.subresource === undefined ? resource.verbs : new Set(resource.subresources.get(path.subresource)?.verbs);
  if (verb === 'watch' && has.has('list') && !has.has('watch')) throw noWatch(resource);
  if (verb === undefined) throw methodNotAllowed();
  if (!has.has(verb)) {
    const isCustom = resource.custom !== undefined && path.subresource !== undefined;
    throw isCustom ? verbNotSupported(resource, verb) : methodNotAllowed();
  }
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

/** Handlers of writes are loaded at the first write: they are most of the server. */
const loadWriteHandlers = lazy(() => import('./write-handlers.js'));

/** Calls the handler of a request. */
export async function dispatch(request: ResourceRequest): Promise<ServerResponse> {
  const deprecated = deprecationOf(request.resource);
  if (deprecated !== undefined) request.warnings.push(deprecated);
  const handler = readHandler(request) ?? (await loadWriteHandlers()).writeHandler(request);
  return handler(request);
}

/** Returns the handler of a read, undefined for a write and for a subresource of another kind. */
function readHandler({ resource, path: { subresource }, verb }: ResourceRequest): Handler | undefined {
  if (resource.group === '' && resource.kind === 'ComponentStatus') return componentHandler(verb);
  if (subresource !== undefined && doorOf(subresource) === undefined) return undefined;
  switch (verb) {
    case 'get':
      return getObject;
    case 'list':
      return (request) => listObjects(request, parseListOptions(request.query));
    case 'watch':
      return (request) => watchObjects(request, watchOptions(request));
    default:
      return undefined;
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
