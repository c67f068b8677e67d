import { compareQuantities, parseQuantity } from '../../../../meta/index.js';
import { fieldsOf, listOf } from '../../../../util/json-fields.js';
import type { JsonObject } from '../../../../util/json-value.js';
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  required,
  tooMany,
} from '../../../object/field-error.js';

const maxValues = 10;

/** Checks what of a shared capacity may be asked for. `capacity` is all there is of it. */
export function requestPolicyProblems(capacity: string, policy: JsonObject, path: string): FieldError[] {
  const values = listOf(policy.validValues).map(String);
  const { validRange } = policy;
  const hasRange = validRange !== undefined && validRange !== null;
  if (values.length > 0 && hasRange) {
    const why = 'exactly one policy can be specified, cannot specify "validValues" and "validRange" at the same time';
    return [forbiddenField(path, why)];
  }
  if (values.length === 0 && !hasRange) return [];
  const form = values.length > 0 ? 'validValues' : 'validRange';
  if (policy.default === undefined || policy.default === null)
    return [required(`${path}.default`, `required when ${form} is defined`)];
  const preset = String(policy.default);
  return hasRange
    ? rangeProblems(preset, capacity, fieldsOf(validRange), `${path}.${form}`)
    : valueProblems(preset, capacity, values, `${path}.${form}`);
}

const text = (quantity: string): string => parseQuantity(quantity).toString();

function valueProblems(preset: string, capacity: string, values: readonly string[], path: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const [index, value] of values.entries()) {
    const before = values[index - 1];
    if (before !== undefined && compareQuantities(before, value) > 0)
      errors.push(invalidValue(`${path}[${index}]`, text(value), 'values must be sorted in ascending order'));
  }
  let isKnown = false;
  if (values.length > maxValues) errors.push(tooMany(path, values.length, maxValues));
  else {
    for (const [index, value] of values.entries()) {
      if (compareQuantities(value, capacity) > 0) {
        const why = `option is larger than capacity value: ${text(capacity)}`;
        errors.push(invalidValue(`${path}[${index}]`, text(value), why));
      }
      isKnown ||= compareQuantities(value, preset) === 0;
    }
    const keys = values.map((value) => parseQuantity(value).value().toString());
    for (const [index, key] of keys.entries())
      if (keys.indexOf(key) < index) errors.push(duplicate(`${path}[${index}]`, key));
  }
  if (!isKnown)
    errors.push(invalidValue(path, text(preset), 'default value is not valid according to the requestPolicy'));
  return errors;
}

function rangeProblems(preset: string, capacity: string, range: JsonObject, path: string): FieldError[] {
  if (range.min === undefined || range.min === null)
    return [required(`${path}.min`, 'required when validRange is defined')];
  const min = String(range.min);
  const max = range.max === undefined || range.max === null ? undefined : String(range.max);
  const step = range.step === undefined || range.step === null ? undefined : String(range.step);
  const errors: FieldError[] = [];
  const complain = (field: string, value: string, why: string): void =>
    void errors.push(invalidValue(`${path}.${field}`, text(value), why));
  if (compareQuantities(min, capacity) > 0)
    complain('min', min, `min is larger than capacity value: ${text(capacity)}`);
  if (compareQuantities(preset, min) < 0) complain('min', preset, `default is less than min: ${text(min)}`);
  if (max !== undefined) {
    if (compareQuantities(min, max) > 0) complain('max', min, `min is larger than max: ${text(max)}`);
    if (compareQuantities(max, capacity) > 0)
      complain('max', max, `max is larger than capacity value: ${text(capacity)}`);
    if (compareQuantities(preset, max) > 0) complain('max', preset, `default is more than max: ${text(max)}`);
  }
  if (step === undefined) return errors;
  const size = parseQuantity(step).value();
  const from = parseQuantity(min).value();
  const next = String(from + size);
  if (compareQuantities(next, capacity) > 0)
    complain('step', step, `one step ${text(next)} is larger than capacity value: ${text(capacity)}`);
  for (const value of max === undefined ? [preset] : [preset, max]) {
    if (size !== 0n && (parseQuantity(value).value() - from) % size !== 0n)
      complain('step', value, `value is not a multiple of a given step (${text(step)}) from (${text(min)})`);
  }
  return errors;
}
