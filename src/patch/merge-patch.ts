import { copy, equal, isObject, type JsonObject, nestsWithin, own, setOwn } from '../util/json-value.js';
import { goJsonKind } from './go-format.js';
import { badRequest } from './patch-error.js';

/**
 * Applies a JSON merge patch (RFC 7386): null removes, objects merge, everything else replaces. As in kube-apiserver, nulls are also
 * dropped from objects inside lists, unless the list replaces a map. Neither argument is changed. The objects of the result that the patch
 * reached into are added to `reached`, if it is given.
 *
 * Throws a PatchError 400 for a patch that is not an object or is too deep.
 */
export function applyMergePatch(object: JsonObject, patch: unknown, reached?: Set<object>): JsonObject {
  if (patch === null) throw badRequest('Invalid JSON Patch');
  if (!isObject(patch)) {
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${goJsonKind(patch)} into Go value of type map[string]interface {}`,
    );
  }
  if (!nestsWithin(patch)) throw badRequest('error decoding patch: exceeded max depth');
  return merge(object, patch, reached);
}

/**
 * The merge patch that turns `from` into `to`, as small as may be. Undefined if there is none: RFC 7386 cannot write a null
 * into an object.
 */
export function createMergePatch(from: JsonObject, to: JsonObject): JsonObject | undefined {
  const patch: JsonObject = {};
  for (const key of Object.keys(from)) if (!Object.hasOwn(to, key)) setOwn(patch, key, null);
  for (const key of Object.keys(to)) {
    const [before, after] = [own(from, key), to[key]];
    if (equal(before, after)) continue;
    const nested = isObject(before) && isObject(after);
    if (after === null || (!nested && hasNull(after))) return undefined;
    const part = nested ? createMergePatch(before, after) : copy(after);
    if (part === undefined) return undefined;
    setOwn(patch, key, part);
  }
  return patch;
}

function merge(object: JsonObject, patch: JsonObject, reached: Set<object> | undefined): JsonObject {
  const out: JsonObject = {};
  reached?.add(out);
  for (const key of Object.keys(object)) if (!Object.hasOwn(patch, key)) setOwn(out, key, copy(object[key]));
  for (const key of Object.keys(patch)) {
    const [before, after] = [own(object, key), patch[key]];
    if (after === null) continue;
    if (!isObject(before)) setOwn(out, key, withoutNulls(after, reached));
    else setOwn(out, key, isObject(after) ? merge(before, after, reached) : copy(after));
  }
  return out;
}

/** A copy without the nulls that stand in objects; those in lists stay. */
function withoutNulls(value: unknown, reached: Set<object> | undefined): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutNulls(item, reached));
  if (!isObject(value)) return value;
  const out: JsonObject = {};
  reached?.add(out);
  for (const key of Object.keys(value)) if (value[key] !== null) setOwn(out, key, withoutNulls(value[key], reached));
  return out;
}

/** True where a null stands in an object, in which a merge patch would take it for a removal. */
function hasNull(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(hasNull);
  return isObject(value) && Object.values(value).some((part) => part === null || hasNull(part));
}
