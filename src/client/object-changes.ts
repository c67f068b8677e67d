import { equal, isObject } from '../util/json-value.js';

/** One difference between two states of an object. */
export interface FieldChange {
  /** The field as a JSON pointer, such as `/spec/replicas`; empty for the whole object. */
  readonly path: string;
  /** The value of now; undefined where there is none. */
  readonly before: unknown;
  /** The value after the change; undefined where there is none. */
  readonly after: unknown;
}

/** Lists the fields that differ: objects by their keys, arrays by their positions, everything else as a whole. */
export function* fieldChanges(before: unknown, after: unknown, path = ''): Generator<FieldChange> {
  if (equal(before, after)) return;
  if (isObject(before) && isObject(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    for (const key of keys) yield* fieldChanges(before[key], after[key], `${path}/${escapeKey(key)}`);
    return;
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    const length = Math.max(before.length, after.length);
    for (let index = 0; index < length; index++) yield* fieldChanges(before[index], after[index], `${path}/${index}`);
    return;
  }
  yield { path, before, after };
}

function escapeKey(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
