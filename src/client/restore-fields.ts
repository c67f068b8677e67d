import { deepEqual, type KubeObject } from '../meta/index.js';
import { isObject } from '../util/json-value.js';

/**
 * Returns `changed` with the fields of `stored` that whoever changed it never saw. `seen` is `stored` as it was read: without the fields
 * whose numbers are not known here. A field that was seen and is not in `changed` was taken away on purpose, and stays away.
 */
export function restoreFields<T extends KubeObject>(changed: T, stored: unknown, seen: unknown): T {
  // The same object, and more fields of its own.
  return restored(changed, stored, seen) as T;
}

function restored(changed: unknown, stored: unknown, seen: unknown): unknown {
  if (Array.isArray(changed) && Array.isArray(stored) && Array.isArray(seen))
    return restoredItems(changed, stored, seen);
  if (!isObject(changed) || !isObject(stored) || !isObject(seen)) return changed;
  const result: Record<string, unknown> = { ...changed };
  for (const [key, value] of Object.entries(stored)) {
    if (Object.hasOwn(changed, key)) set(result, key, restored(changed[key], value, seen[key]));
    else if (!Object.hasOwn(seen, key)) set(result, key, value);
  }
  return result;
}

/** Items may have been moved, added and removed: each gets the fields of the stored item that it was, as far as that shows. */
function restoredItems(changed: readonly unknown[], stored: readonly unknown[], seen: readonly unknown[]): unknown[] {
  const free = new Set(seen.keys());
  const origins = changed.map((item) => take(free, (index) => deepEqual(seen[index], item)));
  for (const [at, item] of changed.entries()) {
    origins[at] ??= take(free, (index) => isSameItem(seen[index], item));
  }
  if (changed.length === seen.length) {
    for (const [at, item] of changed.entries()) {
      origins[at] ??= take(free, (index) => index === at && identityOf(seen[index], item) === undefined);
    }
  }
  return changed.map((item, at) => {
    const origin = origins[at];
    return origin === undefined ? item : restored(item, stored[origin], seen[origin]);
  });
}

function take(free: Set<number>, fits: (index: number) => boolean): number | undefined {
  for (const index of free) {
    if (!fits(index)) continue;
    free.delete(index);
    return index;
  }
  return undefined;
}

/** The fields by which items of the API's lists are told apart, the most telling first. */
const identities = [
  'uid',
  'name',
  'key',
  'type',
  'mountPath',
  'devicePath',
  'containerPort',
  'port',
  'ip',
  'topologyKey',
];

function isSameItem(a: unknown, b: unknown): boolean {
  const identity = identityOf(a, b);
  return identity !== undefined && isObject(a) && isObject(b) && a[identity] === b[identity];
}

/** The field that tells two items apart, if they have one. */
function identityOf(a: unknown, b: unknown): string | undefined {
  if (!isObject(a) || !isObject(b)) return undefined;
  return identities.find((field) => a[field] !== undefined || b[field] !== undefined);
}

/** A key is data, `__proto__` too. */
function set(object: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
}
