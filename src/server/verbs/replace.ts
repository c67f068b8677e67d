import { equal } from '../../util/json-value.js';
import { admit } from '../admission/admission.js';
import type { WriteStatus } from '../admission/admission-plugin.js';
import { mutate } from '../admission/mutation.js';
import type { WriteOptions } from '../http/write-options.js';
import type { ObjectKind } from '../object/admission-attributes.js';
import { invalid, invalidValue } from '../object/field-error.js';
import { nameOf, type ResourceRequest } from '../object/server-context.js';
import type { ServerObject } from '../object/server-object.js';
import { conflict, internal } from '../object/status-error.js';
import { canonical, written } from '../scheme/canonical.js';
import { asWritten, readyToDecode, readyToEncode } from '../scheme/convert.js';
import { storageKey } from '../scheme/resource.js';
import { applySchemaDefaults } from '../scheme/schema-defaults.js';
import { decodeStored, encodeStored } from '../scheme/stored.js';
import type { KeyValue } from '../storage/storage.js';
import { nameRuleOf, strategyOf } from '../strategy/index.js';
import { metaChecksOf } from '../validation/meta-checks.js';
import { metaUpdateProblems } from '../validation/object-meta.js';
import { withSchemaProblems } from '../validation/schema.js';
import { carryOver } from './carry-over.js';
import { doorOf } from './doors.js';
import { turnIfLarge } from './large-write.js';
import { settled, tracked } from './managed-fields.js';
import { parseProblem } from './revision.js';

/** The result of a write. */
export interface Replaced {
  readonly object: ServerObject;
  /** The write removed the last thing that kept a deleted object alive. */
  readonly deleted: boolean;
}

/** The options of a replacement. */
export interface ReplaceOptions {
  /** True if the writer updates managedFields itself, as apply does. Default: false. */
  readonly tracked?: boolean;
  /** True if admission runs. Default: true; false for the server's own writes. */
  readonly admission?: boolean;
  /** True if the mutating steps run; false if they ran before. Default: as `admission`. */
  readonly mutation?: boolean;
  /** The view that admission has of the object, if a subresource has a kind of its own. Default: the object itself. */
  readonly seen?: { readonly kind: ObjectKind; readonly of: (object: ServerObject) => ServerObject };
  /** Throws unless the object meets the conditions of the write. */
  readonly check?: (current: ServerObject) => void;
}

/** The number of attempts against concurrent changes before the client gets a conflict. */
const attempts = 100;

/**
 * Changes one stored object: reads it, computes the new one with `change`, validates it, and writes it if the object did not change
 * meanwhile. Returns undefined if the object does not exist. A change without effect is not written.
 */
export async function replaceStored(
  request: ResourceRequest,
  options: WriteOptions,
  change: (current: ServerObject, storedBytes: number) => ServerObject | Promise<ServerObject>,
  how: ReplaceOptions = {},
): Promise<Replaced | undefined> {
  const key = storageKey(request.resource, request.path.namespace, nameOf(request));
  for (let attempt = 1; ; attempt++) {
    const { kv } = await request.server.storage.get(key);
    if (kv === undefined) return undefined;
    await readyToDecode(request.resource, [kv]);
    const { length } = kv.value;
    const current = decodeStored(kv, request.resource);
    how.check?.(current);
    await turnIfLarge(request, length);
    const wanted = await change(current, length);
    checkPreconditions(request, wanted, current);
    await turnIfLarge(request, length);
    const ready = await prepare(request, options, kv, wanted, current, how);
    await turnIfLarge(request, length);
    const result = await checkedWrite(request, options, kv, ready, current, how);
    if (result !== undefined) return result;
    // Somebody else wrote first. A change that names the version it is based on will be found out when it is made anew.
    if (attempt === attempts) throw conflict(request.resource, nameOf(request));
  }
}

/** Checks and writes; whichever of the two states does not last lets go of what only it holds. */
async function checkedWrite(
  request: ResourceRequest,
  options: WriteOptions,
  kv: KeyValue,
  ready: ServerObject,
  current: ServerObject,
  how: ReplaceOptions,
): Promise<Replaced | undefined> {
  const release = async (dropped: ServerObject, kept: ServerObject): Promise<void> => {
    if (!options.dryRun) await strategyOf(request.resource).released?.(dropped, kept, request);
  };
  try {
    check(request, ready, current);
    await turnIfLarge(request, kv.value.length);
    if (how.admission !== false) {
      const { dryRun } = options;
      const { kind, of } = how.seen ?? {};
      const [object, old] = of === undefined ? [ready, current] : [of(ready), of(current)];
      await admit({ request, operation: 'UPDATE', object, old, dryRun, kind }, writeStatus);
    }
    const result = await write(request, options, kv, ready, current);
    if (result === undefined) await release(ready, current);
    else await release(current, ready);
    return result;
  } catch (error) {
    await release(ready, current);
    throw error;
  }
}

/** Writes a status that the server has changed by itself. */
export const writeStatus: WriteStatus = async (request, options, object) => {
  const { managedFields: _, ...metadata } = object.metadata;
  await replaceStored(request, options, () => ({ ...object, metadata }), { admission: false });
};

function isConditional({ metadata: { resourceVersion } }: ServerObject): boolean {
  return resourceVersion !== undefined && resourceVersion !== '' && resourceVersion !== '0';
}

function checkPreconditions(request: ResourceRequest, wanted: ServerObject, current: ServerObject): void {
  const { resource } = request;
  const name = nameOf(request);
  const { resourceVersion = '', uid = '' } = wanted.metadata;
  const problem = parseProblem(resourceVersion);
  if (problem !== undefined) throw internal(problem);
  if (uid !== '' && uid !== current.metadata.uid && request.http.method === 'PUT') {
    const key = storageKey(resource, request.path.namespace, name);
    const problem = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${current.metadata.uid ?? ''}`;
    throw conflict(
      resource,
      name,
      `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: ${problem}`,
    );
  }
  if (isConditional(wanted)) {
    if (resourceVersion !== current.metadata.resourceVersion) throw conflict(resource, name);
  } else if (strategyOf(resource).unconditionalUpdate === false && request.http.method === 'PUT') {
    const error = invalidValue('metadata.resourceVersion', 0, 'must be specified for an update');
    throw invalid({ group: resource.group, kind: resource.plural }, name, [error]);
  }
}

async function prepare(
  request: ResourceRequest,
  options: WriteOptions,
  kv: KeyValue,
  wanted: ServerObject,
  current: ServerObject,
  how: ReplaceOptions,
): Promise<ServerObject> {
  const { resource, server, path } = request;
  const strategy = strategyOf(resource);
  applySchemaDefaults(server.scheme, resource, wanted);
  strategy.defaults?.(wanted, current);
  // As on creation, ownership is settled before the server fills in anything.
  const { length } = kv.value;
  await turnIfLarge(request, length);
  const owned =
    how.tracked === true ? wanted : await tracked(request, options, current, written(resource, wanted), length);
  await turnIfLarge(request, length);
  const admitted =
    how.admission === false || how.mutation === false
      ? owned
      : await mutate({ request, operation: 'UPDATE', object: owned, old: current, dryRun: options.dryRun });
  const changed = carryOver(request, admitted, current);
  if (path.subresource === 'status') strategy.prepareForStatusUpdate?.(changed, current, request);
  else if (path.subresource === undefined) await strategy.prepareForUpdate?.(changed, current, request);
  else strategy.prepareForSubresource?.(path.subresource, changed, current, request);
  await turnIfLarge(request, length);
  const ready = canonical(resource, changed);
  countGeneration(request, ready, current);
  return settled(current, ready);
}

/** Throws the 422 Status for a state that cannot follow the current one; adds warnings for one that can. */
function check(request: ResourceRequest, ready: ServerObject, current: ServerObject): void {
  const { resource, server, path } = request;
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
  if (errors.length > 0) throw invalid(resource, nameOf(request), errors);
  if (path.subresource === undefined) request.warnings.push(...(strategy.warnings?.(ready, current) ?? []));
}

/** Generation rises when anything but metadata and status changes; what counts besides is up to the kind. */
function countGeneration(request: ResourceRequest, ready: ServerObject, current: ServerObject): void {
  const { generation } = current.metadata;
  // Of what was not counted so far, the kind alone begins the count.
  if (generation !== undefined && strategyOf(request.resource).generation !== false)
    ready.metadata.generation = generation + (strategyGeneration(request, ready, current) ? 1 : 0);
}

function strategyGeneration(request: ResourceRequest, ready: ServerObject, current: ServerObject): boolean {
  const { resource, path } = request;
  const strategy = strategyOf(resource);
  if (doorOf(path.subresource ?? '')?.generation === false) return false;
  if (!(strategy.generation ?? resource.hasStatus)) return false;
  if (strategy.generationChanged !== undefined) return strategy.generationChanged(ready, current);
  return !equal(desired(ready), desired(current));
}

function desired({ metadata: _metadata, status: _status, ...rest }: ServerObject): unknown {
  return rest;
}

/** Writes, or deletes what nothing keeps alive any more. Undefined when somebody else wrote first. */
async function write(
  request: ResourceRequest,
  options: WriteOptions,
  kv: KeyValue,
  ready: ServerObject,
  current: ServerObject,
): Promise<Replaced | undefined> {
  const { storage } = request.server;
  const { metadata } = ready;
  if (!options.dryRun) delete metadata.selfLink;
  const unchanged = { ...ready, metadata: { ...metadata, resourceVersion: current.metadata.resourceVersion } };
  const deleted = isReleased(request, ready, current);
  if (options.dryRun) return { object: unchanged, deleted };
  if (deleted) {
    const removed = await storage.delete(kv.key, kv.modRevision);
    if (!removed.ok) return undefined;
    await strategyOf(request.resource).released?.(ready, undefined, request);
    return { object: unchanged, deleted };
  }
  if (equal(unchanged, current)) return { object: unchanged, deleted };
  await readyToEncode(request.resource, ready);
  await turnIfLarge(request, kv.value.length);
  const bytes = encodeStored(ready, request.resource);
  const put = await storage.put(kv.key, bytes, kv.modRevision);
  if (!put.ok) return undefined;
  return { object: await asWritten(request.resource, ready, put.revision, bytes), deleted };
}

/** A deleted object goes when its last finalizer does. */
function isReleased(request: ResourceRequest, { metadata, spec }: ServerObject, current: ServerObject): boolean {
  if (metadata.deletionTimestamp === undefined || (metadata.finalizers ?? []).length > 0) return false;
  if ((current.metadata.deletionGracePeriodSeconds ?? 0) > 0 && (current.metadata.finalizers ?? []).length === 0)
    return false;
  if ((metadata.deletionGracePeriodSeconds ?? 0) > 0) return false;
  const own = (spec as { finalizers?: string[] } | undefined)?.finalizers ?? [];
  return request.resource.plural !== 'namespaces' || own.length === 0;
}
