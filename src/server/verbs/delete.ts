import type { DeleteOptions } from '../../meta/index.js';
import { copy, equal } from '../../util/json-value.js';
import { admit } from '../admission/admit.js';
import { mutate } from '../admission/mutation.js';
import { renderObject } from '../encoding/render.js';
import { objectResponse } from '../http/respond.js';
import { strategyOf } from '../kinds/index.js';
import type { ServerResponse } from '../object/message.js';
import { nameOf, type Operation, type ResourceRequest, type ServedResource } from '../object/server-context.js';
import type { ServerObject } from '../object/server-object.js';
import { conflict, notFound } from '../object/status-error.js';
import { timestamp } from '../object/system-fields.js';
import { readStored, readyToEncode } from '../scheme/convert.js';
import { namedKey } from '../scheme/named-key.js';
import { encodeStored } from '../scheme/stored-object.js';
import { readDeleteOptions } from './read-delete-options.js';
import { writeStatus } from './write.js';

/** A deletion's options, with the dry run settled. */
export type Deletion = DeleteOptions & { readonly dryRunAll: boolean };

/** The result of a deletion. */
export interface Deleted {
  readonly object: ServerObject;
  /** True if the object is gone; if not, finalizers or a grace period keep it. */
  readonly gone: boolean;
}

/** DELETE of one object. */
export async function deleteObject(request: ResourceRequest): Promise<ServerResponse> {
  const options = await readDeleteOptions(request);
  warnOfDeletion(request, options);
  const strategy = strategyOf(request.resource);
  const { object, gone } = await deleteStored(request, nameOf(request), options);
  if (!gone || strategy.returnsDeleted === true) return renderObject(request, 200, object);
  return objectResponse(
    200,
    deletedStatus(request.resource, object),
    { ...request.media, as: undefined },
    request.warnings,
  );
}

/** Adds the warnings of a deletion, whatever its result. */
export function warnOfDeletion(request: Operation, options: Deletion): void {
  const policy = options.propagationPolicy ?? (options.orphanDependents === undefined ? undefined : 'given');
  request.warnings.push(...(strategyOf(request.resource).deleteWarnings?.(policy) ?? []));
}

/** The Status that says an object is gone. */
function deletedStatus(resource: ServedResource, { metadata }: ServerObject): { [field: string]: unknown } {
  const group = resource.group === '' ? {} : { group: resource.group };
  const details = { name: metadata.name, ...group, kind: resource.plural, uid: metadata.uid };
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details };
}

/**
 * Deletes, or begins to: what has finalizers or a grace period is marked and stays until they are done with. Admission is asked unless `how` says
 * that it has been.
 */
export async function deleteStored(
  request: Operation,
  name: string,
  options: Deletion,
  how: { readonly admission?: boolean } = {},
): Promise<Deleted> {
  const { server, resource, path } = request;
  const key = namedKey(resource, path.namespace, name);
  strategyOf(resource).checkDelete?.(name, resource);
  for (;;) {
    const { kv } = await server.storage.get(key);
    if (kv === undefined) throw notFound(resource, name);
    const current = await readStored(kv, resource);
    checkPreconditions(resource, current, options);
    if (how.admission !== false) await admitDeletion(request, current, options);
    const marked = mark(request, current, options);
    if (options.dryRunAll) {
      const gone = !keeps(resource, marked ?? current) && !onlyMarks(resource, current);
      return { object: marked ?? current, gone };
    }
    let revision = kv.modRevision;
    let latest = current;
    if (marked !== undefined) {
      await readyToEncode(resource, marked);
      const written = await server.storage.put(key, encodeStored(marked, resource), revision);
      if (!written.ok) continue;
      revision = written.revision;
      latest = { ...marked, metadata: { ...marked.metadata, resourceVersion: String(revision) } };
    }
    if (keeps(resource, latest) || onlyMarks(resource, current)) return { object: latest, gone: false };
    const removed = await server.storage.delete(key, revision);
    if (!removed.ok) continue;
    strategyOf(resource).released?.(latest, undefined, request);
    return {
      object: { ...latest, metadata: { ...latest.metadata, resourceVersion: String(removed.revision) } },
      gone: true,
    };
  }
}

async function admitDeletion(request: Operation, old: ServerObject, deletion: Deletion): Promise<void> {
  const { dryRunAll: dryRun } = deletion;
  const attributes = { request, operation: 'DELETE', object: undefined, old, dryRun, deletion } as const;
  await mutate(attributes);
  await admit(attributes, writeStatus);
}

function checkPreconditions(resource: ServedResource, { metadata }: ServerObject, { preconditions }: Deletion): void {
  // Namespaces check preconditions by themselves, and name their resource where all others name their kind.
  const plural = isNamespace(resource) ? resource.plural : resource.kind;
  const subject = { group: resource.group, plural };
  const { uid, resourceVersion } = preconditions ?? {};
  if (uid !== undefined && uid !== metadata.uid) {
    const why = `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid ?? ''}). The object might have been deleted and then recreated`;
    throw conflict(subject, metadata.name ?? '', why);
  }
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    const why = `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion ?? ''}). The object might have been modified`;
    throw conflict(subject, metadata.name ?? '', why);
  }
}

/** Reports whether finalizers or a grace period keep a deleted object. */
function keeps(resource: ServedResource, { metadata, spec }: ServerObject): boolean {
  if ((metadata.finalizers ?? []).length > 0) return true;
  if (metadata.deletionTimestamp !== undefined && (metadata.deletionGracePeriodSeconds ?? 0) > 0) return true;
  const own = (spec as { finalizers?: string[] } | undefined)?.finalizers ?? [];
  return isNamespace(resource) && own.length > 0;
}

function isNamespace({ group, plural }: ServedResource): boolean {
  return group === '' && plural === 'namespaces';
}

/** Reports whether a deletion only marks an object, even if nothing keeps it alive: the next one removes it. */
function onlyMarks(resource: ServedResource, { metadata }: ServerObject): boolean {
  return isNamespace(resource) && metadata.deletionTimestamp === undefined;
}

/** The object as it must be written before it goes; undefined when it can go as it is, or stays as it is. */
function mark(request: Operation, current: ServerObject, options: Deletion): ServerObject | undefined {
  const { resource, server } = request;
  const { metadata } = current;
  const strategy = strategyOf(resource);
  if (strategy.markForDeletion !== undefined && metadata.deletionTimestamp === undefined) {
    const marked = copy(current);
    strategy.markForDeletion(marked, timestamp(server.clock));
    return marked;
  }
  const finalizers = finalizersFor(resource, metadata.finalizers ?? [], options);
  const asked = options.gracePeriodSeconds ?? undefined;
  const graceful = strategy.graceSeconds !== undefined;
  const seconds = strategy.graceSeconds?.(current, asked === undefined ? undefined : asked < 0 ? 1 : asked) ?? 0;
  const left = metadata.deletionGracePeriodSeconds;
  const next: ServerObject = { ...current, metadata: { ...metadata, finalizers } };
  if (finalizers.length === 0) delete next.metadata.finalizers;
  if (metadata.deletionTimestamp !== undefined) {
    // A deletion that goes on can only be made shorter.
    const shorter = graceful && asked !== undefined && left !== undefined && seconds < left;
    if (shorter) {
      const began = Date.parse(metadata.deletionTimestamp) / 1_000 - left;
      next.metadata.deletionTimestamp = `${new Date((began + seconds) * 1_000).toISOString().slice(0, 19)}Z`;
      next.metadata.deletionGracePeriodSeconds = seconds;
      return next;
    }
    // A pod that is still given time keeps its finalizers; all others take those of the last request.
    const isWaiting = (left ?? 0) > 0;
    return isWaiting || equal(finalizers, metadata.finalizers ?? []) ? undefined : next;
  }
  const stays = graceful || isNamespace(resource) || keeps(resource, next);
  if (!stays) return undefined;
  next.metadata.deletionTimestamp = timestamp(server.clock, seconds);
  next.metadata.deletionGracePeriodSeconds = seconds;
  if (metadata.generation !== undefined) next.metadata.generation = metadata.generation + 1;
  strategy.prepareForDelete?.(next);
  return next;
}

/** Propagation is asked of the garbage collector by finalizers. */
function finalizersFor(resource: ServedResource, present: readonly string[], options: Deletion): string[] {
  const without = present.filter((finalizer) => finalizer !== 'orphan' && finalizer !== 'foregroundDeletion');
  const policy = options.propagationPolicy ?? (options.orphanDependents === true ? 'Orphan' : undefined);
  if (policy === 'Orphan') return [...without, 'orphan'];
  if (policy === 'Foreground') return [...without, 'foregroundDeletion'];
  if (policy === 'Background' || options.orphanDependents === false) return without;
  if (present.includes('orphan') || present.includes('foregroundDeletion')) return [...present];
  return strategyOf(resource).orphansByDefault === true ? [...without, 'orphan'] : [...present];
}
