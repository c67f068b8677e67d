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
  const { properties } = at;
  if (properties !== undefined) {
    for (const name of Object.keys(value)) {
      const [inner, property] = [value[name], Object.hasOwn(properties, name) ? properties[name] : undefined];
      if (property !== undefined && typeof inner === 'object') applyTo(scheme, property, inner, depth + 1);
    }
    for (const [name, given] of defaultsOf(at)) {
      if (!Object.hasOwn(value, name) || value[name] === undefined || value[name] === null)
        setOwn(value, name, copy(given));
    }
  }
  if (typeof at.additional === 'object') {
    for (const inner of Object.values(value)) applyTo(scheme, at.additional, inner, depth + 1);
  }
}

/** What has been worked out about schemas, which never change. */
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
