import { deepEqual } from '../../meta/index.js';
import type { JSONSchemaProps } from '../json-schema-props.js';
import { patternOfWords } from './re2.js';
import { nullable } from './values-schema.js';
import type { Place } from './walk.js';

/** The keywords allowed inside `anyOf`: those that say which values are right. The others describe shape. */
const validations = new Set<string>([
  'enum',
  'format',
  'minimum',
  'exclusiveMinimum',
  'maximum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'pattern',
  'minItems',
  'maxItems',
  'allOf',
  'anyOf',
  'oneOf',
  'not',
]);

/** The relation of a union's options: `anyOf`, or `oneOf` if exactly one must hold. */
export type Choice = 'anyOf' | 'oneOf';

/**
 * A union of schemas. Structural schemas have one shape at a place, so the options share theirs, and `anyOf` or `oneOf` says what
 * makes each: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema.
 */
export function unionSchema(options: readonly JSONSchemaProps[], choice: Choice, place: Place): JSONSchemaProps {
  const withNull = options.some((option) => option.nullable === true);
  const bare = options.map(withoutNull);
  const [first] = bare;
  if (first === undefined) return place.problem('a union of nothing');
  const [only = first] = options;
  const made = bare.length === 1 ? only : combine(bare, choice, place);
  return withNull ? nullable(made) : made;
}

/** An option by itself: null is for the union to take, and with its format goes what the format alone needs. */
function withoutNull({ nullable: _nullable, ...schema }: JSONSchemaProps): JSONSchemaProps {
  if (schema.type !== 'string') return schema;
  const { minItems: _minItems, maxItems: _maxItems, ...rest } = schema;
  return rest;
}

function combine(options: readonly JSONSchemaProps[], choice: Choice, place: Place): JSONSchemaProps {
  const types = new Set(options.map(({ type }) => type));
  if (options.some((option) => option.default !== undefined))
    return place.problem('an option of a union cannot have a default');
  const extended = options.some((option) =>
    Object.keys(option).some(
      (keyword) => keyword.startsWith('x-kubernetes-') && keyword !== 'x-kubernetes-preserve-unknown-fields',
    ),
  );
  if (extended)
    return place.problem('the options of a union cannot have rules or extensions of their own: put them on the union');
  const [type] = types;
  if (types.size === 1 && type === 'object') return objects(options, choice, place);
  if (types.size === 1 && type !== undefined) return scalars(type, options, choice, place);
  if (types.size === 2 && types.has('integer') && types.has('string')) return intOrString(options, choice, place);
  const named = [...types].map((one) => one ?? 'anything').join(' and ');
  return place.problem(
    `a structural schema has one type at a place, here are ${named}: only whole numbers and strings go together`,
  );
}

function scalars(type: string, options: readonly JSONSchemaProps[], choice: Choice, place: Place): JSONSchemaProps {
  const { items } = options[0] ?? {};
  if (type === 'array' && options.some((option) => !deepEqual(option.items, items))) {
    return place.problem('lists in a union must have the same items');
  }
  const shape: JSONSchemaProps = items === undefined ? { type } : { type, items };
  const rules = options.map(validationsOf);
  if (choice === 'anyOf') {
    if (rules.some((one) => Object.keys(one).length === 0)) return shape;
    const values = rules.map((one) => (Object.keys(one).length === 1 ? one.enum : undefined));
    if (values.every((one) => one !== undefined)) return { ...shape, enum: [...new Set(values.flat())] };
  }
  return { ...shape, [choice]: rules };
}

/** Keywords for numbers say nothing of strings, and the other way round: so both stand side by side. */
function intOrString(options: readonly JSONSchemaProps[], choice: Choice, place: Place): JSONSchemaProps {
  const numbers = options.filter(({ type }) => type === 'integer').map(numberOnly);
  const strings = options.filter(({ type }) => type === 'string').map(stringOnly);
  if (strings.some(({ format }) => format !== undefined)) {
    return place.problem('a string with a format that only the server knows cannot stand beside a number');
  }
  const parts = [numbers, strings].map((rules) => {
    const open = choice === 'anyOf' && rules.some((one) => Object.keys(one).length === 0);
    return open ? {} : rules.length === 1 ? (rules[0] ?? {}) : { [choice]: rules };
  });
  const [number = {}, string = {}] = parts;
  const clash = Object.keys(number).some((keyword) => keyword in string);
  const both = clash ? { allOf: [number, string] } : { ...number, ...string };
  return { 'x-kubernetes-int-or-string': true, ...both };
}

function numberOnly(schema: JSONSchemaProps): JSONSchemaProps {
  const { enum: values, ...rest } = validationsOf(schema);
  if (values === undefined) return rest;
  const each = values.map((value) => ({ minimum: Number(value), maximum: Number(value) }));
  return each.length === 1 ? { ...rest, ...each[0] } : { ...rest, anyOf: each };
}

function stringOnly(schema: JSONSchemaProps): JSONSchemaProps {
  const { enum: values, format, ...rest } = validationsOf(schema);
  const words = values === undefined ? {} : { pattern: patternOfWords(values.map(String)) };
  // A format beside a pattern only names what the pattern says, but for those that have none.
  return format === undefined || rest.pattern !== undefined ? { ...rest, ...words } : { ...rest, format };
}

function validationsOf(schema: JSONSchemaProps): JSONSchemaProps {
  return Object.fromEntries(Object.entries(schema).filter(([keyword]) => validations.has(keyword)));
}

/** Objects: their fields together are the shape; each option says which it needs, and what is particular about those it shares. */
function objects(options: readonly JSONSchemaProps[], choice: Choice, place: Place): JSONSchemaProps {
  if (options.some(({ additionalProperties }) => additionalProperties !== undefined)) {
    return place.problem('a map cannot be an option of a union');
  }
  const open = options.filter((option) => option['x-kubernetes-preserve-unknown-fields'] === true);
  if (open.length > 0 && open.length < options.length)
    return place.problem('either all options of a union keep unknown fields or none does');
  const shape: { [name: string]: JSONSchemaProps } = {};
  const particular = options.map((): { [name: string]: JSONSchemaProps } => ({}));
  for (const name of new Set(options.flatMap(({ properties }) => Object.keys(properties ?? {})))) {
    const fields = options.map(({ properties }) =>
      properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : undefined,
    );
    const shared = shareField(fields, options.length, place.child(name));
    shape[name] = shared.shape;
    for (const [index, rules] of shared.particular.entries()) {
      const own = particular[index];
      if (own !== undefined && rules !== undefined) own[name] = rules;
    }
  }
  const always = (options[0]?.required ?? []).filter((name) =>
    options.every(({ required }) => required?.includes(name)),
  );
  const rules = options.map((option, index): JSONSchemaProps => {
    const required = (option.required ?? []).filter((name) => !always.includes(name));
    const properties = particular[index] ?? {};
    return {
      ...validationsOf(option),
      ...(Object.keys(properties).length === 0 ? {} : { properties }),
      ...(required.length === 0 ? {} : { required }),
    };
  });
  const anything = choice === 'anyOf' && rules.some((one) => Object.keys(one).length === 0);
  return {
    type: 'object',
    properties: shape,
    ...(always.length === 0 ? {} : { required: always }),
    ...(open.length === 0 ? {} : { 'x-kubernetes-preserve-unknown-fields': true as const }),
    ...(anything ? {} : { [choice]: rules }),
  };
}

interface SharedField {
  readonly shape: JSONSchemaProps;
  /** The rules of each option beyond the shape. */
  readonly particular: readonly (JSONSchemaProps | undefined)[];
}

function shareField(fields: readonly (JSONSchemaProps | undefined)[], options: number, place: Place): SharedField {
  const there = fields.filter((field) => field !== undefined);
  const [first = {}] = there;
  const same = there.every((field) => deepEqual(withoutText(field), withoutText(first)));
  if (there.some(hasDefault) && !(same && there.length === options)) {
    return { shape: place.problem('a default would be filled in whichever option is meant'), particular: [] };
  }
  if (same) return { shape: first, particular: [] };
  const shapes = there.map(shapeOf);
  if (shapes.some((shape) => !deepEqual(shape, shapes[0])) || there.some(hasDefault)) {
    return { shape: place.problem('this field has another shape in another option of the union'), particular: [] };
  }
  const particular = fields.map((field) => (field === undefined ? undefined : validationsOf(field)));
  const enums = there.map((field) => field.enum);
  const { description } = first;
  const all =
    enums.every((values) => values !== undefined) && there.length === options
      ? { enum: [...new Set(enums.flat())] }
      : {};
  return { shape: { ...(description === undefined ? {} : { description }), ...shapes[0], ...all }, particular };
}

/** Returns the keywords that are neither value validations nor text. */
function shapeOf(schema: JSONSchemaProps): JSONSchemaProps {
  return Object.fromEntries(Object.entries(withoutText(schema)).filter(([keyword]) => !validations.has(keyword)));
}

function withoutText({ description: _description, title: _title, ...schema }: JSONSchemaProps): JSONSchemaProps {
  return schema;
}

/** Reports whether a schema has a default, at any depth of objects that always exist. */
function hasDefault(schema: JSONSchemaProps): boolean {
  return schema.default !== undefined;
}

/** Two schemas that must both hold. */
export function intersectionSchema(left: JSONSchemaProps, right: JSONSchemaProps, place: Place): JSONSchemaProps {
  if (
    left.type !== right.type ||
    left.nullable !== right.nullable ||
    left.additionalProperties !== undefined ||
    right.additionalProperties !== undefined
  ) {
    return place.problem('the two sides of an intersection must be objects, or of one type');
  }
  if (left.type !== 'object') {
    if (!deepEqual(shapeOf(left), shapeOf(right)))
      return place.problem('the two sides of an intersection have different shapes');
    const rules = validationsOf(right);
    return Object.keys(rules).length === 0 ? left : { ...left, allOf: [...(left.allOf ?? []), rules] };
  }
  const shared = Object.keys(left.properties ?? {}).filter((name) => Object.hasOwn(right.properties ?? {}, name));
  const differing = shared.find((name) => !deepEqual(left.properties?.[name], right.properties?.[name]));
  if (differing !== undefined)
    return place.child(differing).problem('this field differs between the two sides of an intersection');
  const required = [...new Set([...(left.required ?? []), ...(right.required ?? [])])];
  const rules = [...(left['x-kubernetes-validations'] ?? []), ...(right['x-kubernetes-validations'] ?? [])];
  const parts = [left, right].map(validationsOf).filter((one) => Object.keys(one).length > 0);
  return {
    ...shapeOf(left),
    ...shapeOf(right),
    properties: { ...left.properties, ...right.properties },
    ...(required.length === 0 ? {} : { required }),
    ...(rules.length === 0 ? {} : { 'x-kubernetes-validations': rules }),
    ...(parts.length === 0 ? {} : { allOf: parts }),
  };
}
