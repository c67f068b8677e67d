import { goQuote } from '../util/go-quote.js';
import { FormatError } from './format-error.js';
import type { IntOrString } from './scalars.js';

/** Reports whether the value is a percentage, such as `"25%"`. */
export function isPercent(value: IntOrString): value is string {
  return typeof value === 'string' && /^[+-]?\d+%$/.test(value);
}

/**
 * Returns the number that a value means, out of `total`. A number means itself; a percentage is rounded up (`'up'`) or down. The field
 * decides the rounding: `maxUnavailable` of a Deployment rounds down, `maxSurge` up. Throws a `FormatError` for any other text, with the
 * message of Kubernetes (`intstr.GetScaledValueFromIntOrPercent`).
 */
export function scaledValue(value: IntOrString, total: number, round: 'up' | 'down'): number {
  if (typeof value === 'number') return value;
  if (!value.endsWith('%')) throw fault('invalid type: string is not a percentage');
  const digits = value.slice(0, -1);
  if (!/^[+-]?\d{1,15}$/.test(digits)) {
    throw fault(`invalid value ${goQuote(value)}: strconv.Atoi: parsing ${goQuote(digits)}: invalid syntax`);
  }
  const part = (Number(digits) * total) / 100;
  return round === 'up' ? Math.ceil(part) : Math.floor(part);
}

function fault(message: string): FormatError {
  return new FormatError('int-or-string', `invalid value for IntOrString: ${message}`);
}
