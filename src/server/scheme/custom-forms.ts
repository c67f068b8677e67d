import { FormatError, parseQuantity } from '../../meta/index.js';
import { isObject } from '../../util/json-value.js';
import { textCache } from '../../util/text-cache.js';
import { parseTime } from '../go-text/go-time.js';

/** Thrown for a value that does not fit its field. `decodeFault` finds out which one, and why. */
export class DecodeProblem extends Error {
  override readonly name = 'DecodeProblem';

  constructor(message = 'the value does not fit its type') {
    super(message);
  }
}

/** The canonical value of a type that has a JSON form of its own. Throws a `DecodeProblem` for a value it cannot have. */
export function customForm(type: string, value: unknown): unknown {
  switch (type) {
    case 'apis/meta/v1.Time':
      return time(value, 0);
    case 'apis/meta/v1.MicroTime':
      return time(value, 6);
    case 'api/resource.Quantity':
      return quantity(value);
    case 'util/intstr.IntOrString':
      if (typeof value !== 'string' && (typeof value !== 'number' || (value | 0) !== value)) throw new DecodeProblem();
      return value;
    case 'apiextensions/v1.JSONSchemaPropsOrBool':
      if (typeof value !== 'boolean' && !isObject(value)) throw new DecodeProblem();
      return value;
    default:
      return value;
  }
}

/** Quantities seen lately in their canonical form: most objects ask for the same few. */
const quantities = textCache<string>(64 * 1024);

function quantity(value: unknown): string {
  if (typeof value !== 'string' && typeof value !== 'number') throw new DecodeProblem();
  const text = String(value).trim();
  const known = quantities.get(text);
  if (known !== undefined) return known;
  try {
    const kept = parseQuantity(typeof value === 'string' ? text : value).toString();
    quantities.set(text, kept);
    return kept;
  } catch (error) {
    if (error instanceof FormatError) throw new DecodeProblem(error.message);
    throw error;
  }
}

/** Returns an amount of a resource. The defaults of kube-apiserver round it up to the thousandth. */
export function resourceAmount(value: unknown): string {
  const text = quantity(value);
  const parsed = parseQuantity(text);
  return parsed.exponent < -3 ? parseQuantity(`${parsed.milliValue()}m`).toString() : text;
}

/** Times seen lately in their canonical form, by the digits after the seconds that they may have: most are of the same few moments. */
const times = { 0: textCache<string>(64 * 1024), 6: textCache<string>(64 * 1024) } as const;

/** A time in UTC with so many digits after the seconds. */
function time(value: unknown, digits: keyof typeof times): string {
  if (typeof value !== 'string') throw new DecodeProblem();
  let canonical = times[digits].get(value);
  if (canonical === undefined) {
    canonical = canonicalTime(value, digits);
    times[digits].set(value, canonical);
  }
  return canonical;
}

function canonicalTime(value: string, digits: keyof typeof times): string {
  try {
    return parseTime(value, digits === 0 ? 'seconds' : 'micros');
  } catch (error) {
    throw new DecodeProblem(error instanceof Error ? error.message : String(error));
  }
}
