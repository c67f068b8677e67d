import { canonicalQuantity, FormatError } from '../../meta/index.js';
import { isObject } from '../../util/json-value.js';
import { textCache } from '../../util/text-cache.js';

/** A value that does not fit its field, in Go's words. */
export class DecodeProblem extends Error {
  override readonly name = 'DecodeProblem';

  constructor(
    message: string,
    /** The same in the words of Go's converter from maps, which strategic merge patches go through; absent where it says the same. */
    readonly converted: string = message,
  ) {
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
      if (typeof value !== 'string' && !Number.isInteger(value)) throw new DecodeProblem(cannot(value, 'string'));
      return value;
    default:
      return value;
  }
}

/** Quantities seen lately in their canonical form: most objects ask for the same few. */
const quantities = textCache<string>(64 * 1024);

function quantity(value: unknown): string {
  if (typeof value !== 'string' && typeof value !== 'number') throw new DecodeProblem(cannot(value, 'string'));
  const text = String(value);
  const known = quantities.get(text);
  if (known !== undefined) return known;
  try {
    const canonical = canonicalQuantity(value);
    quantities.set(text, canonical);
    return canonical;
  } catch (error) {
    if (error instanceof FormatError) throw new DecodeProblem(error.message);
    throw error;
  }
}

const rfc3339 = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

/** Times seen lately in their canonical form, by the digits after the seconds that they may have: most are of the same few moments. */
const times = { 0: textCache<string>(64 * 1024), 6: textCache<string>(64 * 1024) } as const;

/** A time in UTC with so many digits after the seconds. */
function time(value: unknown, digits: keyof typeof times): string {
  if (typeof value !== 'string') throw new DecodeProblem(cannot(value, 'string'));
  let canonical = times[digits].get(value);
  if (canonical === undefined) {
    canonical = canonicalTime(value, digits);
    times[digits].set(value, canonical);
  }
  return canonical;
}

function canonicalTime(value: string, digits: number): string {
  const match = rfc3339.exec(value);
  // Go reads micro times by a layout that wants its six digits.
  const wellFormed = digits === 0 || match?.[2]?.length === digits + 1;
  const seconds = match === null || !wellFormed ? Number.NaN : Date.parse(`${match[1]}${match[3]}`);
  if (match === null || Number.isNaN(seconds)) {
    const layout = `2006-01-02T15:04:05${digits === 0 ? '' : '.000000'}Z07:00`;
    // A time that is one but for its digits after the seconds is read up to there.
    const [rest, wanted] = match === null ? [value, '2006'] : [value.slice(match[1]?.length ?? 0), '.000000'];
    const problem = `cannot parse ${JSON.stringify(rest)} as ${JSON.stringify(wanted)}`;
    throw new DecodeProblem(`parsing time ${JSON.stringify(value)} as ${JSON.stringify(layout)}: ${problem}`);
  }
  const whole = new Date(seconds).toISOString().slice(0, 19);
  if (digits === 0) return `${whole}Z`;
  return `${whole}.${(match[2] ?? '.').slice(1, digits + 1).padEnd(digits, '0')}Z`;
}

function cannot(value: unknown, type: string): string {
  const kind = Array.isArray(value)
    ? 'array'
    : isObject(value)
      ? 'object'
      : typeof value === 'boolean'
        ? 'bool'
        : typeof value;
  return `json: cannot unmarshal ${kind} into Go value of type ${type}`;
}
