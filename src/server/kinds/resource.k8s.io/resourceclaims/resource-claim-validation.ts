import { fieldsOf, listOf, numberOf, objectsOf, textOf } from '../../../../util/json-fields.js';
import type { JsonObject } from '../../../../util/json-value.js';
import { type FieldError, invalidValue, notSupported, required } from '../../../object/field-error.js';
import { deviceSelectorProblems } from '../device-selectors.js';
import { configurationProblems, deviceTolerationProblems } from '../devices.js';
import {
  labelNameProblems,
  listProblems,
  qualifiedAttributeProblems,
  setProblems,
  subdomainNameProblems,
} from '../items.js';

const maxRequests = 32;
const maxSubrequests = 8;
const maxOthers = 32;

/** Checks the spec of a claim. */
export function claimSpecProblems(spec: JsonObject, path: string): FieldError[] {
  const { requests, constraints, config } = fieldsOf(spec.devices);
  const at = `${path}.devices`;
  const names = requestNames(objectsOf(requests));
  return [
    ...setProblems(objectsOf(requests), maxRequests, `${at}.requests`, requestProblems, ({ name }) => textOf(name)),
    ...listProblems(objectsOf(constraints), maxOthers, `${at}.constraints`, (one, field) =>
      constraintProblems(one, field, names),
    ),
    ...listProblems(objectsOf(config), maxOthers, `${at}.config`, (one, field) => [
      ...referenceProblems(one.requests, `${field}.requests`, names),
      ...configurationProblems(one, field),
    ]),
  ];
}

/** The names that constraints may use: those of requests, and of their subrequests after a slash. */
function requestNames(requests: readonly JsonObject[]): ReadonlySet<string> {
  return new Set(
    requests.flatMap(({ name, firstAvailable }) => [
      textOf(name),
      ...objectsOf(firstAvailable).map((one) => `${textOf(name)}/${textOf(one.name)}`),
    ]),
  );
}

function requestProblems(request: JsonObject, path: string): FieldError[] {
  const errors = labelNameProblems(`${path}.name`, textOf(request.name));
  const alternatives = objectsOf(request.firstAvailable);
  const isExact = request.exactly !== undefined && request.exactly !== null;
  const one = 'exactly one of `exactly` or `firstAvailable` is required';
  if (isExact && alternatives.length > 0)
    return [...errors, invalidValue(path, null, `${one}, but multiple fields are set`)];
  if (isExact) return [...errors, ...deviceRequestProblems(fieldsOf(request.exactly), `${path}.exactly`)];
  if (alternatives.length === 0) return [...errors, required(path, one)];
  const subrequests = setProblems(
    alternatives,
    maxSubrequests,
    `${path}.firstAvailable`,
    (sub, at) => [...labelNameProblems(`${at}.name`, textOf(sub.name)), ...deviceRequestProblems(sub, at)],
    ({ name }) => textOf(name),
  );
  return [...errors, ...subrequests];
}

function deviceRequestProblems(request: JsonObject, path: string): FieldError[] {
  const className = textOf(request.deviceClassName);
  const at = `${path}.deviceClassName`;
  return [
    ...(className === '' ? [required(at)] : subdomainNameProblems(at, className)),
    ...listProblems(objectsOf(request.selectors), maxOthers, `${path}.selectors`, deviceSelectorProblems),
    ...modeProblems(request, path),
    ...objectsOf(request.tolerations).flatMap((toleration, index) =>
      deviceTolerationProblems(toleration, `${path}.tolerations[${index}]`),
    ),
  ];
}

function modeProblems({ allocationMode, count }: JsonObject, path: string): FieldError[] {
  const number = numberOf(count) ?? 0;
  switch (allocationMode) {
    case 'All': {
      const why = `must not be specified when allocationMode is '${allocationMode}'`;
      return number === 0 ? [] : [invalidValue(`${path}.count`, number, why)];
    }
    case 'ExactCount':
      return number > 0 ? [] : [invalidValue(`${path}.count`, number, 'must be greater than zero')];
    default:
      return [notSupported(`${path}.allocationMode`, textOf(allocationMode), ['All', 'ExactCount'])];
  }
}

function constraintProblems(constraint: JsonObject, path: string, names: ReadonlySet<string>): FieldError[] {
  const errors = referenceProblems(constraint.requests, `${path}.requests`, names);
  for (const field of ['matchAttribute', 'distinctAttribute']) {
    const value = constraint[field];
    if (typeof value === 'string') return [...errors, ...qualifiedAttributeProblems(`${path}.${field}`, value)];
  }
  const why = 'exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set';
  return [...errors, required(path, why)];
}

function referenceProblems(given: unknown, path: string, names: ReadonlySet<string>): FieldError[] {
  const check = (name: string, field: string): FieldError[] => referenceFaults(name, field, names);
  return setProblems(listOf(given).map(textOf), maxRequests, path, check, (name) => name);
}

/** Checks the name of a request of the same claim. */
function referenceFaults(name: string, field: string, names: ReadonlySet<string>): FieldError[] {
  const why = "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";
  const parts = name.split('/');
  if (parts.length > 2) return [invalidValue(field, name, why)];
  const errors = parts.flatMap((part) => labelNameProblems(field, part));
  return names.has(name) ? errors : [...errors, invalidValue(field, name, why)];
}
