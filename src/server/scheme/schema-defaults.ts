import type { SchemaFacts } from '../../meta/index.js';
import { copy, isObject, type JsonObject, setOwn } from '../../util/json-value.js';
import type { Scheme, ServedResource } from '../object/server-context.js';
import { SchemaSearch } from './schema-search.js';

/**
 * Fills in the defaults a built-in kind's schemas name, except the zeros, which are a matter of the JSON form. Custom resources
 * have their own way with defaults. Changes `object` in place.
 */
export function applySchemaDefaults(scheme: Scheme, resource: ServedResource, object: JsonObject): void {
  if (resource.custom === undefined) applyTo(scheme, resource.schema, object, 0);
}

function applyTo(scheme: Scheme, schema: SchemaFacts | undefined, value: unknown, depth: number): void {
  if (typeof value !== 'object' || value === null || depth > 100) return;
  const at = search.into(scheme, schema);
  if (at === undefined) return;
  if (Array.isArray(value)) {
    for (const item of value) applyTo(scheme, at.items, item, depth + 1);
    return;
  }
  if (!isObject(value)) return;
  for (const { name, schema: inner } of search.properties(scheme, at)) {
    if (Object.hasOwn(value, name)) applyTo(scheme, inner, value[name], depth + 1);
  }
  for (const [name, given] of defaultsOf(at)) {
    if (!Object.hasOwn(value, name) || value[name] === undefined || value[name] === null)
      setOwn(value, name, copy(given));
  }
  if (typeof at.additional === 'object') {
    for (const inner of Object.values(value)) applyTo(scheme, at.additional, inner, depth + 1);
  }
}

const search = new SchemaSearch((schema) => defaultsOf(schema).length > 0);

/** The results for schemas, which never change. */
const defaults = new WeakMap<SchemaFacts, readonly (readonly [name: string, value: unknown])[]>();

/** The properties of a schema that have a default which says something. */
function defaultsOf(schema: SchemaFacts): readonly (readonly [name: string, value: unknown])[] {
  let found = defaults.get(schema);
  if (found === undefined) {
    found = Object.entries(schema.properties ?? {})
      .filter(([, property]) => isMeant(property.default))
      .map(([name, property]) => [name, property.default] as const);
    defaults.set(schema, found);
  }
  return found;
}

/** A default that says something: not the zero value that the schemas of Go types carry. */
function isMeant(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === 0 || value === false) return false;
  return !isObject(value) || Object.keys(value).length > 0;
}
