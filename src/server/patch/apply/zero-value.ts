import type { SchemaFacts } from '../../../meta/index.js';
import { isObject, type JsonObject, setOwn } from '../json-value.js';
import { resolved, type SchemaResolver } from '../schema-resolver.js';

/**
 * The object with everything in it that a Go struct of this schema has whether set or not: nested structs as `{}`, required
 * scalars as zero, other required fields as null. Upstream compares structs, so a struct is never new, only its fields are:
 * that is why `f:spec` has no `.` in the entry of whoever created an object.
 */
export function withZeroValues(object: JsonObject, resolver: SchemaResolver): JsonObject {
  return fillObject(object, resolved(resolver.root, resolver), resolver);
}

function fill(value: unknown, schema: SchemaFacts, resolver: SchemaResolver): unknown {
  const { items, additional } = schema;
  if (Array.isArray(value)) {
    const itemSchema = items && resolved(items, resolver);
    return itemSchema === undefined ? value : value.map((item) => fill(item, itemSchema, resolver));
  }
  if (!isObject(value)) return value;
  if (schema.properties !== undefined) return fillObject(value, schema, resolver);
  if (typeof additional !== 'object') return value;
  const valueSchema = resolved(additional, resolver);
  const out: JsonObject = {};
  for (const [key, part] of Object.entries(value)) setOwn(out, key, fill(part, valueSchema, resolver));
  return out;
}

function fillObject(object: JsonObject, schema: SchemaFacts, resolver: SchemaResolver): JsonObject {
  const properties = schema.properties ?? {};
  const out: JsonObject = {};
  for (const [key, part] of Object.entries(object)) {
    const property = Object.hasOwn(properties, key) ? properties[key] : undefined;
    setOwn(out, key, property === undefined ? part : fill(part, resolved(property, resolver), resolver));
  }
  for (const [key, property] of Object.entries(properties)) {
    if (Object.hasOwn(object, key)) continue;
    const zero = zeroOf(property, schema.required?.includes(key) ?? false, resolver);
    if (zero !== undefined) setOwn(out, key, zero);
  }
  return out;
}

/** What an unset field shows as; undefined for one that is left out. */
function zeroOf(property: SchemaFacts, required: boolean, resolver: SchemaResolver): unknown {
  const value = property.default;
  if (isObject(value) && Object.keys(value).length === 0) return fillObject({}, resolved(property, resolver), resolver);
  if (value === '' || value === 0 || value === false) return required ? value : undefined;
  return required ? null : undefined;
}
