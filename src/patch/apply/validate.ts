import { isObject } from '../../util/json-value.js';
import { goSyntax, goType, goValue } from '../go-format.js';
import { itemElement } from './list-item.js';
import { fieldElement, indexElement, type PathElement, showElement } from './path-element.js';
import type { ListType, MapType, Scalar, Type } from './type-system.js';

/** A value that does not fit its schema: `.data.n: expected string, got …`. */
export interface ValidationError {
  path: string;
  message: string;
}

/** Returns the faults of a value by its type. `allowDuplicates`: items with the same key are allowed, as in stored objects. */
export function validate(type: Type, value: unknown, allowDuplicates: boolean): ValidationError[] {
  const { scalar, list, map } = type.formOf(value);
  if (map !== undefined) return validateMap(map, value, allowDuplicates);
  if (scalar !== undefined) return validateScalar(scalar, value);
  return list === undefined ? [] : validateList(list, value, allowDuplicates);
}

/** Several errors as one message, as structured-merge-diff joins them. */
export function showErrors(errors: readonly ValidationError[]): string {
  const lines = errors.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
  return lines.length === 1 ? lines.join('') : ['errors:', ...lines.map((line) => `  ${line}`)].join('\n');
}

function validateMap(map: MapType, value: unknown, allowDuplicates: boolean): ValidationError[] {
  if (value === null) return [];
  if (!isObject(value)) return [{ path: '', message: `expected map, got ${shown(value)}` }];
  const errors: ValidationError[] = [];
  for (const [key, part] of Object.entries(value)) {
    const type = map.typeOf(key);
    const element = fieldElement(key);
    if (type === undefined) return [...errors, { path: showElement(element), message: 'field not declared in schema' }];
    errors.push(...below(element, validate(type, part, allowDuplicates)));
  }
  return errors;
}

function validateList(list: ListType, value: unknown, allowDuplicates: boolean): ValidationError[] {
  if (value === null) return [];
  if (!Array.isArray(value)) return [{ path: '', message: `expected list, got ${shown(value)}` }];
  const errors: ValidationError[] = [];
  const seen = new Set<PathElement>();
  for (const [index, item] of value.entries()) {
    const found = list.atomic ? { element: indexElement(index) } : itemElement(list, item);
    if (!('element' in found)) return [...errors, { path: '', message: `element ${index}: ${found.problem}` }];
    const { element } = found;
    if (seen.has(element) && !allowDuplicates) {
      errors.push({ path: '', message: `duplicate entries for key ${showElement(element)}` });
    }
    seen.add(element);
    errors.push(...below(element, validate(list.items, item, allowDuplicates)));
  }
  return errors;
}

function validateScalar(scalar: Scalar, value: unknown): ValidationError[] {
  if (value === null) return [];
  const is = typeof value;
  const fits = {
    numeric: is === 'number',
    string: is === 'string',
    boolean: is === 'boolean',
    untyped: is !== 'object',
  }[scalar];
  if (fits) return [];
  const message = {
    numeric: `expected numeric (int or float), got ${goType(value)}`,
    string: `expected string, got &value.valueUnstructured{Value:${goSyntax(value)}}`,
    boolean: `expected boolean, got ${shown(value)}`,
    untyped: `expected any scalar, got ${shown(value)}`,
  }[scalar];
  return [{ path: '', message }];
}

function below(element: PathElement, errors: ValidationError[]): ValidationError[] {
  return errors.map(({ path, message }) => ({ path: showElement(element) + path, message }));
}

function shown(value: unknown): string {
  return `&{${goValue(value)}}`;
}
