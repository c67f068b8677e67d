/** A JSON object as it came off the wire or out of the store. Never changed in place by this room. */
export interface JsonObject {
  [field: string]: unknown;
}

/**
 * The greatest depth of an accepted value. kube-apiserver's own bound for JSON is 10,000. Real objects stay below 100, and the functions
 * that walk a value recurse.
 */
export const maxDepth = 500;

/** True if the value is nested at most `levels` deep. */
export function nestsWithin(value: unknown, levels: number = maxDepth): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (levels === 0) return false;
  if (Array.isArray(value)) return value.every((item) => nestsWithin(item, levels - 1));
  for (const key in value) {
    const inner = (value as JsonObject)[key];
    if (typeof inner === 'object' && !nestsWithin(inner, levels - 1)) return false;
  }
  return true;
}

/** True for a JSON object: neither null nor a list. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The own property `key` of an object, and undefined for what only its prototype has (`constructor`, `toString` …). */
export function own(object: JsonObject, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** Sets a property even if it is called `__proto__`, which plain assignment would take for the prototype. */
export function setOwn(object: JsonObject, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    object[key] = value;
  }
}

/** A deep copy. */
export function copy<T>(value: T): T {
  if (Array.isArray(value)) return value.map(copy) as T;
  if (!isObject(value)) return value;
  const out: JsonObject = {};
  for (const key of Object.keys(value)) {
    const inner = value[key];
    setOwn(out, key, typeof inner === 'object' && inner !== null ? copy(inner) : inner);
  }
  return out as T;
}

/** Deep equality of JSON values; the order of an object's keys does not matter. */
export function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, index) => equal(item, b[index]));
  }
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  for (const key of keys) {
    const other = b[key];
    if (!Object.hasOwn(b, key)) return false;
    if (a[key] !== other && !equal(a[key], other)) return false;
  }
  return true;
}
