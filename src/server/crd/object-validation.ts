import type { ServerObject } from '../registry/stored.js';
import { type FieldError, invalidValue } from '../validation/field-error.js';
import type { RuleChecker } from './custom-strategy.js';
import type { DefinitionVersion, ScalePaths } from './definition.js';
import { nested } from './nested.js';

/** What is wrong with a custom resource, beyond its metadata, by its definition. */
export function objectProblems(
  version: DefinitionVersion,
  rules: RuleChecker | undefined,
  object: ServerObject,
  old: ServerObject | undefined,
  subresource: string | undefined,
): FieldError[] {
  void rules;
  void old;
  return [...scaleProblems(version.scale, object, subresource)];
}

const maxReplicas = 2 ** 31 - 1;

/** What is wrong with the fields a Scale shows. */
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
    const why = `${scale.selector} accessor error: ${JSON.stringify(selector)} is of the type ${goType(selector)}, expected string`;
    errors.push(invalidValue(scale.selector, '', why));
  }
  return errors;
}

function replicasProblems(path: string, value: unknown): FieldError[] {
  if (value === undefined) return [];
  if (!Number.isInteger(value) || typeof value !== 'number') {
    const why = `${path} accessor error: ${JSON.stringify(value)} is of the type ${goType(value)}, expected int64`;
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
