import type { Time } from '../../../meta/index.js';
import type { JsonObject } from '../json-value.js';
import { internal } from '../patch-error.js';
import type { SchemaResolver } from '../schema-resolver.js';

/** Who writes, when, through which door, and what the object looks like there. */
export interface FieldManagerContext {
  /** The schema at `apiVersion`. */
  schema: SchemaResolver;
  /** The manager's name: `fieldManager`, or the user agent up to its first `/`. Empty stands for `unknown`. */
  manager: string;
  /** The version the request speaks: `v1`, `apps/v1`. Also the version of all objects handed in. */
  apiVersion: string;
  /** Empty or absent for the main resource. */
  subresource?: string | undefined;
  /** The time of the request. */
  now: Time;
  /**
   * Paths this door never writes, which therefore nobody comes to own through it, such as `[['status']]` for the main
   * resource and `[['spec']]` for `status`. Everything below a path counts too.
   */
  resetFields?: readonly (readonly string[])[] | undefined;
  /**
   * The object and its schema in another version: entries of managedFields speak the version of their writer. Undefined for a
   * version that is no longer served: its entries are dropped. Absent: all versions look alike.
   */
  convert?: ((object: JsonObject, apiVersion: string) => VersionedObject | undefined) | undefined;
}

/** An object in one version, with the schema of that version. */
export interface VersionedObject {
  object: JsonObject;
  schema: SchemaResolver;
}

/** What server-side apply needs. */
export interface ApplyRequest extends FieldManagerContext {
  /** The stored object in version `apiVersion`, or undefined if there is none: it will be created. */
  live: JsonObject | undefined;
  /** The body of the request. */
  applied: JsonObject;
  /** `force=true`: take conflicting fields from their owners. */
  force?: boolean | undefined;
}

/** What the bookkeeping of a create, update or patch needs. */
export interface UpdateRequest extends FieldManagerContext {
  /** The stored object, or undefined for a create. */
  live: JsonObject | undefined;
  /** The object about to be stored: patched, defaulted, in version `apiVersion`; its managedFields are those the client sent. */
  updated: JsonObject;
}

/**
 * Server-side apply (KEP-555): merges the applied configuration into the live object, removes what this manager no longer
 * applies and nobody else owns, and writes managedFields. The result still lacks defaults; neither argument is changed.
 *
 * Throws PatchError: 400 for managedFields in the body or another version, 409 with one cause per field for conflicts,
 * 500 for a body that does not fit the schema.
 */
export function serverSideApply(_request: ApplyRequest): { object: JsonObject } {
  throw internal('not there yet');
}

/**
 * Writes managedFields for a create, update or patch: what changed belongs to this manager now, what is gone to nobody.
 * Returns a new object. Never throws: like upstream it drops managedFields where it cannot make sense of them.
 */
export function trackUpdate(request: UpdateRequest): JsonObject {
  return request.updated;
}

/**
 * The last step before storing: where the new object differs from the live one in the times of managedFields only, it gets the
 * live object's times back, so that a write without effect stays one.
 */
export function keepTimesWhereUnchanged(_live: JsonObject, updated: JsonObject): JsonObject {
  return updated;
}
