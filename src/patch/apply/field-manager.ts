import type { Time } from '../../meta/index.js';
import { copy, equal, isObject, type JsonObject, nestsWithin } from '../../util/json-value.js';
import { finish, type Steps } from '../../util/steps.js';
import { badRequest, internal } from '../patch-error.js';
import type { SchemaResolver } from '../schema-resolver.js';
import { type Convert, Versions } from './apply-versions.js';
import { capUpdaters } from './cap-managers.js';
import { ApplyConflict } from './conflict.js';
import { FieldSet } from './field-set.js';
import { lastAppliedFields, withLastApplied } from './last-applied.js';
import { decodeManagedFields, encodeManagedFields, Managed, managerId } from './managed.js';
import { cutBy, type FieldFilter } from './reset-fields.js';
import { Updater } from './updater.js';
import { showErrors, validate } from './validate.js';
import { withNullsOf, withZeroValues } from './zero-value.js';

/** The writer, time, subresource and resulting object of a write. */
export interface FieldManagerContext {
  /** The schema at `apiVersion`. */
  schema: SchemaResolver;
  /** The manager's name, by `managerName`. Empty stands for `unknown`. */
  manager: string;
  /** The version the request speaks: `v1`, `apps/v1`. Also the version of all objects handed in. */
  apiVersion: string;
  /** Empty or absent for the main resource. */
  subresource?: string | undefined;
  /** The time of the request. */
  now: Time;
  /** The fields that this subresource can change, by `fieldFilterOf`. Absent: all. */
  filter?: FieldFilter | undefined;
  /**
   * Converts the object and its schema to another version: entries of managedFields use the version of their writer. It returns undefined
   * for a version that is not served any more, and its entries are dropped. Absent: all versions look alike.
   */
  convert?: Convert | undefined;
}

/** The input of a server-side apply. */
export interface ApplyRequest extends FieldManagerContext {
  /** The kind the request speaks. */
  kind: string;
  /** The stored object in version `apiVersion`, or undefined if there is none: it will be created. */
  live: JsonObject | undefined;
  /** The body of the request. */
  applied: JsonObject;
  /** `force=true`: take conflicting fields from their owners. */
  force?: boolean | undefined;
}

/** The input for the ownership of a create, update or patch. */
export interface UpdateRequest extends FieldManagerContext {
  /** The stored object, or undefined for a create. */
  live: JsonObject | undefined;
  /**
   * The object as the client wants it: patched, defaulted, in version `apiVersion`, before admission and before the server
   * fills in anything else. Its managedFields are those the client sent.
   */
  updated: JsonObject;
  /** A new object of the kind without any field set, where Go writes a null that the schema does not tell. Default: `{}`. */
  readonly empty?: JsonObject | undefined;
}

/** The manager that owns what was there before anybody applied, if nobody had been tracked. */
const beforeFirstApply = 'before-first-apply';

/** Stands for the writer of an update while its changes are told from what it owned before. */
const currentOperation = 'current-operation';

/** The fields without an owner: identity, and fields that the server alone writes. */
const neverOwned = FieldSet.of(
  ['f:apiVersion'],
  ['f:kind'],
  ['f:metadata'],
  ...[
    'name',
    'namespace',
    'creationTimestamp',
    'selfLink',
    'uid',
    'clusterName',
    'generation',
    'managedFields',
    'resourceVersion',
  ].map((field) => ['f:metadata', `f:${field}`]),
);

/**
 * Server-side apply (KEP-555): merges the applied configuration into the live object, removes what this manager no longer
 * applies and nobody else owns, and writes managedFields. The result still lacks defaults; neither argument is changed.
 *
 * Throws PatchError: 400 for another kind or version and for managedFields in the body, 409 with one cause per field for
 * conflicts, 500 for a body that does not fit the schema.
 */
export function serverSideApply(request: ApplyRequest): { object: JsonObject } {
  return finish(serverSideApplySteps(request));
}

/** Does what `serverSideApply` does, in steps: a configuration may have hundreds of thousands of fields. */
export function* serverSideApplySteps(request: ApplyRequest): Steps<{ object: JsonObject }> {
  const { applied, manager, force = false } = request;
  checkApplied(request);
  yield;
  const live = withEntries(request.live ?? {}, undefined);
  const managed = yield* decodeManagedFields(metadataOf(request.live ?? {}).managedFields);
  if (managed === undefined) throw internal('failed to decode managed fields');
  if (managed.owners.size === 0) {
    const first = { ...request, manager: beforeFirstApply, live: undefined, subresource: request.subresource };
    yield* recordUpdate(first, {}, live, managed);
  }
  try {
    const object = yield* applyTo(request, live, managed, force);
    return { object: manager === 'kubectl' ? withLastApplied(object, applied) : object };
  } catch (error) {
    if (error instanceof ApplyConflict) throw error.toPatchError();
    throw error;
  }
}

/** Applies, and once more by force if all conflicts are about what `kubectl` itself applied from the client's side before. */
function* applyTo(request: ApplyRequest, live: JsonObject, managed: Managed, force: boolean): Steps<JsonObject> {
  const before = snapshot(managed);
  try {
    return yield* applyOnce(request, live, managed, force);
  } catch (error) {
    if (!(error instanceof ApplyConflict) || request.manager !== 'kubectl') throw error;
    const versions = versionsOf(request);
    const allowed = lastAppliedFields(versions.typed(live), request.apiVersion);
    if (!error.fields.difference(allowed).isEmpty) throw error.without(allowed);
    yield;
    return yield* applyOnce(request, live, before, true);
  }
}

function* applyOnce(request: ApplyRequest, live: JsonObject, managed: Managed, force: boolean): Steps<JsonObject> {
  const id = idOf(request, 'Apply');
  const updater = new Updater(versionsOf(request), cutBy(request.filter));
  const object = yield* updater.apply(live, request.applied, managed, id, force);
  stripNeverOwned(managed, id);
  // Who changes nothing has no new time, even where its fields are new to it.
  const unchanged = equal(live, object);
  if (!unchanged) managed.times.set(id, request.now);
  yield;
  return yield* withManagedFields(unchanged ? copy(live) : object, managed);
}

function checkApplied(request: ApplyRequest): void {
  const { applied, apiVersion, kind, schema } = request;
  if (!nestsWithin(applied)) throw badRequest('error decoding YAML: exceeded max depth');
  if (applied.apiVersion !== apiVersion || applied.kind !== kind) {
    throw badRequest(`invalid object type: ${showKind(applied)}`);
  }
  const metadata = metadataOf(applied);
  // Anything but a list is left to the types.
  if (Array.isArray(metadata.managedFields)) {
    throw badRequest('metadata.managedFields must be nil');
  }
  const errors = validate(new Versions(schema, apiVersion).typed(applied).type, applied, false);
  if (errors.length === 0) return;
  const name = `${textOf(metadata.namespace)}/${textOf(metadata.name)}; ${showKind(applied)}`;
  throw internal(`failed to create typed patch object (${name}): ${showErrors(errors)}`);
}

/** An object's kind as messages name it: `apps/v1, Kind=Deployment`, `/v1, Kind=Pod`. */
function showKind(object: JsonObject): string {
  const apiVersion = textOf(object.apiVersion);
  return `${apiVersion.includes('/') ? '' : '/'}${apiVersion}, Kind=${textOf(object.kind)}`;
}

/**
 * Writes managedFields for a create, update or patch: what changed belongs to this manager now, what is gone to nobody. An
 * object that nobody is tracked on stays so until somebody applies to it. Returns a new object. Never throws: like upstream it
 * drops managedFields where it cannot make sense of them.
 */
export function trackUpdate(request: UpdateRequest): JsonObject {
  return finish(trackUpdateSteps(request));
}

/** Does what `trackUpdate` does, in steps. */
export function* trackUpdateSteps(request: UpdateRequest): Steps<JsonObject> {
  const { live, updated } = request;
  if (!nestsWithin(updated) || (live !== undefined && !nestsWithin(live))) return withEntries(updated, undefined);
  yield;
  const managed = yield* managedOf(request);
  if (managed.owners.size > 0 || live === undefined) {
    const before = withEntries(live ?? request.empty ?? {}, undefined);
    yield* recordUpdate(request, before, withEntries(updated, undefined), managed);
  }
  return yield* withManagedFields(updated, managed);
}

/** Returns the fields that the creator of an object owns. `updated` carries no managedFields. */
export function* ownedByCreation(request: FieldManagerContext & { updated: JsonObject }): Steps<FieldSet> {
  const managed = new Managed();
  yield* recordUpdate(request, {}, request.updated, managed);
  return managed.owners.get(idOf(request, 'Update'))?.set ?? new FieldSet();
}

/** The object as one in which the writer of the request alone owns something, if it is anything: these fields. It carries no managedFields yet. */
export function* withOwner(request: FieldManagerContext, object: JsonObject, set: FieldSet): Steps<JsonObject> {
  if (set.isEmpty) return object;
  const managed = new Managed();
  const id = idOf(request, 'Update');
  managed.owners.set(id, { set, apiVersion: request.apiVersion, applied: false });
  managed.times.set(id, request.now);
  return yield* withManagedFields(object, managed);
}

/** The managedFields an update starts from: those it sends, if it may and they make sense, else those stored. */
function* managedOf({ live, updated, subresource = '' }: UpdateRequest): Steps<Managed> {
  if (subresource === '') {
    const sent = metadataOf(updated).managedFields;
    if (isReset(sent)) return new Managed();
    const managed = yield* decodeManagedFields(sent);
    if (managed !== undefined && managed.owners.size > 0) return managed;
  }
  return (yield* decodeManagedFields(metadataOf(live ?? {}).managedFields)) ?? new Managed();
}

/** An empty list, or one empty entry, asks for managedFields to be forgotten. */
function isReset(sent: unknown): boolean {
  if (!Array.isArray(sent) || sent.length > 1) return false;
  return sent.length === 0 || equal(sent[0], {});
}

function* recordUpdate(
  request: FieldManagerContext,
  live: JsonObject,
  updated: JsonObject,
  managed: Managed,
): Steps<void> {
  const { schema } = request;
  const [before, after] = schema.custom ? [live, updated] : asStructs(...withoutCommon(live, updated), schema);
  yield;
  yield* new Updater(versionsOf(request), cutBy(request.filter)).update(before, after, managed, currentOperation);
  stripNeverOwned(managed, currentOperation);
  const changed = managed.owners.get(currentOperation);
  if (changed !== undefined) {
    const id = idOf(request, 'Update');
    const previous = managed.owners.get(id)?.set ?? new FieldSet();
    managed.owners.delete(currentOperation);
    managed.owners.set(id, { ...changed, set: changed.set.union(previous) });
    managed.times.set(id, request.now);
  }
  capUpdaters(managed);
}

/** Both objects without the objects and lists that they have in common, at their roots and in their metadata: no field of those changes owners. */
function withoutCommon(live: JsonObject, updated: JsonObject): [JsonObject, JsonObject] {
  const [before, after]: [JsonObject, JsonObject] = [{ ...live }, { ...updated }];
  dropCommon(before, after);
  if (isObject(before.metadata) && isObject(after.metadata)) {
    before.metadata = { ...before.metadata };
    after.metadata = { ...after.metadata };
    dropCommon(metadataOf(before), metadataOf(after));
  }
  return [before, after];
}

/** Deletes the objects and lists that both have. */
function dropCommon(before: JsonObject, after: JsonObject): void {
  for (const key of Object.keys(before)) {
    const part = before[key];
    if (typeof part !== 'object' || part === null || !Object.hasOwn(after, key) || !equal(part, after[key])) continue;
    delete before[key];
    delete after[key];
  }
}

/** Both objects as upstream holds those of built-in kinds. */
function asStructs(live: JsonObject, updated: JsonObject, schema: SchemaResolver): [JsonObject, JsonObject] {
  const [before, after] = [withZeroValues(live, schema), withZeroValues(updated, schema)];
  return [withNullsOf(after, before), withNullsOf(before, after)];
}

/**
 * The last step before storing: where the new object differs from the live one in the times of managedFields only, it gets the
 * live object's times back, so that a write without effect stays one.
 */
export function keepTimesWhereUnchanged(live: JsonObject, updated: JsonObject): JsonObject {
  const [before, after] = [metadataOf(live).managedFields, metadataOf(updated).managedFields];
  if (!Array.isArray(before) || !Array.isArray(after) || before.length !== after.length) return updated;
  const timeless = (object: JsonObject, entries: unknown[]) => withEntries(object, entries.map(withoutTime));
  if (!equal(timeless(live, before), timeless(updated, after))) return updated;
  return withEntries(updated, before);
}

/** The name a request's fields are owned by: `fieldManager`, else the user agent up to its first `/`, cut at 128 bytes. */
export function managerName(fieldManager: string | undefined, userAgent: string | undefined): string {
  if (fieldManager !== undefined && fieldManager !== '') return fieldManager;
  const [product = ''] = (userAgent ?? '').split('/');
  let name = '';
  for (const char of product.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '')) {
    if (Buffer.byteLength(name + char) > 128) break;
    name += char;
  }
  return name;
}

function versionsOf({ schema, apiVersion, convert }: FieldManagerContext): Versions {
  return new Versions(schema, apiVersion, convert);
}

function idOf({ manager, apiVersion, subresource }: FieldManagerContext, operation: 'Apply' | 'Update'): string {
  return managerId({ manager: manager === '' ? 'unknown' : manager, operation, apiVersion, subresource });
}

function stripNeverOwned(managed: Managed, id: string): void {
  const ownership = managed.owners.get(id);
  if (ownership === undefined) return;
  const set = ownership.set.difference(neverOwned);
  if (set.isEmpty) managed.owners.delete(id);
  else managed.owners.set(id, { ...ownership, set });
}

function snapshot(managed: Managed): Managed {
  const out = new Managed();
  for (const [id, ownership] of managed.owners) out.owners.set(id, ownership);
  for (const [id, time] of managed.times) out.times.set(id, time);
  return out;
}

function* withManagedFields(object: JsonObject, managed: Managed): Steps<JsonObject> {
  return withEntries(object, yield* encodeManagedFields(managed));
}

function withEntries(object: JsonObject, entries: unknown[] | undefined): JsonObject {
  if (entries === undefined && metadataOf(object).managedFields === undefined) return object;
  const { managedFields: _, ...metadata } = metadataOf(object);
  return { ...object, metadata: entries === undefined ? metadata : { ...metadata, managedFields: entries } };
}

function withoutTime(entry: unknown): unknown {
  if (!isObject(entry)) return entry;
  const { time: _, ...rest } = entry;
  return rest;
}

function metadataOf(object: JsonObject): JsonObject {
  return isObject(object.metadata) ? object.metadata : {};
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
