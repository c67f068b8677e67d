import { copy, equal, isObject, type JsonObject, own, setOwn } from './json-value.js';

/**
 * Applies a JSON merge patch (RFC 7386): null removes, objects merge, everything else replaces. Neither argument is changed.
 * The result is an object whenever the patch is one.
 */
export function applyMergePatch(object: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return copy(patch);
  const out: JsonObject = {};
  const from = isObject(object) ? object : {};
  for (const key of Object.keys(from)) {
    if (!Object.hasOwn(patch, key)) setOwn(out, key, copy(from[key]));
    else if (patch[key] !== null) setOwn(out, key, applyMergePatch(from[key], patch[key]));
  }
  for (const key of Object.keys(patch)) {
    if (patch[key] !== null && !Object.hasOwn(from, key)) setOwn(out, key, applyMergePatch(undefined, patch[key]));
  }
  return out;
}

/**
 * The merge patch that turns `from` into `to`, as small as may be. Undefined if there is none: RFC 7386 cannot write a null
 * into an object.
 */
export function createMergePatch(from: unknown, to: unknown): unknown {
  if (!isObject(from) || !isObject(to)) return hasNull(to) ? undefined : copy(to);
  const patch: JsonObject = {};
  for (const key of Object.keys(from)) if (!Object.hasOwn(to, key)) setOwn(patch, key, null);
  for (const key of Object.keys(to)) {
    const value = to[key];
    if (equal(own(from, key), value)) continue;
    if (value === null) return undefined;
    const part = createMergePatch(own(from, key), value);
    if (part === undefined) return undefined;
    setOwn(patch, key, part);
  }
  return patch;
}

/** True where a null stands in an object, in which a merge patch would take it for a removal. */
function hasNull(value: unknown): boolean {
  return isObject(value) && Object.keys(value).some((key) => value[key] === null || hasNull(value[key]));
}
