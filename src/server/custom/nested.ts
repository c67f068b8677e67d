import { isObject, type JsonObject, own, setOwn } from '../../util/json-value.js';

/** The names in a path of plain fields such as `.spec.replicas`. */
export function pathOf(path: string): string[] {
  return path.replace(/^\./, '').split('.');
}

/** The value at a path of plain fields; undefined where there is none. */
export function nested(object: JsonObject, path: string): unknown {
  let at: unknown = object;
  for (const name of pathOf(path)) {
    if (!isObject(at)) return undefined;
    at = own(at, name);
  }
  return at;
}

/** The object with another value at a path of plain fields; what is not shared with it is copied. */
export function withNested<T extends JsonObject>(object: T, path: string, value: unknown): T {
  const set = (at: JsonObject, [name = '', ...rest]: readonly string[]): JsonObject => {
    const inner = own(at, name);
    const out = { ...at };
    setOwn(out, name, rest.length === 0 ? value : set(isObject(inner) ? inner : {}, rest));
    return out;
  };
  // Only fields below the top are replaced, so the object stays of its type.
  return set(object, pathOf(path)) as T;
}
