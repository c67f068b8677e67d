import type { JsonSchema } from '../../meta/json-schema.js';
import { goPatternFault } from '../../util/go-pattern.js';
import { equal } from '../../util/json-value.js';
import { type FieldError, forbiddenField, invalidValue, required } from '../object/field-error.js';
import { innerSchemas } from './inner-schemas.js';

type Level = 'root' | 'item' | 'field';

const emptyType: { readonly [level in Level]: string } = {
  root: 'must not be empty at the root',
  item: 'must not be empty for specified array items',
  field: 'must not be empty for specified object fields',
};

const intOrString = [{ type: 'integer' }, { type: 'string' }];

/** Keywords that a structural schema cannot have anywhere. */
const unsupported = ['id', '$schema', '$ref', 'patternProperties', 'dependencies', 'additionalItems', 'definitions'];

/** Returns whether a structural schema can be made of a schema. If not, kube-apiserver reports the keywords alone. */
export function canBeStructural(schema: JsonSchema): boolean {
  if (Array.isArray(schema.items) || Object.keys(schema).some((keyword) => unsupported.includes(keyword))) return false;
  return innerSchemas(schema, '').every((inner) => canBeStructural(inner.schema));
}

/** Returns the errors that keep a schema from being structural: types must state its shape outside of value validations. */
export function structuralProblems(schema: JsonSchema, at: string): FieldError[] {
  const errors = [...shapeProblems(schema, 'root', at), ...completenessProblems(schema, schema, at, at)];
  const text = ({ field, message }: FieldError): string => `${field}: ${message}`;
  return errors.sort((a, b) => (text(a) < text(b) ? -1 : 1));
}

function shapeProblems(schema: JsonSchema, level: Level, at: string): FieldError[] {
  const { type = '', items, properties, additionalProperties: values } = schema;
  const embedded = schema['x-kubernetes-embedded-resource'] === true;
  const preserves = schema['x-kubernetes-preserve-unknown-fields'] === true;
  const errors: FieldError[] = [];
  if (type === 'array' && items === undefined) errors.push(required(`${at}.items`, 'must be specified'));
  if (items !== undefined && !Array.isArray(items)) errors.push(...shapeProblems(items, 'item', `${at}.items`));
  for (const [name, inner] of Object.entries(properties ?? {})) {
    errors.push(...shapeProblems(inner, 'field', `${at}.properties[${name}]`));
  }
  if (values !== undefined) {
    const path = `${at}.additionalProperties`;
    if (level === 'root') errors.push(forbiddenField(path, 'must not be used at the root'));
    if (typeof values === 'object') errors.push(...shapeProblems(values, 'field', path));
    if (embedded) errors.push(forbiddenField(path, 'must not be used if x-kubernetes-embedded-resource is set'));
  }
  errors.push(...extensionProblems(schema, at), ...valueProblems(schema, at));
  errors.push(...typeProblems(schema, level, at));
  if (level === 'root' || embedded) errors.push(...objectFieldProblems(schema, level, at));
  if (embedded && !preserves && Object.keys(properties ?? {}).length === 0) {
    const why =
      'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields';
    errors.push(required(`${at}.properties`, why));
  }
  return errors;
}

function typeProblems(schema: JsonSchema, level: Level, at: string): FieldError[] {
  const { type = '' } = schema;
  const path = `${at}.type`;
  if (schema['x-kubernetes-embedded-resource'] === true && type !== 'object') {
    const why = 'must be object if x-kubernetes-embedded-resource is true';
    return [type === '' ? required(path, why) : invalidValue(path, type, why)];
  }
  const typeless =
    schema['x-kubernetes-int-or-string'] === true || schema['x-kubernetes-preserve-unknown-fields'] === true;
  if (schema.$ref !== undefined) return [];
  if (type === '' && !typeless) return [required(path, emptyType[level])];
  if (level === 'root' && type !== '' && type !== 'object')
    return [invalidValue(path, type, 'must be object at the root')];
  return [];
}

function extensionProblems(schema: JsonSchema, at: string): FieldError[] {
  if (schema['x-kubernetes-int-or-string'] !== true) return [];
  return (['x-kubernetes-preserve-unknown-fields', 'x-kubernetes-embedded-resource'] as const)
    .filter((keyword) => schema[keyword] === true)
    .map((keyword) => invalidValue(`${at}.${keyword}`, true, 'must be false if x-kubernetes-int-or-string is true'));
}

/** Kind, apiVersion and metadata of an object are what they are everywhere. */
function objectFieldProblems(schema: JsonSchema, level: Level, at: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const name of ['kind', 'apiVersion']) {
    const inner = schema.properties?.[name];
    if (inner !== undefined && inner.type !== 'string') {
      errors.push(invalidValue(`${at}.properties[${name}].type`, inner.type ?? '', 'must be string'));
    }
  }
  const metadata = schema.properties?.metadata;
  if (metadata === undefined) return errors;
  const path = `${at}.properties[metadata]`;
  if (metadata.type !== 'object') errors.push(invalidValue(`${path}.type`, metadata.type ?? '', 'must be object'));
  if (level !== 'root') return errors;
  const { type: _type, default: _default, properties = {}, ...rest } = metadata;
  const names = Object.keys(properties);
  if (Object.keys(rest).length > 0 || names.some((name) => name !== 'name' && name !== 'generateName')) {
    const why = 'must not specify anything other than name and generateName, but metadata is implicitly specified';
    errors.push(forbiddenField(path, why));
  }
  return errors;
}

function valueProblems(schema: JsonSchema, at: string): FieldError[] {
  const errors: FieldError[] = [];
  const isChoice = (one: JsonSchema | undefined): boolean => equal(one?.anyOf, intOrString);
  const mayChoose = schema['x-kubernetes-int-or-string'] === true || isChoice(schema) || isChoice(schema.allOf?.[0]);
  if (!(mayChoose && isChoice(schema))) errors.push(...nestedEach(schema.anyOf, `${at}.anyOf`, false));
  errors.push(...nestedEach(schema.allOf, `${at}.allOf`, mayChoose && isChoice(schema.allOf?.[0])));
  errors.push(...nestedEach(schema.oneOf, `${at}.oneOf`, false));
  if (schema.not !== undefined) errors.push(...nestedProblems(schema.not, `${at}.not`, false));
  const { pattern = '' } = schema;
  const fault = pattern === '' ? undefined : goPatternFault(pattern);
  if (fault !== undefined) {
    errors.push(invalidValue(`${at}.pattern`, pattern, `must be a valid regular expression, but isn't: ${fault}`));
  }
  return errors;
}

function nestedEach(schemas: readonly JsonSchema[] | undefined, at: string, skipFirst: boolean): FieldError[] {
  return (schemas ?? []).flatMap((schema, index) =>
    nestedProblems(schema, `${at}[${index}]`, skipFirst && index === 0),
  );
}

/** Inside value validations a schema may say which values are right, not what shape they have. */
const forbidden: readonly (readonly [keyword: string, why: string])[] = [
  ['type', 'must be empty to be structural'],
  ['additionalProperties', 'must be undefined to be structural'],
  ['default', 'must be undefined to be structural'],
  ['title', 'must be empty to be structural'],
  ['description', 'must be empty to be structural'],
  ['nullable', 'must be false to be structural'],
  ['x-kubernetes-preserve-unknown-fields', 'must be false to be structural'],
  ['x-kubernetes-embedded-resource', 'must be false to be structural'],
  ['x-kubernetes-int-or-string', 'must be false to be structural'],
  ['x-kubernetes-list-map-keys', 'must be empty to be structural'],
  ['x-kubernetes-list-type', 'must be undefined to be structural'],
  ['x-kubernetes-map-type', 'must be undefined to be structural'],
  ['x-kubernetes-validations', 'must be empty to be structural'],
];

function nestedProblems(schema: JsonSchema, at: string, skipAnyOf: boolean): FieldError[] {
  const errors = skipAnyOf ? [] : valueProblems(schema, at);
  if (schema.items !== undefined) errors.push(...nestedProblems(schema.items, `${at}.items`, false));
  for (const [name, inner] of Object.entries(schema.properties ?? {})) {
    errors.push(...nestedProblems(inner, `${at}.properties[${name}]`, false));
  }
  for (const [keyword, why] of forbidden) {
    if (schema[keyword] !== undefined) errors.push(forbiddenField(`${at}.${keyword}`, why));
  }
  if (schema.properties?.metadata !== undefined) {
    errors.push(forbiddenField(`${at}.properties[metadata]`, 'must not be specified in a nested context'));
  }
  return errors;
}

/** Every field and item that a value validation speaks of must be there in the structure. */
function completenessProblems(value: JsonSchema, schema: JsonSchema, at: string, from: string): FieldError[] {
  const nested: [JsonSchema, string][] = [
    ...(value.not === undefined ? [] : [[value.not, `${from}.not`] as [JsonSchema, string]]),
    ...(['allOf', 'anyOf', 'oneOf'] as const).flatMap((keyword) =>
      (value[keyword] ?? []).map((one, index): [JsonSchema, string] => [one, `${from}.${keyword}[${index}]`]),
    ),
  ];
  return nested.flatMap(([one, path]) => nestedCompleteness(one, schema, at, path));
}

function nestedCompleteness(value: JsonSchema, schema: JsonSchema | undefined, at: string, from: string): FieldError[] {
  if (schema === undefined) return [required(at, `because it is defined in ${from}`)];
  const errors = completenessProblems(value, schema, at, from);
  if (value.items !== undefined) {
    errors.push(...nestedCompleteness(value.items, schema.items, `${at}.items`, `${from}.items`));
  }
  for (const [name, inner] of Object.entries(value.properties ?? {})) {
    const key = `.properties[${name}]`;
    errors.push(...nestedCompleteness(inner, schema.properties?.[name], `${at}${key}`, `${from}${key}`));
  }
  return errors;
}
