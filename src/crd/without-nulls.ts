import type { JSONSchemaProps } from './json-schema-props.js';

/**
 * A copy of a value without the nulls that a server takes for nothing: those of fields that cannot be null. They are dropped, or the
 * field's default takes their place (apiextensions-apiserver, `PruneNonNullableNullsWithoutDefaults`).
 */
export function withoutNulls(value: unknown, schema: JSONSchemaProps | undefined): unknown {
  if (schema === undefined || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => withoutNulls(item, schema.items));
  const fields = Object.entries(value).flatMap(([name, inner]: [string, unknown]): [string, unknown][] => {
    const { properties } = schema;
    const field =
      properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : schema.additionalProperties;
    if (inner === null && field !== undefined && field.nullable !== true) return [];
    return [[name, withoutNulls(inner, field)]];
  });
  return Object.fromEntries(fields);
}
