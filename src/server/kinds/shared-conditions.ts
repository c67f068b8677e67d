import { numberOf, objectsOf, textOf } from '../../util/json-fields.js';
import type { JsonObject } from '../../util/json-value.js';
import { duplicate, type FieldError, invalidValue, notSupported, required, tooLong } from '../object/field-error.js';
import { qualifiedProblems } from '../validation/value-problems.js';

const maxReasonBytes = 1_024;
const maxMessageBytes = 32 * 1_024;
const states = ['False', 'True', 'Unknown'];
const reasonRule =
  "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName',  or 'ReasonA,ReasonB',  or 'ReasonA:ReasonB', regex used for validation is '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?')";

/** Checks conditions of the form that all newer kinds share. */
export function sharedConditionProblems(conditions: unknown, path: string): FieldError[] {
  const seen = new Set<string>();
  return objectsOf(conditions).flatMap((condition, index) => {
    const at = `${path}[${index}]`;
    const type = textOf(condition.type);
    const errors = seen.has(type) ? [duplicate(`${at}.type`, type)] : [];
    seen.add(type);
    return [...errors, ...oneProblems(condition, at)];
  });
}

function oneProblems(condition: JsonObject, at: string): FieldError[] {
  const [status, reason, message] = [textOf(condition.status), textOf(condition.reason), textOf(condition.message)];
  const errors = qualifiedProblems(`${at}.type`, textOf(condition.type));
  if (!states.includes(status)) errors.push(notSupported(`${at}.status`, status, states));
  const generation = numberOf(condition.observedGeneration) ?? 0;
  if (generation < 0)
    errors.push(invalidValue(`${at}.observedGeneration`, generation, 'must be greater than or equal to zero'));
  if (textOf(condition.lastTransitionTime) === '') errors.push(required(`${at}.lastTransitionTime`));
  if (reason === '') errors.push(required(`${at}.reason`));
  else if (!/^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/.test(reason))
    errors.push(invalidValue(`${at}.reason`, reason, reasonRule));
  if (reason.length > maxReasonBytes) errors.push(tooLong(`${at}.reason`, maxReasonBytes));
  if (Buffer.byteLength(message) > maxMessageBytes) errors.push(tooLong(`${at}.message`, maxMessageBytes));
  return errors;
}
