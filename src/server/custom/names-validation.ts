import { dns1035LabelProblems } from '../../meta/index.js';
import { listOf, textOf } from '../../util/json-fields.js';
import type { JsonObject } from '../../util/json-value.js';
import { type FieldError, invalidValue, required } from '../object/field-error.js';

const mixed = 'may have mixed case, but should otherwise match: ';

/** Validates the names of a definition. `complete`: all required names must be present. */
export function definitionNamesProblems(names: JsonObject, at: string, complete: boolean): FieldError[] {
  const errors: FieldError[] = [];
  const check = (path: string, value: string, text: string, prefix = ''): void => {
    const problems = value === '' ? [] : dns1035LabelProblems(text);
    if (problems.length > 0) errors.push(invalidValue(path, value, `${prefix}${problems.join(',')}`));
  };
  if (complete) {
    for (const field of ['plural', 'singular', 'kind', 'listKind']) {
      if (textOf(names[field]) === '') errors.push(required(`${at}.${field}`));
    }
  }
  for (const field of ['plural', 'singular']) check(`${at}.${field}`, textOf(names[field]), textOf(names[field]));
  for (const field of ['kind', 'listKind']) {
    check(`${at}.${field}`, textOf(names[field]), textOf(names[field]).toLowerCase(), mixed);
  }
  const each = (field: 'shortNames' | 'categories'): void => {
    for (const [index, name] of listOf(names[field]).entries()) {
      const problems = dns1035LabelProblems(textOf(name));
      if (problems.length > 0) errors.push(invalidValue(`${at}.${field}[${index}]`, name, problems.join(',')));
    }
  };
  each('shortNames');
  if (textOf(names.kind) !== '' && names.kind === names.listKind) {
    errors.push(invalidValue(`${at}.listKind`, names.listKind, 'kind and listKind may not be the same'));
  }
  each('categories');
  return errors;
}
