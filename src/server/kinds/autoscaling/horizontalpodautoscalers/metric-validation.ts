import { dns1123LabelProblems, parseQuantity } from '../../../../meta/index.js';
import { fieldsOf, numberOf, objectsOf, textOf } from '../../../../util/json-fields.js';
import type { JsonObject } from '../../../../util/json-value.js';
import { type FieldError, forbiddenField, invalidValue, notSupported, required } from '../../../object/field-error.js';
import { pathNameProblems } from '../../../validation/references.js';
import { containerResourceNameProblems } from '../../../validation/resources.js';

const kinds = ['ContainerResource', 'External', 'Object', 'Pods', 'Resource'];

/** Validates the metrics of an autoscaler. `describedProblems` validates the object that a metric describes. */
export function metricProblems(
  metrics: unknown,
  path: string,
  describedProblems: (reference: JsonObject, path: string) => FieldError[],
): FieldError[] {
  return objectsOf(metrics).flatMap((metric, index) => oneMetric(metric, `${path}[${index}]`, describedProblems));
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function oneMetric(
  metric: JsonObject,
  path: string,
  describedProblems: (reference: JsonObject, path: string) => FieldError[],
): FieldError[] {
  const type = textOf(metric.type);
  const errors: FieldError[] = type === '' ? [required(`${path}.type`, 'must specify a metric source type')] : [];
  const unknown = kinds.includes(type) ? [] : [notSupported(`${path}.type`, type, kinds)];
  errors.push(...unknown);
  const given = sources.filter((name) => isGiven(metric[name]));
  // What follows the first is one too many, and is not looked at.
  const [first] = given;
  if (first !== undefined) {
    const source = fieldsOf(metric[first]);
    const at = `${path}.${first}`;
    if (first === 'object')
      errors.push(...describedProblems(fieldsOf(source.describedObject), `${at}.describedObject`));
    errors.push(...identityProblems(first, source, at), ...targetProblems(fieldsOf(source.target), `${at}.target`));
    errors.push(...amountProblems(first, fieldsOf(source.target), `${at}.target`));
  }
  const expected = type === '' ? '' : `${type.slice(0, 1).toLowerCase()}${type.slice(1)}`;
  if (unknown.length > 0) errors.push(...unknown);
  else if (!isGiven(metric[expected]))
    errors.push(required(`${path}.${expected}`, 'must populate information for the given metric source'));
  if (given.length !== 1) {
    for (const name of given.filter((one) => one !== expected))
      errors.push(forbiddenField(`${path}.${name}`, 'must populate the given metric source only'));
  }
  return errors;
}

const sources = ['object', 'external', 'pods', 'resource', 'containerResource'] as const;
type Source = (typeof sources)[number];

function identityProblems(kind: Source, source: JsonObject, path: string): FieldError[] {
  if (kind !== 'resource' && kind !== 'containerResource')
    return pathNameProblems(`${path}.metric.name`, fieldsOf(source.metric).name, 'must specify a metric name');
  const name = textOf(source.name);
  const errors = name === '' ? [required(`${path}.name`, 'must specify a resource name')] : [];
  if (kind === 'resource') return errors;
  if (name !== '') errors.push(...containerResourceNameProblems(`${path}.name`, name));
  const container = textOf(source.container);
  if (container === '') return [...errors, required(`${path}.container`, 'must specify a container')];
  return [
    ...errors,
    ...dns1123LabelProblems(container).map((why) => invalidValue(`${path}.container`, container, why)),
  ];
}

const targetTypes = ['Utilization', 'Value', 'AverageValue'];

function targetProblems(target: JsonObject, path: string): FieldError[] {
  const type = textOf(target.type);
  const errors: FieldError[] = type === '' ? [required(`${path}.type`, 'must specify a metric target type')] : [];
  if (!targetTypes.includes(type))
    errors.push(invalidValue(`${path}.type`, type, 'must be either Utilization, Value, or AverageValue'));
  for (const field of ['value', 'averageValue'] as const) {
    const amount = target[field];
    if (isGiven(amount) && parseQuantity(String(amount)).sign !== 1)
      errors.push(invalidValue(`${path}.${field}`, String(amount), 'must be positive'));
  }
  const share = numberOf(target.averageUtilization);
  if (share !== undefined && share < 1)
    errors.push(invalidValue(`${path}.averageUtilization`, share, 'must be greater than 0'));
  return errors;
}

/** Which of its amounts a target has to name, and which go without each other. */
function amountProblems(kind: Source, target: JsonObject, path: string): FieldError[] {
  const [value, average, share] = [target.value, target.averageValue, target.averageUtilization].map(isGiven);
  switch (kind) {
    case 'object':
      return value || average
        ? []
        : [required(`${path}.averageValue`, 'must set either a target value or averageValue')];
    case 'pods':
      return average ? [] : [required(`${path}.averageValue`, 'must specify a positive target averageValue')];
    case 'external':
      if (value && average)
        return [forbiddenField(`${path}.value`, 'may not set both a target value for metric and a per-pod target')];
      return value || average
        ? []
        : [required(`${path}.averageValue`, 'must set either a target value for metric or a per-pod target')];
    default:
      if (share && average)
        return [forbiddenField(`${path}.averageValue`, 'may not set both a target raw value and a target utilization')];
      return share || average
        ? []
        : [required(`${path}.averageUtilization`, 'must set either a target raw value or a target utilization')];
  }
}
