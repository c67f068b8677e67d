import type { SchemaFacts } from '../../meta/index.js';
import { isObject, type JsonObject, own, setOwn } from '../../util/json-value.js';
import { resolved, type SchemaResolver } from '../schema-resolver.js';

/** Required fields that Go nevertheless leaves out when unset (`omitempty`), which OpenAPI does not tell. */
const omitted = new Set(['parentRef', 'validationActions']);

/** Optional scalars that Go leaves out when unset although OpenAPI gives them a zero as default. */
const unset = new Set(['replicas', 'minReadySeconds', 'optional', 'readOnly', 'name']);

/**
 * The object with everything in it that a Go struct of this schema has whether set or not: nested structs as `{}`, scalars that
 * are never left out as zero, other required fields as null. Upstream compares structs, so a struct is never new, only its fields are:
 * that is why `f:spec` has no `.` in the entry of whoever created an object. What has it all already is not copied.
 */
export function withZeroValues(object: JsonObject, resolver: SchemaResolver): JsonObject {
  return fillObject(object, resolved(resolver.root, resolver), resolver);
}

function fill(value: unknown, schema: SchemaFacts, resolver: SchemaResolver): unknown {
  const { items, additional } = schema;
  if (Array.isArray(value)) {
    const itemSchema = items && resolved(items, resolver);
    if (itemSchema === undefined) return value;
    const filled = value.map((item) => fill(item, itemSchema, resolver));
    return filled.every((item, index) => item === value[index]) ? value : filled;
  }
  if (!isObject(value)) return value;
  if (schema.properties !== undefined) return fillObject(value, schema, resolver);
  if (typeof additional !== 'object') return value;
  const valueSchema = resolved(additional, resolver);
  return mapped(value, (part) => fill(part, valueSchema, resolver));
}

function fillObject(object: JsonObject, schema: SchemaFacts, resolver: SchemaResolver): JsonObject {
  const properties = schema.properties ?? {};
  const filled = mapped(object, (part, key) => {
    const property = typeof part === 'object' && Object.hasOwn(properties, key) ? properties[key] : undefined;
    return property === undefined ? part : fill(part, resolved(property, resolver), resolver);
  });
  const missing = zerosOf(schema, resolver).filter(({ key }) => !Object.hasOwn(object, key));
  if (missing.length === 0) return filled;
  const out: JsonObject = { ...filled };
  for (const { key, zero, struct } of missing) {
    setOwn(out, key, struct === undefined ? zero : fillObject({}, struct, resolver));
  }
  return out;
}

/** The object with other values; itself where they are the same. */
function mapped(object: JsonObject, map: (value: unknown, key: string) => unknown): JsonObject {
  let out: JsonObject | undefined;
  for (const key of Object.keys(object)) {
    const part = object[key];
    const next = typeof part === 'object' && part !== null ? map(part, key) : part;
    if (next === part) continue;
    out ??= { ...object };
    setOwn(out, key, next);
  }
  return out ?? object;
}

/** A field that shows when unset: as its zero, or as a struct with its own zeros. */
interface Zero {
  readonly key: string;
  readonly zero: unknown;
  readonly struct: SchemaFacts | undefined;
}

/** The results for schemas, which never change. */
const zeros = new WeakMap<SchemaFacts, readonly Zero[]>();

function zerosOf(schema: SchemaFacts, resolver: SchemaResolver): readonly Zero[] {
  let found = zeros.get(schema);
  if (found === undefined) {
    found = Object.entries(schema.properties ?? {}).flatMap(([key, property]) =>
      zeroOf(key, property, schema.required?.includes(key) ?? false, resolver),
    );
    zeros.set(schema, found);
  }
  return found;
}

/**
 * Returns the value that an unset field shows, or an empty list for one that is left out. OpenAPI gives a zero as the default of a field
 * that is never left out.
 */
function zeroOf(key: string, property: SchemaFacts, required: boolean, resolver: SchemaResolver): Zero[] {
  const value = property.default;
  if (isObject(value) && Object.keys(value).length === 0) {
    return [{ key, zero: undefined, struct: resolved(property, resolver) }];
  }
  if (value === '' || value === 0 || value === false) {
    return !required && unset.has(key) ? [] : [{ key, zero: value, struct: undefined }];
  }
  return required && !omitted.has(key) ? [{ key, zero: null, struct: undefined }] : [];
}

/**
 * The object with null for every field that is null in its twin and absent here, at any depth outside of lists: a field that
 * Go shows as null when unset is never new.
 */
export function withNullsOf(twin: unknown, object: JsonObject): JsonObject {
  if (!isObject(twin)) return object;
  const inner = mapped(object, (part, key) => (isObject(part) ? withNullsOf(own(twin, key), part) : part));
  const missing = Object.keys(twin).filter((key) => twin[key] === null && !Object.hasOwn(object, key));
  if (missing.length === 0) return inner;
  const out: JsonObject = { ...inner };
  for (const key of missing) setOwn(out, key, null);
  return out;
}
