import { equal, isObject } from '../../../../util/json-value.js';
import { invalidValue, required } from '../../../object/field-error.js';
import type { Strategy } from '../../../object/server-context.js';
import { nonNegative } from '../../../validation/value-problems.js';

/** Strategy of ControllerRevisions, whose data is immutable. */
export const controllerRevisions: Strategy = {
  schemaChecked: false,
  validate: ({ revision }) => nonNegative('revision', revision),
  validateCreate: ({ data }) => {
    if (data === undefined || data === null) return [required('data', 'data is mandatory')];
    return isObject(data) ? [] : [required('data', 'data must be a valid JSON object')];
  },
  validateUpdate: ({ data }, old) =>
    equal(data ?? null, old.data ?? null) ? [] : [invalidValue('data', data ?? null, 'field is immutable')],
};
