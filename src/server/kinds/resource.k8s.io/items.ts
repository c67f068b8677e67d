import { dns1123LabelProblems, dns1123SubdomainProblems } from '../../../meta/index.js';
import { duplicate, type FieldError, invalidValue, required, tooLong, tooMany } from '../../object/field-error.js';
import { driverNameProblems } from '../../validation/storage-problems.js';

/** Checks each item of a list of at most `max`. */
export function listProblems<T>(
  items: readonly T[],
  max: number,
  path: string,
  check: (item: T, path: string) => FieldError[],
): FieldError[] {
  if (items.length > max) return [tooMany(path, items.length, max)];
  return items.flatMap((item, index) => check(item, `${path}[${index}]`));
}

/** Checks each item of a list of at most `max`, and that no two have the same key. */
export function setProblems<T>(
  items: readonly T[],
  max: number,
  path: string,
  check: (item: T, path: string) => FieldError[],
  keyOf: (item: T) => string,
): FieldError[] {
  const errors = listProblems(items, max, path, check);
  if (items.length > max) return errors;
  const seen = new Set<string>();
  for (const [index, item] of items.entries()) {
    const key = keyOf(item);
    if (seen.has(key)) errors.push(duplicate(`${path}[${index}]`, key));
    seen.add(key);
  }
  return errors;
}

/** Checks a name that is a DNS label. */
export function labelNameProblems(field: string, name: string): FieldError[] {
  return dns1123LabelProblems(name).map((why) => invalidValue(field, name, why));
}

/** Checks a name that is a DNS subdomain. */
export function subdomainNameProblems(field: string, name: string): FieldError[] {
  return dns1123SubdomainProblems(name).map((why) => invalidValue(field, name, why));
}

const maxIdBytes = 32;

function identifierProblems(field: string, id: string): FieldError[] {
  const errors = id.length > maxIdBytes ? [tooLong(field, maxIdBytes)] : [];
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(id)) return errors;
  const why =
    "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName', regex used for validation is '[A-Za-z_][A-Za-z0-9_]*')";
  return [...errors, invalidValue(field, id, why)];
}

/** Checks the name of an attribute or a capacity: an identifier, perhaps after the domain of its driver. */
export function attributeNameProblems(field: string, name: string): FieldError[] {
  const [domain = '', id, more] = name.split('/');
  if (more !== undefined) return [];
  if (id === undefined) return identifierProblems(field, domain);
  return [
    ...(domain === '' ? [invalidValue(field, '', 'the domain must not be empty')] : driverNameProblems(field, domain)),
    ...(id === '' ? [invalidValue(field, '', 'the name must not be empty')] : identifierProblems(field, id)),
  ];
}

/** Checks the name of an attribute that has to have a domain. */
export function qualifiedAttributeProblems(field: string, name: string): FieldError[] {
  const errors = attributeNameProblems(field, name);
  const why = 'a fully qualified name must be a domain and a name separated by a slash';
  return name.includes('/') ? errors : [...errors, invalidValue(field, name, why)];
}

const maxPoolNameBytes = 253;

/** Checks the name of a pool of devices: subdomains, separated by slashes. */
export function poolNameProblems(field: string, name: string): FieldError[] {
  if (name === '') return [required(field)];
  return [
    ...(name.length > maxPoolNameBytes ? [tooLong(field, maxPoolNameBytes)] : []),
    ...name.split('/').flatMap((part) => subdomainNameProblems(field, part)),
  ];
}
