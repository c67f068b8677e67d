import { compareQuantities, parseQuantity } from '../../meta/index.js';
import { fieldsOf, objectsOf, textOf } from '../fields.js';
import type { JsonObject } from '../patch/json-value.js';
import { duplicate, type FieldError, forbiddenField, invalidValue } from '../validation/field-error.js';
import { amountProblems, quotaNameProblems, resourceNameProblems } from '../validation/resources.js';
import { setDefault } from './pod-spec-defaults.js';
import type { Strategy } from './strategy.js';

/** ResourceQuotas: what they count has a name, and is never less than nothing. */
export const resourceQuotas: Strategy = {
  generation: false,
  returnsDeleted: true,
  validate: ({ spec }) =>
    Object.entries(fieldsOf(fieldsOf(spec).hard)).flatMap(([name, value]) => {
      const at = `spec.hard[${name}]`;
      return [...quotaNameProblems(at, name), ...amountProblems(at, name, value)];
    }),
};

/** LimitRanges: limits say what is requested where nobody says. */
export const limitRanges: Strategy = {
  defaults: ({ spec }) => {
    for (const limit of objectsOf(fieldsOf(spec).limits)) {
      if (limit.type !== 'Container') continue;
      const fallback = fieldsOf(limit.default);
      const request = fieldsOf(limit.defaultRequest);
      for (const [name, value] of Object.entries(fieldsOf(limit.max))) setDefault(fallback, name, value);
      for (const [name, value] of Object.entries(fallback)) setDefault(request, name, value);
      for (const [name, value] of Object.entries(fieldsOf(limit.min))) setDefault(request, name, value);
      if (Object.keys(fallback).length > 0) limit.default = fallback;
      if (Object.keys(request).length > 0) limit.defaultRequest = request;
    }
  },
  validate: ({ spec }) => {
    const types = new Set<string>();
    return objectsOf(fieldsOf(spec).limits).flatMap((limit, index) => {
      const at = `spec.limits[${index}]`;
      const type = textOf(limit.type);
      const errors = types.has(type) ? [duplicate(`${at}.type`, type)] : [];
      types.add(type);
      return [...errors, ...limitProblems(limit, at)];
    });
  },
};

/** Pairs of bounds: the first must not be above the second, and the complaint is about the field and in the words given. */
const orders = [
  ['min', 'max', 'min', 'min value', 'max value'],
  ['min', 'defaultRequest', 'defaultRequest', 'min value', 'default request value'],
  ['defaultRequest', 'max', 'defaultRequest', 'default request value', 'max value'],
  ['defaultRequest', 'default', 'defaultRequest', 'default request value', 'default limit value'],
  ['min', 'default', 'default', 'min value', 'default value'],
  ['default', 'max', 'default', 'default value', 'max value'],
] as const;

const bounds = ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio'];

function limitProblems(limit: JsonObject, path: string): FieldError[] {
  const names = new Set(bounds.flatMap((bound) => Object.keys(fieldsOf(limit[bound]))));
  const errors = bounds.flatMap((bound) =>
    Object.keys(fieldsOf(limit[bound])).flatMap((name) => resourceNameProblems(`${path}.${bound}[${name}]`, name)),
  );
  for (const bound of ['default', 'defaultRequest']) {
    if (limit.type === 'Pod' && Object.keys(fieldsOf(limit[bound])).length > 0)
      errors.push(forbiddenField(`${path}.${bound}`, "may not be specified when `type` is 'Pod'"));
  }
  for (const name of names) {
    const values = Object.fromEntries(bounds.map((bound) => [bound, fieldsOf(limit[bound])[name]]));
    for (const [low, high, about, lowWord, highWord] of orders) {
      const [below, above] = [values[low], values[high]];
      if (below === undefined || above === undefined) continue;
      if (compareQuantities(String(below), String(above)) <= 0) continue;
      const [lowText, highText] = [parseQuantity(String(below)).toString(), parseQuantity(String(above)).toString()];
      const why = `${lowWord} ${lowText} is greater than ${highWord} ${highText}`;
      // The real server shows the minimum here, though the default is what it complains of.
      const shown = low === 'min' && about === 'default' ? below : values[about];
      errors.push(invalidValue(`${path}.${about}[${name}]`, String(shown), why));
    }
    const ratio = values.maxLimitRequestRatio;
    if (ratio !== undefined && compareQuantities(String(ratio), '1') < 0)
      errors.push(
        invalidValue(`${path}.maxLimitRequestRatio[${name}]`, String(ratio), `ratio ${String(ratio)} is less than 1`),
      );
  }
  return errors;
}
