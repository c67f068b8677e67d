import { escapedJson } from '../../patch/go-format.js';
import { goQuote } from '../../util/go-quote.js';
import { GoText } from '../go-text/echo.js';
import { failure, type StatusError } from './status-error.js';

/** One thing wrong with one field, in the words of the real server's Status. */
export interface FieldError {
  readonly field: string;
  readonly reason: string;
  readonly message: string;
}

export function invalidValue(field: string, value: unknown, why: string): FieldError {
  return {
    field,
    reason: 'FieldValueInvalid',
    message: `Invalid value: ${goValue(value)}${why === '' ? '' : `: ${why}`}`,
  };
}

export function required(field: string, why = ''): FieldError {
  return { field, reason: 'FieldValueRequired', message: why === '' ? 'Required value' : `Required value: ${why}` };
}

export function forbiddenField(field: string, why: string): FieldError {
  return { field, reason: 'FieldValueForbidden', message: `Forbidden: ${why}` };
}

export function notSupported(field: string, value: unknown, supported: readonly string[]): FieldError {
  const listed = supported.map(goQuote).join(', ');
  // Fields with few values have types of their own, which Go quotes as JSON.
  const shown = typeof value === 'string' ? escapedJson(value) : goValue(value);
  return {
    field,
    reason: 'FieldValueNotSupported',
    message: `Unsupported value: ${shown}: supported values: ${listed}`,
  };
}

export function duplicate(field: string, value: unknown): FieldError {
  return { field, reason: 'FieldValueDuplicate', message: `Duplicate value: ${goValue(value)}` };
}

export function notFoundValue(field: string, value: unknown): FieldError {
  return { field, reason: 'FieldValueNotFound', message: `Not found: ${goValue(value)}` };
}

export function tooLong(field: string, maxBytes: number): FieldError {
  return { field, reason: 'FieldValueTooLong', message: `Too long: may not be more than ${maxBytes} bytes` };
}

export function tooMany(field: string, actual: number, max: number): FieldError {
  const items = `${max} item${max === 1 ? '' : 's'}`;
  return { field, reason: 'FieldValueTooMany', message: `Too many: ${actual}: must have at most ${items}` };
}

/** Returns a value as messages quote it. Go quotes plain texts by itself, and everything else as JSON. */
function goValue(value: unknown): string {
  if (value instanceof GoText) return value.text;
  if (typeof value === 'string') return goQuote(value);
  return value === undefined ? 'null' : escapedJson(value);
}

/** 422 with a cause per error. `kind` is `Pod` or `Deployment`; details carry the kind, not the plural. */
export function invalid(
  of: { group: string; kind: string; innerGroup?: string | undefined },
  name: string,
  errors: readonly FieldError[],
): StatusError {
  const kind = { group: of.innerGroup ?? of.group, kind: of.kind };
  const texts = errors.map((error) => (error.field === '' ? error.message : `${error.field}: ${error.message}`));
  const subject = kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`;
  const unique = [...new Set(texts)];
  const text = unique.length === 1 ? unique[0] : `[${unique.join(', ')}]`;
  return failure(422, 'Invalid', `${subject} ${goQuote(name)} is invalid: ${text}`, {
    ...(name === '' ? {} : { name }),
    ...(kind.group === '' ? {} : { group: kind.group }),
    ...(kind.kind === '' ? {} : { kind: kind.kind }),
    causes: errors.map(({ reason, message, field }) => ({ reason, message, field })),
  });
}
