import { type JsonSchema, propertySchema } from '../../meta/json-schema.js';
import { goValue } from '../../patch/go-format.js';
import { type FieldError, invalidValue } from '../object/field-error.js';
import type { ScalePaths } from '../object/server-context.js';
import type { ServerObject } from '../object/server-object.js';
import type { DefinitionVersion } from './definition.js';
import { embeddedErrors } from './embedded-validation.js';
import { listTypeErrors } from './list-types.js';
import { nested } from './nested.js';
import type { RuleChecker } from './rule-checker.js';
import { schemaErrors } from './schema-validation.js';

/** Validates a custom resource, except its metadata, by its definition. */
export function objectProblems(
  version: DefinitionVersion,
  rules: RuleChecker | undefined,
  object: ServerObject,
  old: ServerObject | undefined,
  subresource: string | undefined,
): FieldError[] {
  const { schema } = version;
  const status = subresource === 'status';
  const errors = schemaFindings(schema, object, old, status);
  errors.push(...scaleProblems(version.scale, object, subresource));
  if (!status) errors.push(...embeddedErrors(object, schema));
  // Lists that were wrong before may stay so.
  if (old === undefined || listTypeErrors(old, schema).length === 0) errors.push(...listTypeErrors(object, schema));
  if (rules === undefined) return errors;
  if (errors.some(({ reason }) => blocking.has(reason))) return [...errors, unchecked];
  return [...errors, ...rules(object, old)];
}

/** Objects with such errors are not fit to be looked at by rules. */
const blocking = new Set([
  'FieldValueNotSupported',
  'FieldValueRequired',
  'FieldValueTooLong',
  'FieldValueTooMany',
  'FieldValueTypeInvalid',
]);

const unchecked: FieldError = {
  field: '<nil>',
  reason: 'FieldValueInvalid',
  message:
    'Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
};

function schemaFindings(
  schema: JsonSchema,
  object: ServerObject,
  old: ServerObject | undefined,
  statusOnly: boolean,
): FieldError[] {
  if (!statusOnly) return schemaErrors(schema, object, '', old === undefined ? undefined : { value: old });
  const inner = propertySchema(schema, 'status');
  if (inner === undefined || object.status === undefined) return [];
  const before = old?.status === undefined ? undefined : { value: old.status };
  return schemaErrors(inner, object.status, 'status', before);
}

const maxReplicas = 2 ** 31 - 1;

/** Validates the fields that a Scale shows. */
function scaleProblems(
  scale: ScalePaths | undefined,
  object: ServerObject,
  subresource: string | undefined,
): FieldError[] {
  if (scale === undefined) return [];
  const counts = subresource === 'status' ? [scale.status] : [scale.spec, scale.status];
  const errors = counts.flatMap((path) => replicasProblems(path, nested(object, path)));
  const selector = scale.selector === undefined ? undefined : nested(object, scale.selector);
  if (scale.selector !== undefined && selector !== undefined && typeof selector !== 'string') {
    const why = `${scale.selector} accessor error: ${goValue(selector)} is of the type ${goType(selector)}, expected string`;
    errors.push(invalidValue(scale.selector, '', why));
  }
  return errors;
}

function replicasProblems(path: string, value: unknown): FieldError[] {
  if (value === undefined) return [];
  if (!Number.isInteger(value) || typeof value !== 'number') {
    const why = `${path} accessor error: ${goValue(value)} is of the type ${goType(value)}, expected int64`;
    return [invalidValue(path, 0, why)];
  }
  if (value < 0) return [invalidValue(path, value, 'should be a non-negative integer')];
  if (value > maxReplicas) return [invalidValue(path, value, `should be less than or equal to ${maxReplicas}`)];
  return [];
}

function goType(value: unknown): string {
  if (value === null) return '<nil>';
  if (Array.isArray(value)) return '[]interface {}';
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'boolean':
      return 'bool';
    case 'number':
      return Number.isInteger(value) ? 'int64' : 'float64';
    default:
      return 'map[string]interface {}';
  }
}
