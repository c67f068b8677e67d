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
  const listed = supported.map((one) => JSON.stringify(one)).join(', ');
  return {
    field,
    reason: 'FieldValueNotSupported',
    message: `Unsupported value: ${goValue(value)}: supported values: ${listed}`,
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

/** A value as the real server's messages show it. */
function goValue(value: unknown): string {
  return value === undefined ? 'null' : JSON.stringify(value);
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
  return failure(422, 'Invalid', `${subject} ${JSON.stringify(name)} is invalid: ${text}`, {
    ...(name === '' ? {} : { name }),
    ...(kind.group === '' ? {} : { group: kind.group }),
    ...(kind.kind === '' ? {} : { kind: kind.kind }),
    causes: errors.map(({ reason, message, field }) => ({ reason, message, field })),
  });
}
