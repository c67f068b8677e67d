import { InvalidRequestError } from '../../../errors/index.js';
import { isObject } from '../../../util/json-value.js';

/** A function of a template. */
type TemplateFunction = (...values: readonly unknown[]) => unknown;

/** Functions by name. */
export type TemplateFunctions = { readonly [name: string]: TemplateFunction };

/** Tells whether a value is true in a template: not false, zero, empty or absent. */
export function isTruthy(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (isObject(value)) return Object.keys(value).length > 0;
  return value !== undefined && value !== null && value !== false && value !== 0 && value !== '';
}

/** Formats a value as Go prints it into a template. */
export function templateText(value: unknown): string {
  if (value === undefined || value === null) return '<no value>';
  if (Array.isArray(value)) return `[${value.map(templateText).join(' ')}]`;
  if (isObject(value)) {
    const pairs = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `map[${pairs.map(([key, one]) => `${key}:${templateText(one)}`).join(' ')}]`;
  }
  return String(value);
}

function equals(a: unknown, b: unknown): boolean {
  return JSON.stringify(a ?? null) === JSON.stringify(b ?? null);
}

function compare(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0;
  throw new InvalidRequestError('cannot compare two values of a template: they are of different types');
}

function sizeOf(value: unknown): number {
  if (typeof value === 'string' || Array.isArray(value)) return value.length;
  return isObject(value) ? Object.keys(value).length : 0;
}

function at(value: unknown, ...keys: readonly unknown[]): unknown {
  let found = value;
  for (const key of keys) {
    if (Array.isArray(found)) found = found[Number(key)];
    else found = isObject(found) && Object.hasOwn(found, String(key)) ? found[String(key)] : undefined;
  }
  return found;
}

/** Formats as Go's `Sprintf`, with the verbs `%s`, `%v`, `%d`, `%q` and `%%`. */
function printf(format: unknown, ...values: readonly unknown[]): string {
  let next = 0;
  return String(format).replace(/%([%svdq])/g, (_, verb: string) => {
    if (verb === '%') return '%';
    const value = values[next++];
    return verb === 'q' ? JSON.stringify(templateText(value)) : templateText(value);
  });
}

function dictionary(...pairs: readonly unknown[]): Record<string, unknown> {
  const made: Record<string, unknown> = {};
  for (let i = 0; i < pairs.length; i += 2) {
    Object.defineProperty(made, String(pairs[i]), {
      value: pairs[i + 1],
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return made;
}

/** Quotes text so that YAML reads it back. */
function quote(value: unknown): string {
  const json = JSON.stringify(value ?? null);
  return json.startsWith('"') ? json : JSON.stringify(json);
}

const number = (value: unknown) => Number(value);
const text = (value: unknown) => (value === undefined || value === null ? '' : templateText(value));

/** The functions of Go's templates, those of kwok that need nothing else, and common ones of the library sprig. */
export const templateFunctions: TemplateFunctions = {
  or: (...values) => values.find(isTruthy) ?? values.at(-1),
  and: (...values) => values.find((value) => !isTruthy(value)) ?? values.at(-1),
  not: (value) => !isTruthy(value),
  eq: (a, ...others) => others.some((b) => equals(a, b)),
  ne: (a, b) => !equals(a, b),
  lt: (a, b) => compare(a, b) < 0,
  le: (a, b) => compare(a, b) <= 0,
  gt: (a, b) => compare(a, b) > 0,
  ge: (a, b) => compare(a, b) >= 0,
  len: sizeOf,
  index: at,
  print: (...values) => values.map(templateText).join(''),
  println: (...values) => `${values.map(templateText).join(' ')}\n`,
  printf,
  dict: dictionary,
  list: (...values) => values,
  default: (fallback, value) => (isTruthy(value) ? value : fallback),
  quote: (value) => JSON.stringify(text(value)),
  Quote: quote,
  add: (...values) => values.map(number).reduce((a, b) => a + b, 0),
  sub: (a, b) => number(a) - number(b),
  mul: (...values) => values.map(number).reduce((a, b) => a * b, 1),
  int: (value) => Math.trunc(number(value)),
  toString: text,
  lower: (value) => text(value).toLowerCase(),
  upper: (value) => text(value).toUpperCase(),
  trim: (value) => text(value).trim(),
  contains: (part, value) => text(value).includes(text(part)),
  hasPrefix: (part, value) => text(value).startsWith(text(part)),
  hasSuffix: (part, value) => text(value).endsWith(text(part)),
  replace: (from, to, value) => text(value).replaceAll(text(from), text(to)),
  join: (separator, values) => (Array.isArray(values) ? values.map(text).join(text(separator)) : text(values)),
};
