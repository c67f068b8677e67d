import { isObject, type JsonObject } from '../../util/json-value.js';
import type { SchemaResolver } from '../schema-resolver.js';
import { merge } from './merge.js';
import { fieldElement, indexElement, showElement } from './path-element.js';
import { rootType, type Type } from './type-system.js';
import { showErrors, validate } from './validate.js';

/**
 * Applies an apply configuration to an object without ownership, as mutating admission policies do. Throws an Error in kube-apiserver's
 * words if the configuration does not fit the schema or would replace a list or map as a whole.
 */
export function mergeConfiguration(object: JsonObject, configuration: JsonObject, schema: SchemaResolver): JsonObject {
  const type = rootType(schema);
  const wrong = validate(type, configuration, false);
  if (wrong.length > 0) throw new Error(`failed to convert patch object to typed object: ${showErrors(wrong)}`);
  const atomics = atomicsIn(type, configuration, '');
  if (atomics.length > 0) {
    const why = `may not mutate atomic arrays, maps or structs: ${atomics.join(', ')}`;
    throw new Error(`invalid ApplyConfiguration: ${why}`);
  }
  const merged = merge(type, object, configuration);
  return isObject(merged) ? merged : {};
}

/** The paths of lists and maps in a value that are owned as a whole. */
function atomicsIn(type: Type, value: unknown, path: string): string[] {
  const { map, list } = type.formOf(value);
  if (isObject(value) && map !== undefined) {
    const own = map.atomic ? [path] : [];
    const inner = Object.entries(value).flatMap(([key, part]) => {
      const field = map.isField(key) ? map.typeOf(key) : undefined;
      return field === undefined ? [] : atomicsIn(field, part, path + showElement(fieldElement(key)));
    });
    return [...own, ...inner];
  }
  if (!Array.isArray(value) || list === undefined) return [];
  const inner = value.flatMap((item, index) => atomicsIn(list.items, item, path + showElement(indexElement(index))));
  return list.atomic ? [path, ...inner] : inner;
}
