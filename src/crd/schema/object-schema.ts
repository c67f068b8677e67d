import type { z } from 'zod';
import type { JSONSchemaProps } from '../json-schema-props.js';
import type { Place, Walk } from './walk.js';

/** An object: what zod strips, servers prune. */
export function objectSchema({ shape, catchall }: z.core.$ZodObjectDef, walk: Walk, place: Place): JSONSchemaProps {
  const names = Object.keys(shape);
  const rest = catchall?._zod.def.type;
  if (rest === 'never') {
    return place.problem('servers drop unknown fields instead of refusing them: use z.object, which does so too');
  }
  if (rest !== undefined && rest !== 'unknown' && rest !== 'any') {
    if (names.length > 0)
      return place.problem(
        'a structural schema has either named fields or values of one type: use z.record for the latter',
      );
    return catchall === undefined ? {} : mapOf(catchall, walk, place);
  }
  const schema: JSONSchemaProps = { type: 'object' };
  const properties: { [name: string]: JSONSchemaProps } = {};
  const required: string[] = [];
  for (const name of names) {
    const field = shape[name];
    if (field === undefined) continue;
    const walked = walk(field, place.child(name));
    Object.defineProperty(properties, name, {
      value: walked.schema,
      enumerable: true,
      configurable: true,
      writable: true,
    });
    if (!walked.optional) required.push(name);
  }
  if (names.length > 0) schema.properties = properties;
  if (required.length > 0) schema.required = required;
  if (rest !== undefined) schema['x-kubernetes-preserve-unknown-fields'] = true;
  return schema;
}

/** A map. Keys are any strings: no keyword of a structural schema looks at them. */
export function recordSchema(def: z.core.$ZodRecordDef, walk: Walk, place: Place): JSONSchemaProps {
  const key = def.keyType._zod.def;
  if (key.type !== 'string' || (key.checks ?? []).length > 0 || 'format' in key) {
    return place.problem(
      'the keys of a map cannot be restricted: use z.string() for them, z.object for known names, or rule()',
    );
  }
  return mapOf(def.valueType, walk, place);
}

function mapOf(values: z.core.$ZodType, walk: Walk, place: Place): JSONSchemaProps {
  return { type: 'object', additionalProperties: element(values, walk, place.child('[*]')) };
}

/** A list with its length. */
export function arraySchema(
  { element: items }: z.core.$ZodArrayDef,
  checks: readonly z.core.$ZodChecks[],
  walk: Walk,
  place: Place,
): JSONSchemaProps {
  const schema: JSONSchemaProps = { type: 'array', items: element(items, walk, place.child('[]')) };
  for (const check of checks) {
    const own = check._zod.def;
    const [least, most] =
      own.check === 'min_length'
        ? [own.minimum, undefined]
        : own.check === 'max_length'
          ? [undefined, own.maximum]
          : own.check === 'length_equals'
            ? [own.length, own.length]
            : [];
    if (least === undefined && most === undefined)
      place.problem(`a structural schema has no check ${own.check} of lists: use rule()`);
    if (least !== undefined) schema.minItems = Math.max(schema.minItems ?? 0, least);
    if (most !== undefined) schema.maxItems = Math.min(schema.maxItems ?? most, most);
  }
  return schema;
}

function element(schema: z.core.$ZodType, walk: Walk, place: Place): JSONSchemaProps {
  const walked = walk(schema, place);
  const open = walked.schema['x-kubernetes-preserve-unknown-fields'] === true && walked.schema.type === undefined;
  if (walked.schema.default !== undefined)
    place.problem('what is in a list or map is there: a default would say nothing');
  else if (walked.optional && !open) place.problem('what is in a list or map is there: it cannot be optional');
  return walked.schema;
}

/** Reports the faults of a list that is a set or a map. */
export function checkListType(schema: JSONSchemaProps, place: Place): void {
  const listType = schema['x-kubernetes-list-type'];
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const { items } = schema;
  if (listType === undefined) {
    if (keys.length > 0) place.problem('x-kubernetes-list-map-keys are for lists of type map: use .check(listMap(…))');
    return;
  }
  if (schema.type !== 'array' || items === undefined) {
    place.problem('only a list has a list type');
    return;
  }
  if (listType !== 'atomic' && items.nullable === true)
    place.problem(`the items of a list of type ${listType} cannot be null`);
  if (listType === 'set') {
    if (items.type === 'object' && items['x-kubernetes-map-type'] !== 'atomic')
      place.problem('objects in a set have to be atomic: .meta({ "x-kubernetes-map-type": "atomic" })');
  }
  if (listType !== 'map') return;
  if (items.type !== 'object') place.problem('the items of a list of type map are objects');
  if (keys.length === 0) place.problem('a list of type map has keys: listMap(key, …)');
  for (const key of keys) {
    const field = items.properties?.[key];
    const known = field !== undefined && (items.required?.includes(key) === true || field.default !== undefined);
    if (!known)
      place.problem(`the key ${key} of the list has to be a field of its items that is required or has a default`);
    else if (field.type === 'object' || field.type === 'array' || field.nullable === true)
      place.problem(`the key ${key} of the list has to be a scalar that is not null`);
  }
}
