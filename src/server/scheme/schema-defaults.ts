import type { SchemaFacts } from '../../meta/index.js';
import { copy, isObject, type JsonObject, setOwn } from '../patch/json-value.js';
import type { Scheme } from './scheme.js';

/** Fills in the defaults the schemas name, except the zeros, which are a matter of the JSON form. Changes `value` in place. */
export function applySchemaDefaults(scheme: Scheme, schema: SchemaFacts, value: unknown, depth = 0): void {
  const at = schema.ref === undefined ? schema : scheme.resolve(schema.ref);
  if (at === undefined || depth > 100) return;
  if (Array.isArray(value)) {
    if (at.items !== undefined) for (const item of value) applySchemaDefaults(scheme, at.items, item, depth + 1);
    return;
  }
  if (!isObject(value)) return;
  for (const [name, property] of Object.entries(at.properties ?? {})) fill(scheme, value, name, property, depth);
  if (typeof at.additional === 'object') {
    for (const inner of Object.values(value)) applySchemaDefaults(scheme, at.additional, inner, depth + 1);
  }
}

function fill(scheme: Scheme, value: JsonObject, name: string, property: SchemaFacts, depth: number): void {
  const current = Object.hasOwn(value, name) ? value[name] : undefined;
  if (current !== undefined && current !== null) {
    applySchemaDefaults(scheme, property, current, depth + 1);
  } else if (isMeant(property.default)) {
    setOwn(value, name, copy(property.default));
  }
}

/** A default that says something: not the zero value that the schemas of Go types carry. */
function isMeant(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === 0 || value === false) return false;
  return !isObject(value) || Object.keys(value).length > 0;
}
