import type { Findings } from './findings.js';
import type { JsonSchema } from './json-schema.js';

/** Checks the range of a number, and that it is of the form its type and format want. */
export function checkNumber(found: Findings, schema: JsonSchema, value: number, path: string): void {
  const isInteger = schema['x-kubernetes-int-or-string'] !== true && schema.type === 'integer';
  if (isInteger && !fits(value, schema.format ?? '')) {
    const named = schema.format === 'int32' || schema.format === 'int64';
    const format = named ? `with format ${schema.format}` : '(default format)';
    found.whole(`Checked value must be of type integer ${format} in ${path}`);
  }
  const { multipleOf, minimum, maximum } = schema;
  // Bounds of whole numbers are whole numbers, as upstream compares them.
  const bound = (limit: number): number => (Number.isInteger(value) ? Math.trunc(limit) : limit);
  if (multipleOf !== undefined && !isMultiple(value, multipleOf)) {
    found.invalid(path, value, `${path} in body should be a multiple of ${multipleOf}`);
  }
  if (minimum !== undefined) {
    const limit = bound(minimum);
    const exclusive = schema.exclusiveMinimum === true;
    if (value < limit || (exclusive && value === limit)) {
      const than = exclusive ? 'greater than' : 'greater than or equal to';
      found.invalid(path, value, `${path} in body should be ${than} ${limit}`);
    }
  }
  if (maximum !== undefined) {
    const limit = bound(maximum);
    const exclusive = schema.exclusiveMaximum === true;
    if (value > limit || (exclusive && value === limit)) {
      const than = exclusive ? 'less than' : 'less than or equal to';
      found.invalid(path, value, `${path} in body should be ${than} ${limit}`);
    }
  }
}

function fits(value: number, format: string): boolean {
  if (!Number.isInteger(value)) return false;
  return format !== 'int32' || (value >= -(2 ** 31) && value < 2 ** 31);
}

function isMultiple(value: number, factor: number): boolean {
  if (factor <= 0) return false;
  const times = factor < 1 ? (1 / factor) * value : value / factor;
  return Math.abs(times - Math.round(times)) < 1e-9;
}
