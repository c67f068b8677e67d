import { type JsonSchema, propertySchema, valuesSchema } from '../../meta/json-schema.js';
import { checksFormat, hasFormat } from '../../meta/string-formats.js';
import { matchesPattern } from '../../util/go-pattern.js';
import { equal, isObject, type JsonObject, own } from '../../util/json-value.js';
import type { FieldError } from '../object/field-error.js';
import { Correlation } from './correlation.js';
import { Findings } from './findings.js';
import { checkNumber } from './number-validation.js';

/**
 * Validates a value by a schema, in the words of kube-openapi's validator. `prefix` stands before the paths of fields (`status` if the
 * value is the status alone). With `old` it is an update: errors of unchanged values are ignored (KEP-4008), field by field, and item by
 * item in lists of type map.
 */
export function schemaErrors(
  schema: JsonSchema,
  value: unknown,
  prefix = '',
  old?: { readonly value: unknown } | undefined,
): FieldError[] {
  const correlation = old === undefined ? undefined : new Correlation(schema, old.value, value);
  return ratcheted(schema, value, '', correlation).fieldErrors(prefix);
}

function ratcheted(schema: JsonSchema, value: unknown, path: string, old: Correlation | undefined): Findings {
  const found = check(schema, value, path, old);
  return found.isValid || old === undefined || !equal(value, old.old) ? found : found.ignored();
}

/** The type a value has, in the words of JSON schema. */
function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

function check(schema: JsonSchema, value: unknown, path: string, old: Correlation | undefined): Findings {
  const found = new Findings();
  const format = hasFormat(schema.format, schema.type) ? (schema.format ?? '') : '';
  checkType(found, schema, format, value, path);
  if (value === null) {
    checkEnum(found, schema, value, path);
    return found;
  }
  checkCombinations(found, schema, value, path, old);
  if (typeof value === 'string') {
    found.count();
    checkString(found, schema, value, path);
    if (checksFormat(format) && !checksFormat(format, value)) found.wrongType(path, format, value);
  }
  if (typeof value === 'number') {
    found.count();
    checkNumber(found, { ...schema, format }, value, path);
  }
  if (Array.isArray(value)) checkList(found, schema, value, path, old);
  checkEnum(found, schema, value, path);
  if (isObject(value)) checkObject(found, schema, value, path, old);
  return found;
}

/** The types a schema allows; none where it allows any. */
function typesOf(schema: JsonSchema): string[] {
  if (schema['x-kubernetes-int-or-string'] === true) return ['integer', 'string'];
  return schema.type === undefined || schema.type === '' ? [] : [schema.type];
}

function checkType(found: Findings, schema: JsonSchema, format: string, value: unknown, path: string): void {
  const types = typesOf(schema);
  const actual = typeOf(value);
  if (actual === 'null') {
    if (types.length > 0 && schema.nullable !== true) found.wrongType(path, types.join(','), 'null');
    return;
  }
  if (types.length === 0) return;
  const isNumeric = types.includes('number') || types.includes('integer');
  // A format decides for strings and lists, whatever the type, unless the type is a number.
  if (!isNumeric && format !== '' && (actual === 'string' || actual === 'array')) return;
  if (types.includes(actual) || (actual === 'integer' && types.includes('number'))) found.count();
  else found.wrongType(path, types.join(','), actual);
}

function checkEnum(found: Findings, schema: JsonSchema, value: unknown, path: string): void {
  const allowed = schema.enum ?? [];
  if (allowed.length > 0 && !allowed.some((one) => one !== null && equal(one, value))) {
    found.notAllowed(path, value, allowed);
  }
}

function checkString(found: Findings, schema: JsonSchema, value: string, path: string): void {
  const { maxLength, minLength, pattern = '' } = schema;
  const length = maxLength === undefined && minLength === undefined ? 0 : [...value].length;
  if (maxLength !== undefined && length > maxLength) found.tooLong(path, maxLength);
  else if (minLength !== undefined && length < minLength) {
    found.invalid(path, value, `${path} in body should be at least ${minLength} chars long`);
  } else if (pattern !== '' && !matchesPattern(pattern, value)) {
    found.invalid(path, value, `${path} in body should match '${pattern}'`);
  }
}

function checkCombinations(
  found: Findings,
  schema: JsonSchema,
  value: unknown,
  path: string,
  old: Correlation | undefined,
): void {
  const all = (schemas: readonly JsonSchema[]): Findings[] => schemas.map((one) => check(one, value, path, old));
  const quoted = JSON.stringify(path);
  if (schema.anyOf !== undefined && schema.anyOf.length > 0) {
    const results = all(schema.anyOf);
    const success = results.find((one) => one.isValid);
    if (success === undefined) found.whole(`${quoted} must validate at least one schema (anyOf)`);
    found.merge(success ?? bestOf(results));
  }
  if (schema.oneOf !== undefined && schema.oneOf.length > 0) {
    const results = all(schema.oneOf);
    const valid = results.filter((one) => one.isValid);
    if (valid.length === 1) found.merge(valid[0]);
    else {
      const why = valid.length === 0 ? 'Found none valid' : `Found ${valid.length} valid alternatives`;
      found.whole(`${quoted} must validate one and only one schema (oneOf). ${why}`);
      if (valid.length === 0) found.merge(bestOf(results));
    }
  }
  if (schema.allOf !== undefined && schema.allOf.length > 0) {
    const results = all(schema.allOf);
    for (const result of results) found.merge(result);
    const valid = results.filter((one) => one.isValid).length;
    if (valid !== results.length) {
      found.whole(`${quoted} must validate all the schemas (allOf)${valid === 0 ? '. None validated' : ''}`);
    }
  }
  if (schema.not !== undefined && check(schema.not, value, path, old).isValid) {
    found.whole(`${quoted} must not validate the schema (not)`);
  }
}

/** Of several failures the one that came closest. */
function bestOf(results: readonly Findings[]): Findings | undefined {
  let best: Findings | undefined;
  for (const result of results) if (best === undefined || result.matches > best.matches) best = result;
  return best;
}

function checkList(
  found: Findings,
  schema: JsonSchema,
  value: readonly unknown[],
  path: string,
  old: Correlation | undefined,
): void {
  const { items, minItems, maxItems } = schema;
  if (items !== undefined) {
    for (const [index, item] of value.entries()) {
      found.merge(ratcheted(items, item, `${path}[${index}]`, old?.item(item)));
    }
  }
  if (minItems !== undefined && value.length < minItems) {
    found.invalid(path, value.length, `${path} in body should have at least ${minItems} items`);
  }
  if (maxItems !== undefined && value.length > maxItems) found.tooMany(path, value.length, maxItems);
  if (schema.uniqueItems === true && value.some((item, i) => value.slice(0, i).some((other) => equal(item, other)))) {
    found.invalid(path, '', `${path} in body shouldn't contain duplicates`);
  }
}

function checkObject(
  found: Findings,
  schema: JsonSchema,
  value: JsonObject,
  path: string,
  old: Correlation | undefined,
): void {
  const names = Object.keys(value);
  const { minProperties, maxProperties } = schema;
  if (minProperties !== undefined && names.length < minProperties) {
    found.invalid(path, names.length, `${path} in body should have at least ${minProperties} properties`);
  }
  if (maxProperties !== undefined && names.length > maxProperties) found.tooMany(path, names.length, maxProperties);
  const values = valuesSchema(schema);
  for (const name of names) {
    const property = propertySchema(schema, name);
    const at = property !== undefined && path === '' ? name : `${path}.${name}`;
    const inner = property ?? values;
    if (inner !== undefined) found.merge(ratcheted(inner, own(value, name), at, old?.field(name)));
    else if (schema.additionalProperties === false) {
      found.invalid(path, name, `${path}.${name} in body is a forbidden property`);
    }
  }
  for (const name of schema.required ?? []) if (!Object.hasOwn(value, name)) found.required(`${path}.${name}`);
}
