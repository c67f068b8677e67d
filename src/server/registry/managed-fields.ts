import type { WriteOptions } from '../http/write-options.js';
import { type FieldManagerContext, fieldFilterOf, keepTimesWhereUnchanged, trackUpdate } from '../patch/index.js';
import { equal, isObject } from '../patch/json-value.js';
import type { ServedResource } from '../scheme/resource.js';
import type { ResourceRequest } from './context.js';
import { decodeKind, kindOf } from './decode-object.js';
import type { ServerObject } from './stored.js';
import { timestamp } from './system-fields.js';

/** Who writes, for the bookkeeping of managedFields. */
export function managerContext(request: ResourceRequest, options: WriteOptions): FieldManagerContext {
  const { server, resource, path } = request;
  const { group, kind, hasStatus, custom } = resource;
  return {
    schema: server.scheme.resolver(resource),
    manager: options.manager,
    apiVersion: resource.apiVersion,
    subresource: path.subresource,
    now: timestamp(server.clock),
    filter: fieldFilterOf({ group, kind, subresource: path.subresource, hasStatus, custom: custom !== undefined }),
  };
}

/** The object with its managedFields brought up to date: what changed against `live` belongs to the writer now. */
export function tracked(
  request: ResourceRequest,
  options: WriteOptions,
  live: ServerObject | undefined,
  updated: ServerObject,
): ServerObject {
  const context = managerContext(request, options);
  if (live !== undefined) return trackUpdate({ ...context, live, updated }) as ServerObject;
  // On a creation nobody owns what every new object of the kind has: the fields that are never left out, with their zeros.
  const written = withoutZeros(updated, zeroOf(request.resource)) as ServerObject;
  const { managedFields } = (
    trackUpdate({ ...context, live, updated: { ...written, metadata: updated.metadata } }) as ServerObject
  ).metadata;
  const { managedFields: _sent, ...metadata } = updated.metadata;
  return { ...updated, metadata: managedFields === undefined ? metadata : { ...metadata, managedFields } };
}

/** The object without the new times of managedFields where they are all that changed: a write without effect stays one. */
export function settled(live: ServerObject, updated: ServerObject): ServerObject {
  return keepTimesWhereUnchanged(live, updated) as ServerObject;
}

/** The form of an empty object of a kind. Nobody changes it. */
const zeros = new WeakMap<ServedResource, ServerObject>();

function zeroOf(resource: ServedResource): ServerObject {
  let zero = zeros.get(resource);
  if (zero === undefined) {
    zero = decodeKind({}, kindOf(resource));
    zeros.set(resource, zero);
  }
  return zero;
}

/** An object without the fields in which it equals another. */
function withoutZeros(
  value: { [field: string]: unknown },
  zero: { [field: string]: unknown },
): { [field: string]: unknown } {
  const out: { [field: string]: unknown } = {};
  for (const [key, inner] of Object.entries(value)) {
    if (key === 'kind' || key === 'apiVersion' || !Object.hasOwn(zero, key)) out[key] = inner;
    else if (isObject(inner) && isObject(zero[key])) {
      const rest = withoutZeros(inner, zero[key]);
      if (Object.keys(rest).length > 0) out[key] = rest;
    } else if (!equal(inner, zero[key])) out[key] = inner;
  }
  return out;
}
