import { fieldsOf, objectsOf, textOf } from '../../../util/json-fields.js';
import { duplicate, type FieldError, required } from '../../object/field-error.js';

/** Checks that every condition of a status has a type, and a type of its own. */
export function conditionTypeProblems(status: unknown): FieldError[] {
  const seen = new Set<string>();
  return objectsOf(fieldsOf(status).conditions).flatMap((condition, index) => {
    const type = textOf(condition.type);
    const at = `status.conditions[${index}].type`;
    const errors = seen.has(type) ? [duplicate(at, type)] : [];
    seen.add(type);
    return type === '' ? [...errors, required(at)] : errors;
  });
}
