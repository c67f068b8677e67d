import { fieldsOf } from '../../util/json-fields.js';
import type { JsonObject } from '../../util/json-value.js';

/** Sets a field that is absent or null. */
export function setDefault(object: JsonObject, field: string, value: unknown): void {
  if (object[field] === undefined || object[field] === null) object[field] = value;
}

/** Returns the object in a field, after setting the field to an empty object if it has none. */
export function ensure(object: JsonObject, field: string): JsonObject {
  const inner = fieldsOf(object[field]);
  object[field] = inner;
  return inner;
}
