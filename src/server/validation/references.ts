import { dns1123SubdomainProblems, pathSegmentNameProblems } from '../../meta/index.js';
import { textOf } from '../../util/json-fields.js';
import type { JsonObject } from '../../util/json-value.js';
import { type FieldError, invalidValue, required } from '../object/field-error.js';

/** Validates a required name that must be one step of a path, as kinds and names of any object are. */
export function pathNameProblems(field: string, name: unknown, missing = ''): FieldError[] {
  const text = textOf(name);
  if (text === '') return [required(field, missing)];
  return pathSegmentNameProblems(text).map((why) => invalidValue(field, text, why));
}

/** Validates a reference to an object of any kind by group, kind and name. */
export function typedReferenceProblems(reference: JsonObject, path: string): FieldError[] {
  const { apiGroup } = reference;
  const group = typeof apiGroup === 'string' ? dns1123SubdomainProblems(apiGroup) : [];
  return [
    ...group.map((why) => invalidValue(`${path}.apiGroup`, apiGroup, why)),
    ...pathNameProblems(`${path}.kind`, reference.kind),
    ...pathNameProblems(`${path}.name`, reference.name),
  ];
}
