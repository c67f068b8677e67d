import type { SchemaFacts } from '../../meta/index.js';
import { copy, isObject, type JsonObject, setOwn } from '../patch/json-value.js';
import type { ServedResource } from './resource.js';
import type { Scheme } from './scheme.js';

/**
 * Fills in the defaults a built-in kind's schemas name, except the zeros, which are a matter of the JSON form. Custom resources
 * have their own way with defaults. Changes `object` in place.
 */
export function applySchemaDefaults(scheme: Scheme, resource: ServedResource, object: JsonObject): void {
  if (resource.custom === undefined) applyTo(scheme, resource.schema, object, 0);
}

function applyTo(scheme: Scheme, schema: SchemaFacts, value: unknown, depth: number): void {
  const at = schema.ref === undefined ? schema : scheme.resolve(schema.ref);
  if (at === undefined || depth > 100) return;
  if (Array.isArray(value)) {
    if (at.items !== undefined) for (const item of value) applyTo(scheme, at.items, item, depth + 1);
    return;
  }
  if (!isObject(value)) return;
  for (const [name, property] of Object.entries(at.properties ?? {})) fill(scheme, value, name, property, depth);
  if (typeof at.additional === 'object') {
    for (const inner of Object.values(value)) applyTo(scheme, at.additional, inner, depth + 1);
  }
}

function fill(scheme: Scheme, value: JsonObject, name: string, property: SchemaFacts, depth: number): void {
  const current = Object.hasOwn(value, name) ? value[name] : undefined;
  if (current !== undefined && current !== null) {
    applyTo(scheme, property, current, depth + 1);
  } else if (isMeant(property.default)) {
    setOwn(value, name, copy(property.default));
  }
}

/** A default that says something: not the zero value that the schemas of Go types carry. */
function isMeant(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === 0 || value === false) return false;
  return !isObject(value) || Object.keys(value).length > 0;
}
