import type { JsonSchema } from '../../meta/json-schema.js';
import { type FieldError, forbiddenField, invalidValue, notSupported, required } from '../object/field-error.js';
import { fieldPathOf } from './field-path.js';
import { innerSchemas } from './inner-schemas.js';

const types = ['array', 'boolean', 'integer', 'number', 'object', 'string'];
const unsupported = ['additionalItems', 'patternProperties', 'definitions', 'dependencies', '$ref'];
const reasons = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired'];
const objectFields = new Set(['metadata', 'kind', 'apiVersion']);

/** Validates the keywords of a schema, one by one. */
export function keywordProblems(schema: JsonSchema, at: string): FieldError[] {
  return walk(schema, at, true);
}

function walk(schema: JsonSchema, at: string, isRoot: boolean): FieldError[] {
  const errors = [...ownProblems(schema, at), ...listProblems(schema, at), ...ruleProblems(schema, at)];
  for (const inner of innerSchemas(schema, at)) {
    errors.push(...walk(inner.schema, inner.at, false));
    const [, name = ''] = /\.properties\[([^\]]+)\]$/.exec(inner.at) ?? [];
    if (isRoot && objectFields.has(name)) errors.push(...forbiddenDefaults(inner.schema, inner.at, name));
  }
  return errors;
}

function forbiddenDefaults(schema: JsonSchema, at: string, name: string): FieldError[] {
  const own =
    schema.default === undefined ? [] : [forbiddenField(`${at}.default`, `must not be set in top-level ${name}`)];
  return [...own, ...innerSchemas(schema, at).flatMap((inner) => forbiddenDefaults(inner.schema, inner.at, name))];
}

function ownProblems(schema: JsonSchema, at: string): FieldError[] {
  const { type = '', properties, additionalProperties: values } = schema;
  const errors: FieldError[] = [];
  if (type === 'null') {
    errors.push(forbiddenField(`${at}.type`, 'type cannot be set to null, use nullable as an alternative'));
  } else if (type !== '' && !types.includes(type)) errors.push(notSupported(`${at}.type`, type, types));
  for (const keyword of ['id', ...unsupported]) {
    if (schema[keyword] !== undefined) errors.push(forbiddenField(`${at}.${keyword}`, `${keyword} is not supported`));
  }
  if (Array.isArray(schema.items)) {
    errors.push(forbiddenField(`${at}.items`, 'items must be a schema object and not an array'));
  }
  if (schema.uniqueItems === true) {
    const why = 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic';
    errors.push(forbiddenField(`${at}.uniqueItems`, why));
  }
  if (values !== undefined && values !== true && Object.keys(properties ?? {}).length > 0) {
    const why = 'additionalProperties and properties are mutual exclusive';
    errors.push(forbiddenField(`${at}.additionalProperties`, why));
  }
  const preserves = 'x-kubernetes-preserve-unknown-fields';
  if (schema[preserves] === false) errors.push(invalidValue(`${at}.${preserves}`, false, 'must be true or undefined'));
  const mapType = schema['x-kubernetes-map-type'];
  if (mapType !== undefined) {
    if (type !== 'object') errors.push(typeProblem(schema, at, 'must be object if x-kubernetes-map-type is specified'));
    const known = ['atomic', 'granular'];
    if (!known.includes(mapType)) errors.push(notSupported(`${at}.x-kubernetes-map-type`, mapType, known));
  }
  return errors;
}

function listProblems(schema: JsonSchema, at: string): FieldError[] {
  const listType = schema['x-kubernetes-list-type'];
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const path = `${at}.x-kubernetes-list-type`;
  const errors: FieldError[] = [];
  if (listType !== undefined && schema.type !== 'array') {
    errors.push(typeProblem(schema, at, 'must be array if x-kubernetes-list-type is specified'));
  } else if (listType === 'set') errors.push(...setItemProblems(schema.items, `${at}.items`));
  const known = ['atomic', 'set', 'map'];
  if (listType !== undefined && !known.includes(listType)) errors.push(notSupported(path, listType, known));
  if (keys.length > 0 && listType !== 'map') {
    const why = 'must be map if x-kubernetes-list-map-keys is non-empty';
    errors.push(listType === undefined ? required(path, why) : invalidValue(path, listType, why));
  }
  if (listType === 'map') errors.push(...mapListProblems(schema, keys, at));
  if ((listType === 'map' || listType === 'set') && schema.items?.nullable === true) {
    const why = `cannot be nullable when x-kubernetes-list-type is ${listType}`;
    errors.push(forbiddenField(`${at}.items.nullable`, why));
  }
  return errors;
}

function setItemProblems(items: JsonSchema | undefined, at: string): FieldError[] {
  const why = 'must be atomic as item of a list with x-kubernetes-list-type=set';
  const listType = items?.['x-kubernetes-list-type'];
  if (items?.type === 'array' && listType !== undefined && listType !== 'atomic') {
    return [invalidValue(`${at}.x-kubernetes-list-type`, listType, why)];
  }
  if (items?.type === 'object' && items['x-kubernetes-map-type'] !== 'atomic') {
    return [invalidValue(`${at}.x-kubernetes-map-type`, listType ?? null, why)];
  }
  return [];
}

function mapListProblems({ items }: JsonSchema, keys: readonly string[], at: string): FieldError[] {
  const path = `${at}.x-kubernetes-list-map-keys`;
  const errors: FieldError[] = [];
  if (keys.length === 0) errors.push(required(path, 'must not be empty if x-kubernetes-list-type is map'));
  if (items === undefined) {
    return [...errors, required(`${at}.items`, 'must have a schema if x-kubernetes-list-type is map')];
  }
  if (items.type !== 'object') {
    const why = "must be object if parent array's x-kubernetes-list-type is map";
    return [...errors, invalidValue(`${at}.items.type`, items.type ?? '', why)];
  }
  for (const [index, key] of keys.entries()) {
    const inner = items.properties?.[key];
    const place = `${at}.items.properties[${key}]`;
    if (inner === undefined) {
      errors.push(invalidValue(path, keys, 'entries must all be names of item properties'));
    } else if (inner.type === 'array' || inner.type === 'object') {
      const why = "must be a scalar type if parent array's x-kubernetes-list-type is map";
      errors.push(invalidValue(`${place}.type`, items.type, why));
    }
    if (keys.indexOf(key) < index) errors.push(invalidValue(path, keys, 'must not contain duplicate entries'));
    if (inner !== undefined && inner.default === undefined && items.required?.includes(key) !== true) {
      const why = 'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property';
      errors.push(required(`${place}.default`, why));
    }
    if (inner?.nullable === true) {
      const why = 'this property is in x-kubernetes-list-map-keys, so it cannot be nullable';
      errors.push(forbiddenField(`${place}.nullable`, why));
    }
  }
  return errors;
}

function ruleProblems(schema: JsonSchema, at: string): FieldError[] {
  return (schema['x-kubernetes-validations'] ?? []).flatMap((rule, index) => {
    const path = `${at}.x-kubernetes-validations[${index}]`;
    const { message = '', messageExpression = '', reason, fieldPath = '' } = rule;
    const errors: FieldError[] = [];
    const breaks = (text: string): boolean => /[\n\r]/.test(text.trim());
    if (rule.rule.trim() === '') errors.push(required(`${path}.rule`, 'rule is not specified'));
    else if (message !== '' && message.trim() === '') {
      errors.push(invalidValue(`${path}.message`, message, 'must be non-empty if specified'));
    } else if (breaks(message)) errors.push(invalidValue(`${path}.message`, message, 'must not contain line breaks'));
    else if (breaks(rule.rule) && message.trim() === '') {
      errors.push(required(`${path}.message`, 'message must be specified if rule contains line breaks'));
    }
    if (messageExpression !== '' && messageExpression.trim() === '') {
      errors.push(required(`${path}.messageExpression`, 'messageExpression must be non-empty if specified'));
    }
    if (reason !== undefined && !reasons.includes(reason)) errors.push(notSupported(`${path}.reason`, reason, reasons));
    if (fieldPath !== '' && fieldPath.trim() === '') {
      errors.push(invalidValue(`${path}.fieldPath`, fieldPath, 'must be non-empty if specified'));
    }
    if (/[\n\r]/.test(fieldPath)) {
      errors.push(invalidValue(`${path}.fieldPath`, fieldPath, 'must not contain line breaks'));
    }
    if (fieldPath !== '' && fieldPathOf(fieldPath, schema) === undefined) {
      errors.push(invalidValue(`${path}.fieldPath`, fieldPath, 'must be a valid path'));
    }
    return errors;
  });
}

/** A field that is needed, or is wrong: `type` where another keyword says what it has to be. */
function typeProblem(schema: JsonSchema, at: string, why: string): FieldError {
  const { type = '' } = schema;
  return type === '' ? required(`${at}.type`, why) : invalidValue(`${at}.type`, type, why);
}
