import { labelValueProblems } from '../../../meta/index.js';
import { fieldsOf, listOf, numberOf, objectsOf, textOf } from '../../../util/json-fields.js';
import { isObject, type JsonObject } from '../../../util/json-value.js';
import { duplicate, type FieldError, invalidValue, notSupported, required, tooLong } from '../../object/field-error.js';
import { driverNameProblems } from '../../validation/storage-problems.js';
import { qualifiedProblems } from '../../validation/value-problems.js';
import { listProblems } from './items.js';

const maxParameterBytes = 10 * 1024;
const taintEffects = ['NoExecute', 'NoSchedule', 'None'];

/** Checks what a claim or a class hands to the driver of a device. */
export function configurationProblems({ opaque }: JsonObject, path: string): FieldError[] {
  if (opaque === undefined || opaque === null) return [required(`${path}.opaque`)];
  const { driver, parameters } = fieldsOf(opaque);
  return [
    ...driverNameProblems(`${path}.opaque.driver`, textOf(driver)),
    ...rawProblems(parameters, `${path}.opaque.parameters`, maxParameterBytes),
  ];
}

/** Checks data of any form: a JSON object of at most `max` bytes. */
function rawProblems(data: unknown, field: string, max: number): FieldError[] {
  if (data === undefined || data === null) return [required(field)];
  if (Buffer.byteLength(JSON.stringify(data)) > max) return [tooLong(field, max)];
  return isObject(data) ? [] : [invalidValue(field, '<value omitted>', 'must be a valid JSON object')];
}

/** Checks a taint of a device. */
export function deviceTaintProblems(taint: JsonObject, path: string): FieldError[] {
  const [value, effect] = [textOf(taint.value), textOf(taint.effect)];
  const errors = qualifiedProblems(`${path}.key`, textOf(taint.key));
  errors.push(...labelValueProblems(value).map((why) => invalidValue(`${path}.value`, value, why)));
  if (effect === '') errors.push(required(`${path}.effect`));
  else if (!taintEffects.includes(effect)) errors.push(notSupported(`${path}.effect`, effect, taintEffects));
  return errors;
}

/** Checks a toleration of taints of devices. */
export function deviceTolerationProblems(toleration: JsonObject, path: string): FieldError[] {
  const [key, operator, value, effect] = ['key', 'operator', 'value', 'effect'].map((field) =>
    textOf(toleration[field]),
  ) as [string, string, string, string];
  const errors = key === '' ? [] : qualifiedProblems(`${path}.key`, key);
  switch (operator) {
    case 'Exists':
      if (value !== '') errors.push(invalidValue(`${path}.value`, value, 'must be empty for operator `Exists`'));
      break;
    case 'Equal':
      errors.push(...labelValueProblems(value).map((why) => invalidValue(`${path}.value`, value, why)));
      break;
    case '':
      errors.push(required(`${path}.operator`));
      break;
    default:
      errors.push(notSupported(`${path}.operator`, operator, ['Equal', 'Exists']));
  }
  if (effect !== '' && !taintEffects.includes(effect))
    errors.push(notSupported(`${path}.effect`, effect, taintEffects));
  return errors;
}

const maxConditions = 4;

/** Checks the conditions that decide whether a pod may be bound to a device. */
export function bindingProblems(device: JsonObject, path: string): FieldError[] {
  const [given, failing] = [device.bindingConditions, device.bindingFailureConditions].map((list) =>
    listOf(list).map(textOf),
  ) as [string[], string[]];
  const at = { given: `${path}.bindingConditions`, failing: `${path}.bindingFailureConditions` };
  const names = (name: string, field: string): FieldError[] => qualifiedProblems(field, name);
  const errors = [
    ...listProblems(given, maxConditions, at.given, names),
    ...listProblems(failing, maxConditions, at.failing, names),
  ];
  for (const [index, name] of given.entries())
    if (given.indexOf(name) < index) errors.push(duplicate(`${at.given}[${index}]`, name));
  for (const [index, name] of failing.entries()) {
    if (failing.indexOf(name) < index) errors.push(duplicate(`${at.failing}[${index}]`, name));
    const why = 'bindingFailureConditions must not overlap with bindingConditions';
    if (given.includes(name)) errors.push(invalidValue(`${at.failing}[${index}]`, name, why));
  }
  if (given.length === 0 && failing.length > 0)
    errors.push(invalidValue(at.given, null, 'bindingConditions are required to use bindingFailureConditions'));
  if (failing.length === 0 && given.length > 0)
    errors.push(invalidValue(at.failing, null, 'bindingFailureConditions are required to use bindingConditions'));
  return errors;
}

/** Sets the defaults of the requests of a claim. */
export function defaultRequests(devices: JsonObject): void {
  for (const request of objectsOf(devices.requests)) {
    for (const one of [...(isObject(request.exactly) ? [request.exactly] : []), ...objectsOf(request.firstAvailable)]) {
      if (textOf(one.allocationMode) === '') one.allocationMode = 'ExactCount';
      if (one.allocationMode === 'ExactCount' && (numberOf(one.count) ?? 0) === 0) one.count = 1;
    }
  }
}
