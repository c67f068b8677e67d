import type { ObjectMeta } from '../../meta/index.js';
import { fieldFilterOf } from '../../patch/index.js';
import { copy } from '../../util/json-value.js';
import type { Operation } from '../object/server-context.js';
import type { ServerObject } from '../object/server-object.js';
import { doorOf } from './doors.js';

/**
 * The wanted object with everything a client has no say in taken from the stored one: when it was made, its identity, its status
 * (or, in a write to `/status`, all but its status). Fields a client may not change but may contradict are left as they came,
 * for validation to complain about.
 */
export function carryOver(request: Operation, wanted: ServerObject, current: ServerObject): ServerObject {
  const { resource, path } = request;
  const old = current.metadata;
  const meta = { ...wanted.metadata };
  meta.creationTimestamp = old.creationTimestamp;
  if ((meta.uid ?? '') === '') meta.uid = old.uid;
  if (!resource.namespaced) delete meta.namespace;
  if (old.generation === undefined) delete meta.generation;
  else meta.generation = old.generation;
  // A deletion is never undone, and never begun by an update.
  if (old.deletionTimestamp !== undefined) {
    meta.deletionTimestamp = old.deletionTimestamp;
    // A removed grace period comes back. Validation refuses another one.
    meta.deletionGracePeriodSeconds ??= old.deletionGracePeriodSeconds;
  }
  const door = doorOf(path.subresource ?? '');
  if (door?.metadata === false) {
    const kept = {
      ...copy(old),
      uid: meta.uid,
      resourceVersion: meta.resourceVersion,
      managedFields: meta.managedFields,
    };
    return { ...door.take(copy(current), wanted), metadata: kept };
  }
  if (door !== undefined) {
    return { ...door.take(copy(current), wanted), metadata: takenMeta(request, meta, old) };
  }
  const result: ServerObject = { ...wanted, metadata: meta };
  if (resource.hasStatus) {
    if (current.status === undefined) delete result.status;
    else result.status = copy(current.status);
  }
  return result;
}

/** The metadata a write through a subresource may change: for some kinds some fields are left alone, or all. */
function takenMeta({ resource, path }: Operation, meta: ObjectMeta, old: ObjectMeta): ObjectMeta {
  const { group, kind, hasStatus, custom } = resource;
  const door = { group, kind, subresource: path.subresource, hasStatus, custom: custom !== undefined };
  const filter = fieldFilterOf(door);
  const closed = filter.without.filter(([first]) => first === 'metadata');
  // What preconditions are about stays what the client said.
  if (closed.some((names) => names.length === 1))
    return { ...copy(old), uid: meta.uid, resourceVersion: meta.resourceVersion, managedFields: meta.managedFields };
  const kept: ObjectMeta = { ...meta };
  const { ownerReferences, labels } = old;
  if (closed.some((names) => names[1] === 'ownerReferences')) Object.assign(kept, { ownerReferences });
  if (closed.some((names) => names[1] === 'labels')) Object.assign(kept, { labels });
  return kept;
}
