import { equal, isObject, setOwn } from '../../util/json-value.js';

/** The result of an edit. */
export interface MergedEdit {
  /** The newest object with the changes of the edit. */
  readonly object: unknown;
  /** The fields that the edit and somebody else changed to different values, such as `spec.replicas`. */
  readonly conflicts: readonly string[];
}

/**
 * Brings the changes from `original` to `edited` into `newest`, field by field. A list is one field. What nobody but others changed stays
 * as it is in `newest`.
 */
export function mergeEdit(original: unknown, edited: unknown, newest: unknown): MergedEdit {
  const conflicts: string[] = [];
  return { object: merge(original, edited, newest, [], conflicts), conflicts };
}

function merge(
  original: unknown,
  edited: unknown,
  newest: unknown,
  path: readonly string[],
  conflicts: string[],
): unknown {
  if (equal(original, edited)) return newest;
  if (equal(original, newest) || equal(edited, newest)) return edited;
  if (!isObject(original) || !isObject(edited) || !isObject(newest)) {
    conflicts.push(path.join('.'));
    return edited;
  }
  const merged = {};
  for (const key of new Set([...Object.keys(newest), ...Object.keys(edited)])) {
    const own = (object: object): unknown => (Object.hasOwn(object, key) ? Reflect.get(object, key) : undefined);
    const value = merge(own(original), own(edited), own(newest), [...path, key], conflicts);
    if (value !== undefined) setOwn(merged, key, value);
  }
  return merged;
}
