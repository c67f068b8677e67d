import { childPath, type JsonSchema, propertySchema, valuesSchema } from '../../meta/json-schema.js';
import { isObject, type JsonObject, own } from '../../util/json-value.js';
import { duplicate, type FieldError, invalidValue } from '../object/field-error.js';

/** Validates the lists of an object that are sets or maps: items must be unique. */
export function listTypeErrors(value: unknown, schema: JsonSchema | undefined, path = ''): FieldError[] {
  if (schema === undefined) return [];
  if (Array.isArray(value)) {
    const inner = value.flatMap((item, index) => listTypeErrors(item, schema.items, `${path}[${index}]`));
    return [...ownErrors(value, schema, path), ...inner];
  }
  if (!isObject(value)) return [];
  return Object.keys(value).flatMap((name) => {
    const property = propertySchema(schema, name);
    const at = property === undefined ? `${path}[${name}]` : childPath(path, name);
    return listTypeErrors(own(value, name), property ?? valuesSchema(schema), at);
  });
}

function ownErrors(list: readonly unknown[], schema: JsonSchema, path: string): FieldError[] {
  switch (schema['x-kubernetes-list-type']) {
    case 'set':
      return repeated(list).map((index) => duplicate(`${path}[${index}]`, list[index]));
    case 'map': {
      const wrong = list.findIndex((item) => item !== null && !isObject(item));
      if (wrong >= 0) {
        return [invalidValue(`${path}[${wrong}]`, list[wrong], 'must be an object for an array of list-type map')];
      }
      const names = schema['x-kubernetes-list-map-keys'] ?? [];
      const keys = list.map((item) => keysOf(isObject(item) ? item : {}, names));
      return repeated(keys).map((index) => duplicate(`${path}[${index}]`, keys[index]));
    }
    default:
      return [];
  }
}

function keysOf(item: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(names.filter((name) => Object.hasOwn(item, name)).map((name) => [name, own(item, name)]));
}

/** The places of values that are there a second time; a third is not told apart. */
function repeated(values: readonly unknown[]): number[] {
  const seen = new Map<string, number>();
  return values.flatMap((value, index) => {
    const text = canonical(value);
    const times = (seen.get(text) ?? 0) + 1;
    seen.set(text, times);
    return times === 2 ? [index] : [];
  });
}

/** The JSON of a value with its fields in order, so that equal values have equal texts. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    isObject(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
  );
}
