import { dns1123SubdomainProblems } from '../../meta/index.js';
import { listOf, objectsOf, textOf } from '../../util/json-fields.js';
import { equal, type JsonObject } from '../../util/json-value.js';
import { duplicate, type FieldError, invalidValue, required, tooLong } from '../object/field-error.js';
import { qualifiedProblems } from './value-problems.js';

// Rules about what kinds of storage have in common.

const maxDriverName = 63;

/** Validates the name of a driver: a subdomain, whatever its case. */
export function driverNameProblems(field: string, name: string): FieldError[] {
  if (name === '') return [required(field)];
  return [
    ...(name.length > maxDriverName ? [tooLong(field, maxDriverName)] : []),
    ...dns1123SubdomainProblems(name.toLowerCase()).map((why) => invalidValue(field, name, why)),
  ];
}

/** Validates the provisioner of a class. */
export function provisionerProblems(field: string, name: string): FieldError[] {
  return name === '' ? [required(field)] : qualifiedProblems(field, name.toLowerCase());
}

const maxParameters = 512;
const maxParameterBytes = 256 * 1024;

/** Validates the parameters of a provisioner. */
export function parameterProblems(field: string, parameters: JsonObject, mayBeEmpty: boolean): FieldError[] {
  const entries = Object.entries(parameters);
  if (entries.length > maxParameters) return [tooLong(field, maxParameters)];
  const errors = entries
    .filter(([key]) => key === '')
    .map(([key]) => invalidValue(field, key, 'field can not be empty.'));
  const size = entries.reduce((total, [key, value]) => total + key.length + textOf(value).length, 0);
  if (size > maxParameterBytes) errors.push(tooLong(field, maxParameterBytes));
  if (!mayBeEmpty && entries.length === 0) errors.push(required(field, 'must contain at least one key/value pair'));
  return errors;
}

/** Validates the topologies of a class. */
export function topologyProblems(terms: unknown, path: string): FieldError[] {
  // As kube-apiserver does: it compares each term with as many empty ones as there are terms, and then with those before.
  const seen: JsonObject[] = objectsOf(terms).map(() => ({}));
  return objectsOf(terms).flatMap((term, index) => {
    const at = `${path}[${index}].matchLabelExpressions`;
    const values: { [key: string]: unknown[] } = {};
    const errors = objectsOf(term.matchLabelExpressions).flatMap((expression, which) => {
      const [key, given] = [textOf(expression.key), listOf(expression.values)];
      const here = `${at}[${which}]`;
      const found: FieldError[] = given.length === 0 ? [required(`${here}.values`)] : [];
      for (const [place, value] of given.entries())
        if (given.indexOf(value) !== place) found.push(duplicate(`${here}.values[${place}]`, value));
      found.push(...qualifiedProblems(`${here}.key`, key));
      if (Object.hasOwn(values, key)) found.push(duplicate(`${here}.key`, key));
      values[key] = [...new Set(given)].sort();
      return found;
    });
    for (const one of seen) if (equal(one, values)) errors.push(duplicate(at, ''));
    seen.push(values);
    return errors;
  });
}
