import { copy } from '../patch/json-value.js';
import type { ResourceRequest } from './context.js';
import { doorOf } from './doors.js';
import type { ServerObject } from './stored.js';

/**
 * The wanted object with everything a client has no say in taken from the stored one: when it was made, its identity, its status
 * (or, in a write to `/status`, all but its status). Fields a client may not change but may contradict are left as they came,
 * for validation to complain about.
 */
export function carryOver(request: ResourceRequest, wanted: ServerObject, current: ServerObject): ServerObject {
  const { resource, path } = request;
  const old = current.metadata;
  const meta = { ...wanted.metadata };
  meta.creationTimestamp = old.creationTimestamp;
  if ((meta.uid ?? '') === '') meta.uid = old.uid;
  delete meta.selfLink;
  if (old.generation === undefined) delete meta.generation;
  else meta.generation = old.generation;
  // A deletion is never undone, and never begun by an update.
  if (old.deletionTimestamp !== undefined) {
    meta.deletionTimestamp = old.deletionTimestamp;
    meta.deletionGracePeriodSeconds = old.deletionGracePeriodSeconds;
  }
  const door = doorOf(path.subresource ?? '');
  if (door !== undefined) {
    const { finalizers, ownerReferences } = path.subresource === 'status' ? old : meta;
    return { ...door.take(copy(current), wanted), metadata: { ...meta, finalizers, ownerReferences } };
  }
  const result: ServerObject = { ...wanted, metadata: meta };
  if (resource.hasStatus) {
    if (current.status === undefined) delete result.status;
    else result.status = copy(current.status);
  }
  return result;
}
