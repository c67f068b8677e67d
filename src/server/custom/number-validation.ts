import type { JsonSchema } from '../../meta/json-schema.js';
import type { Findings } from './findings.js';

const largestFloat32 = 3.4028234663852886e38;

/** Checks the range of a number, and that it is of the form its type and format want (kube-openapi, `numberValidator`). */
export function checkNumber(found: Findings, schema: JsonSchema, value: number, path: string): void {
  const { multipleOf, minimum, maximum } = schema;
  if (!fits(schema, value)) {
    const named = ['int32', 'int64', 'float', 'double'].includes(schema.format ?? '');
    const format = named ? `with format ${schema.format}` : '(default format)';
    found.whole(`Checked value must be of type ${schema.type} ${format} in ${path}`);
  }
  if (multipleOf !== undefined) checkFactor(found, schema, value, multipleOf, path);
  if (minimum !== undefined) {
    const limit = boundFor(schema, value, minimum);
    const exclusive = schema.exclusiveMinimum === true;
    if (value < limit || (exclusive && value === limit)) {
      const than = exclusive ? 'greater than' : 'greater than or equal to';
      found.invalid(path, value, `${path} in body should be ${than} ${limit}`);
    }
  }
  if (maximum !== undefined) {
    const limit = boundFor(schema, value, maximum);
    const exclusive = schema.exclusiveMaximum === true;
    if (value > limit || (exclusive && value === limit)) {
      const than = exclusive ? 'less than' : 'less than or equal to';
      found.invalid(path, value, `${path} in body should be ${than} ${limit}`);
    }
  }
}

/** Reports whether the type and format can hold a number without loss (`IsValueValidAgainstRange`). */
function fits(schema: JsonSchema, value: number): boolean {
  if (schema['x-kubernetes-int-or-string'] === true) return true;
  if (schema.type !== 'integer') return schema.format !== 'float' || Math.abs(value) <= largestFloat32;
  if (!Number.isInteger(value)) return false;
  return schema.format !== 'int32' || (value >= -(2 ** 31) && value < 2 ** 31);
}

/** Returns the bound that a whole number is compared with: an integer of 64 bits, unless the type cannot hold it. */
function boundFor(schema: JsonSchema, value: number, limit: number): number {
  return Number.isInteger(value) && fits(schema, limit) ? toInt64(limit) : limit;
}

/** As Go converts on the machines it mostly runs on: what is too large becomes the least number there is. */
function toInt64(value: number): number {
  return Math.abs(value) < 2 ** 63 ? Math.trunc(value) : -(2 ** 63);
}

function checkFactor(found: Findings, schema: JsonSchema, value: number, factor: number, path: string): void {
  const whole = Number.isInteger(value) && fits(schema, factor);
  const used = whole ? toInt64(factor) : factor;
  if (used <= 0) found.whole(`factor MultipleOf declared for ${path} must be positive: ${used}`);
  else if (!(whole ? value % used === 0 : isMultiple(value, used))) {
    found.invalid(path, value, `${path} in body should be a multiple of ${used}`);
  }
}

function isMultiple(value: number, factor: number): boolean {
  const times = factor < 1 ? (1 / factor) * value : value / factor;
  return Math.abs(times - Math.round(times)) < 1e-9;
}
