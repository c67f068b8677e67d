import {
  type FieldManagerContext,
  fieldFilterOf,
  keepTimesWhereUnchanged,
  trackCreation,
  trackUpdateSteps,
} from '../../patch/index.js';
import type { WriteOptions } from '../http/write-options.js';
import type { Operation, ServedResource } from '../object/server-context.js';
import type { ServerObject } from '../object/server-object.js';
import { timestamp } from '../object/system-fields.js';
import { decodeKind, kindOf } from '../scheme/decode-object.js';
import { runSteps } from './large-write.js';

/** Returns the writer and the operation for managedFields. */
export function managerContext(request: Operation, options: WriteOptions): FieldManagerContext {
  const { server, resource, path } = request;
  const { group, kind, hasStatus, custom } = resource;
  return {
    schema: server.scheme.resolver(resource),
    manager: options.manager,
    apiVersion: resource.apiVersion,
    subresource: path.subresource,
    now: timestamp(server.clock),
    convert: (object, apiVersion) => {
      const [version = '', inGroup = ''] = apiVersion.split('/').reverse();
      const isServed = inGroup === group && server.scheme.resource(group, version, resource.plural) !== undefined;
      return isServed && apiVersion.split('/').length < 3
        ? { object, schema: server.scheme.resolver(resource) }
        : undefined;
    },
    filter: fieldFilterOf({ group, kind, subresource: path.subresource, hasStatus, custom: custom !== undefined }),
  };
}

/** The object with its managedFields brought up to date: what changed against `live` belongs to the writer now. */
export async function tracked(
  request: Operation,
  options: WriteOptions,
  live: ServerObject | undefined,
  updated: ServerObject,
  storedBytes = 0,
): Promise<ServerObject> {
  const context = managerContext(request, options);
  const steps =
    live === undefined
      ? trackCreation({ ...context, created: updated, blank: blankOf(request.resource) })
      : trackUpdateSteps({ ...context, live, updated });
  return (await runSteps(request, steps, storedBytes)) as ServerObject;
}

/** The object without the new times of managedFields where they are all that changed: a write without effect stays one. */
export function settled(live: ServerObject, updated: ServerObject): ServerObject {
  return keepTimesWhereUnchanged(live, updated) as ServerObject;
}

/** The form of an empty object of a kind. Nobody changes it. */
const blanks = new WeakMap<ServedResource, ServerObject>();

function blankOf(resource: ServedResource): ServerObject {
  let blank = blanks.get(resource);
  if (blank === undefined) {
    blank = decodeKind({}, kindOf(resource));
    blanks.set(resource, blank);
  }
  return blank;
}
