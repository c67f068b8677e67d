import { fieldSchema, type JsonSchema, propertySchema, valuesSchema } from '../../meta/json-schema.js';
import { copy, isObject, type JsonObject, own, setOwn } from '../../util/json-value.js';

/**
 * Applies the defaults of a schema to existing objects: a default inside an absent object has no effect. It drops nulls if the schema
 * neither allows null nor has a default. Changes `value` in place. Idempotent.
 */
export function applyDefaults(value: unknown, schema: JsonSchema): void {
  fillDefaults(value, schema);
  dropNulls(value, schema);
}

function fillDefaults(value: unknown, schema: JsonSchema | undefined): void {
  if (schema === undefined) return;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      if (isMissing(item, schema.items) && schema.items?.default !== undefined)
        value[index] = copy(schema.items.default);
      fillDefaults(value[index], schema.items);
    }
    return;
  }
  if (!isObject(value)) return;
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (property.default === undefined) continue;
    if (!Object.hasOwn(value, name) || isMissing(own(value, name), property))
      setOwn(value, name, copy(property.default));
  }
  for (const name of Object.keys(value)) fillField(value, name, schema);
}

function fillField(value: JsonObject, name: string, schema: JsonSchema): void {
  const property = propertySchema(schema, name);
  const values = valuesSchema(schema);
  if (property === undefined && values?.default !== undefined && isMissing(own(value, name), values)) {
    setOwn(value, name, copy(values.default));
  }
  fillDefaults(own(value, name), property ?? values);
}

/** A null where the schema has no place for one: as good as nothing. */
function isMissing(value: unknown, schema: JsonSchema | undefined): boolean {
  return value === null && schema !== undefined && schema.nullable !== true;
}

function dropNulls(value: unknown, schema: JsonSchema | undefined): void {
  if (Array.isArray(value)) {
    for (const item of value) dropNulls(item, schema?.items);
  } else if (isObject(value)) {
    for (const name of Object.keys(value)) {
      const inner = fieldSchema(schema, name);
      if (isMissing(own(value, name), inner) && inner?.default === undefined) delete value[name];
      else dropNulls(own(value, name), inner);
    }
  }
}
