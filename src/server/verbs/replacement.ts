import { equal } from '../../util/json-value.js';
import type { WriteOptions } from '../http/write-options.js';
import { nameRuleOf, strategyOf } from '../kinds/index.js';
import { invalid, invalidValue } from '../object/field-error.js';
import { nameOf, type Operation } from '../object/server-context.js';
import type { ServerObject } from '../object/server-object.js';
import { conflict, internal } from '../object/status-error.js';
import { canonical } from '../scheme/canonical.js';
import { asWritten, readyToEncode } from '../scheme/convert.js';
import { shownKey } from '../scheme/storage-keys.js';
import { encodeStored } from '../scheme/stored-object.js';
import type { KeyValue } from '../storage/storage.js';
import { metaChecksOf } from '../validation/meta-checks.js';
import { metaUpdateProblems } from '../validation/meta-problems.js';
import { withSchemaProblems } from '../validation/schema-problems.js';
import { carryOver } from './carry-over.js';
import { doorOf } from './doors.js';
import { turnIfLarge } from './large-write.js';
import { settled } from './managed-fields.js';
import { parseProblem } from './parse-revision.js';

/*
 * The steps of a write that differ for a stored object. See write.ts for their order.
 */

function isConditional({ metadata: { resourceVersion } }: ServerObject): boolean {
  return resourceVersion !== undefined && resourceVersion !== '' && resourceVersion !== '0';
}

/** Checks the preconditions in an object: its uid and resourceVersion. Throws the 409 Status. */
export function checkPreconditions(operation: Operation, wanted: ServerObject, current: ServerObject): void {
  const { resource } = operation;
  const name = nameOf(operation);
  const { resourceVersion = '', uid = '' } = wanted.metadata;
  const problem = parseProblem(resourceVersion);
  if (problem !== undefined) throw internal(problem);
  if (uid !== '' && uid !== current.metadata.uid && operation.verb === 'update') {
    const key = shownKey(resource, operation.path.namespace, name);
    const problem = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${current.metadata.uid ?? ''}`;
    throw conflict(
      resource,
      name,
      `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: ${problem}`,
    );
  }
  if (isConditional(wanted)) {
    if (resourceVersion !== current.metadata.resourceVersion) throw conflict(resource, name);
  } else if (
    strategyOf(resource).unconditionalUpdate === false &&
    operation.verb === 'update' &&
    operation.path.subresource !== 'scale'
  ) {
    const error = invalidValue('metadata.resourceVersion', 0, 'must be specified for an update');
    throw invalid({ group: resource.group, kind: resource.plural }, name, [error]);
  }
}

/** Takes the fields that this writer may not set from the stored object, and returns the result in its canonical form. */
export async function prepareReplacement(
  operation: Operation,
  wanted: ServerObject,
  current: ServerObject,
  pause: () => Promise<void>,
): Promise<ServerObject> {
  const { resource, path } = operation;
  const strategy = strategyOf(resource);
  const changed = carryOver(operation, wanted, current);
  if (path.subresource === 'status') strategy.prepareForStatusUpdate?.(changed, current, operation);
  else if (path.subresource === undefined) await strategy.prepareForUpdate?.(changed, current, operation);
  else strategy.prepareForSubresource?.(path.subresource, changed, current, operation);
  await pause();
  const ready = canonical(resource, changed);
  countGeneration(operation, ready, current);
  return settled(current, ready);
}

/** Validates a replacement. Throws the 422 Status, or adds the warnings of a valid object. */
export function validateReplacement(operation: Operation, ready: ServerObject, current: ServerObject): void {
  const { resource, server, path } = operation;
  const strategy = strategyOf(resource);
  const errors = metaUpdateProblems(
    ready.metadata,
    current.metadata,
    metaChecksOf(resource, path.subresource),
    nameRuleOf(resource),
  );
  if (path.subresource === undefined || path.subresource === 'scale') {
    const own = [...(strategy.validate?.(ready, current) ?? []), ...(strategy.validateUpdate?.(ready, current) ?? [])];
    errors.push(...(strategy.schemaChecked === false ? own : withSchemaProblems(server.scheme, resource, ready, own)));
  } else {
    errors.push(...(strategy.validateSubresource?.(path.subresource, ready, current) ?? []));
  }
  if (errors.length > 0) throw invalid(resource, nameOf(operation), errors);
  if (path.subresource === undefined) operation.warnings.push(...(strategy.warnings?.(ready, current) ?? []));
}

/** Generation rises when anything but metadata and status changes; what counts besides is up to the kind. */
function countGeneration(operation: Operation, ready: ServerObject, current: ServerObject): void {
  const { generation } = current.metadata;
  // Of what was not counted so far, the kind alone begins the count.
  if (generation !== undefined && strategyOf(operation.resource).generation !== false)
    ready.metadata.generation = generation + (strategyGeneration(operation, ready, current) ? 1 : 0);
}

function strategyGeneration(operation: Operation, ready: ServerObject, current: ServerObject): boolean {
  const { resource, path } = operation;
  const strategy = strategyOf(resource);
  if (doorOf(path.subresource ?? '')?.generation === false) return false;
  if (!(strategy.generation ?? resource.hasStatus)) return false;
  if (strategy.generationChanged !== undefined) return strategy.generationChanged(ready, current);
  return !equal(desired(ready), desired(current));
}

function desired({ metadata: _metadata, status: _status, ...rest }: ServerObject): unknown {
  return rest;
}

/** Stores a replacement, or deletes an object that nothing keeps alive. Returns undefined if another write came first. */
export async function putReplacement(
  operation: Operation,
  options: WriteOptions,
  kv: KeyValue,
  ready: ServerObject,
  current: ServerObject,
): Promise<{ object: ServerObject; deleted: boolean } | undefined> {
  const { storage } = operation.server;
  const { metadata } = ready;
  if (!options.dryRun) delete metadata.selfLink;
  const unchanged = { ...ready, metadata: { ...metadata, resourceVersion: current.metadata.resourceVersion } };
  const deleted = isReleased(operation, ready, current);
  if (options.dryRun) return { object: unchanged, deleted };
  if (deleted) {
    const removed = await storage.delete(kv.key, kv.modRevision);
    if (!removed.ok) return undefined;
    await strategyOf(operation.resource).released?.(ready, undefined, operation);
    return { object: unchanged, deleted };
  }
  if (storage.isStale?.(kv) !== true && equal(unchanged, current)) return { object: unchanged, deleted };
  await readyToEncode(operation.resource, ready);
  await turnIfLarge(operation, kv.value.length);
  const bytes = encodeStored(ready, operation.resource);
  const put = await storage.put(kv.key, bytes, kv.modRevision);
  if (!put.ok) return undefined;
  return { object: await asWritten(operation.resource, ready, put.revision, bytes), deleted };
}

/** A deleted object goes when its last finalizer does. */
function isReleased(operation: Operation, { metadata, spec }: ServerObject, current: ServerObject): boolean {
  if (metadata.deletionTimestamp === undefined || (metadata.finalizers ?? []).length > 0) return false;
  if ((current.metadata.deletionGracePeriodSeconds ?? 0) > 0 && (current.metadata.finalizers ?? []).length === 0)
    return false;
  if ((metadata.deletionGracePeriodSeconds ?? 0) > 0) return false;
  const own = (spec as { finalizers?: string[] } | undefined)?.finalizers ?? [];
  return operation.resource.plural !== 'namespaces' || own.length === 0;
}
