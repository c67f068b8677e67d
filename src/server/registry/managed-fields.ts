import type { WriteOptions } from '../http/write-options.js';
import { type FieldManagerContext, fieldFilterOf, keepTimesWhereUnchanged, trackUpdate } from '../patch/index.js';
import type { ResourceRequest } from './context.js';
import type { ServerObject } from './stored.js';
import { timestamp } from './system-fields.js';

/** Who writes, for the bookkeeping of managedFields. */
export function managerContext(request: ResourceRequest, options: WriteOptions): FieldManagerContext {
  const { server, resource, path } = request;
  const { group, kind, hasStatus } = resource;
  return {
    schema: server.scheme.resolver(resource),
    manager: options.manager,
    apiVersion: resource.apiVersion,
    subresource: path.subresource,
    now: timestamp(server.clock),
    filter: fieldFilterOf({ group, kind, subresource: path.subresource, hasStatus }),
  };
}

/** The object with its managedFields brought up to date: what changed against `live` belongs to the writer now. */
export function tracked(
  request: ResourceRequest,
  options: WriteOptions,
  live: ServerObject | undefined,
  updated: ServerObject,
): ServerObject {
  return trackUpdate({ ...managerContext(request, options), live, updated }) as ServerObject;
}

/** The object without the new times of managedFields where they are all that changed: a write without effect stays one. */
export function settled(live: ServerObject, updated: ServerObject): ServerObject {
  return keepTimesWhereUnchanged(live, updated) as ServerObject;
}
