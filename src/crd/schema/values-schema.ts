import type { JSONSchemaProps } from '../json-schema-props.js';
import type { Place } from './walk.js';

/** The values of an enum or of a literal: all of one type, and perhaps null. */
export function valuesSchema(values: ReadonlySet<unknown>, place: Place): JSONSchemaProps {
  const listed = [...values].filter((value) => value !== null);
  const types = new Set(listed.map(typeOf));
  const [type] = types;
  if (types.has(undefined)) return place.problem('only strings, numbers, booleans and null are values in JSON');
  if (types.size > 1) {
    return place.problem(
      'values of several types: servers would take others for them (Go converts between numbers and texts)',
    );
  }
  const schema: JSONSchemaProps =
    type === undefined ? place.problem('null alone is no type: use .nullable() on one') : { type, enum: listed };
  return values.has(null) ? nullable(schema) : schema;
}

/** A schema that takes null as well. An enum would have to name it, and null is never found there: so it is moved to where null is not asked. */
export function nullable(schema: JSONSchemaProps): JSONSchemaProps {
  const { enum: values, ...rest } = schema;
  if (values === undefined) return { ...schema, nullable: true };
  return { ...rest, nullable: true, allOf: [...(rest.allOf ?? []), { enum: values }] };
}

function typeOf(value: unknown): string | undefined {
  if (typeof value === 'number')
    return Number.isInteger(value) ? 'integer' : Number.isFinite(value) ? 'number' : undefined;
  return typeof value === 'string' || typeof value === 'boolean' ? typeof value : undefined;
}
