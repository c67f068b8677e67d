import { isIPv4 } from 'node:net';
import { parseQuantity, qualifiedNameProblems } from '../../meta/index.js';
import { type FieldError, invalidValue } from '../object/field-error.js';

// Rules about single values that many kinds share.

const maxPort = 65_535;
const maxPortName = 15;

/** Validates a port. */
export function portProblems(field: string, port: number): FieldError[] {
  return Number.isInteger(port) && port >= 1 && port <= maxPort
    ? []
    : [invalidValue(field, port, `must be between 1 and ${maxPort}, inclusive`)];
}

/** Validates a port name (RFC 6335). */
export function portNameProblems(field: string, name: string): FieldError[] {
  const errors: string[] = [];
  if (name.length > maxPortName) errors.push(`must be no more than ${maxPortName} characters`);
  if (!/^[-a-z0-9]+$/.test(name)) errors.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  if (!/[a-z]/.test(name)) errors.push('must contain at least one letter (a-z)');
  if (name.includes('--')) errors.push('must not contain consecutive hyphens');
  if (name.startsWith('-') || name.endsWith('-')) errors.push('must not begin or end with a hyphen');
  return errors.map((why) => invalidValue(field, name, why));
}

/** Why a value is neither the number of a port nor the name of one. */
export function portOrNameProblems(field: string, port: unknown): FieldError[] {
  return typeof port === 'string'
    ? portNameProblems(field, port)
    : portProblems(field, typeof port === 'number' ? port : 0);
}

/** Why a number is below zero; no complaint about what is not there. */
export function nonNegative(field: string, value: unknown): FieldError[] {
  return typeof value === 'number' && value < 0
    ? [invalidValue(field, value, 'must be greater than or equal to 0')]
    : [];
}

const maxId = 2_147_483_647;

/** Validates the id of a user or group. */
export function idProblems(field: string, value: unknown): FieldError[] {
  return typeof value === 'number' && (value < 0 || value > maxId)
    ? [invalidValue(field, value, `must be between 0 and ${maxId}, inclusive`)]
    : [];
}

/** Why an address cannot be one that traffic is sent to from outside: those that mean a machine itself or its own link. */
export function endpointIpProblems(field: string, address: string): FieldError[] {
  const complain = (why: string): FieldError[] => [invalidValue(field, address, why)];
  const v4 = isIPv4(address) ? address.split('.').map(Number) : undefined;
  const [first = -1, second = -1, third = -1] = v4 ?? [];
  const v6 = v4 === undefined ? address.toLowerCase() : '';
  if (/^[0:]+$/.test(v6) || address === '0.0.0.0') return complain(`may not be unspecified (${address})`);
  if (first === 127 || /^[0:]*:0*1$/.test(v6))
    return complain('may not be in the loopback range (127.0.0.0/8, ::1/128)');
  if ((first === 169 && second === 254) || /^fe[89ab]/.test(v6))
    return complain('may not be in the link-local range (169.254.0.0/16, fe80::/10)');
  if ((first === 224 && second === 0 && third === 0) || v6.startsWith('ff02'))
    return complain('may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)');
  return [];
}

/** Why a text cannot be the name of an environment variable. */
export function envNameProblems(field: string, name: string): FieldError[] {
  return /^[\x20-\x3c\x3e-\x7e]+$/.test(name)
    ? []
    : [
        invalidValue(
          field,
          name,
          "a valid environment variable name must consist only of printable ASCII characters other than '='",
        ),
      ];
}

/** Why a path leads out of where it starts. */
export function backstepProblems(field: string, path: string): FieldError[] {
  return path.split('/').includes('..') ? [invalidValue(field, path, "must not contain '..'")] : [];
}

/** Why a path is not one below another. */
export function relativePathProblems(field: string, path: string): FieldError[] {
  const errors = path.startsWith('/') ? [invalidValue(field, path, 'must be a relative path')] : [];
  return [...errors, ...backstepProblems(field, path)];
}

/** Validates a qualified name, as label keys and conditions are. */
export function qualifiedProblems(field: string, name: string): FieldError[] {
  return qualifiedNameProblems(name).map((why) => invalidValue(field, name, why));
}

/** Reports whether a quantity is a whole number, as the real server sees it: to the thousandth. */
export function isWhole(quantity: unknown): boolean {
  const parsed = parseQuantity(String(quantity));
  return parsed.exponent >= 0 || parsed.milliValue() % 1000n === 0n;
}

/** Why a text cannot be a key of a ConfigMap or a Secret. */
export function configKeyProblems(key: string): string[] {
  const rule =
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
  const problems = key.length > 253 ? ['must be no more than 253 characters'] : [];
  if (!/^[-._a-zA-Z0-9]+$/.test(key)) problems.push(rule);
  if (key === '.' || key === '..') problems.push(`must not be '${key}'`);
  else if (key.startsWith('..')) problems.push("must not start with '..'");
  return problems;
}
