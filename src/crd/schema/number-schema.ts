import type { z } from 'zod';
import type { JSONSchemaProps, ValidationRule } from '../json-schema-props.js';
import type { Place } from './walk.js';

/** Ranges that no format of a schema stands for; int32 and float are checked by their name. */
const ranges: { readonly [format: string]: readonly [number, number] } = {
  safeint: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  uint32: [0, 2 ** 32 - 1],
};

interface Bound {
  readonly value: number;
  readonly exclusive: boolean;
}

/** A number with its bounds. Whole numbers of zod are those a double holds exactly, and so are those of the schema. */
export function numberSchema(
  def: z.core.$ZodNumberDef & { readonly format?: string | undefined },
  checks: readonly z.core.$ZodChecks[],
  place: Place,
): JSONSchemaProps {
  const named = new Set<string>(def.format === undefined ? [] : [def.format]);
  const min: Bound[] = [];
  const max: Bound[] = [];
  const factors: number[] = [];
  for (const check of checks) {
    const own = check._zod.def;
    switch (own.check) {
      case 'greater_than':
        min.push({ value: Number(own.value), exclusive: !own.inclusive });
        break;
      case 'less_than':
        max.push({ value: Number(own.value), exclusive: !own.inclusive });
        break;
      case 'multiple_of':
        factors.push(Number(own.value));
        break;
      case 'number_format':
        named.add(own.format);
        break;
      default:
        place.problem(`a structural schema has no check ${own.check} of numbers: use rule()`);
    }
  }
  for (const format of named) {
    const [least, most] = ranges[format] ?? [];
    if (least !== undefined && most !== undefined) {
      min.push({ value: least, exclusive: false });
      max.push({ value: most, exclusive: false });
    }
  }
  const whole = [...named].some((format) => format.includes('int'));
  // Beyond the whole numbers that a double holds exactly, zod and servers divide differently.
  if (factors.length > 0 && !whole)
    place.problem('what is a multiple of a number is whole here: use z.int().multipleOf(…)');
  const schema: JSONSchemaProps = { type: whole ? 'integer' : 'number' };
  if (named.has('int32')) schema.format = 'int32';
  else if (named.has('float64')) schema.format = 'double';
  else if (named.has('float32')) schema.format = 'float';
  addFactors(schema, factors, place);
  const rules: ValidationRule[] = [];
  addBound(schema, tightest(min, 1), whole, 'min', rules);
  addBound(schema, tightest(max, -1), whole, 'max', rules);
  return rules.length === 0 ? schema : { ...schema, 'x-kubernetes-validations': rules };
}

/** The bound that lets through least; `sign` is 1 for lower bounds. None where it bounds nothing. */
function tightest(bounds: readonly Bound[], sign: 1 | -1): Bound | undefined {
  const strict = (a: Bound, b: Bound): number =>
    sign * (b.value - a.value) || Number(b.exclusive) - Number(a.exclusive);
  const [first] = bounds.filter(({ value }) => Number.isFinite(value)).sort(strict);
  return first;
}

/**
 * Servers compare whole numbers with a bound cut to a whole number of 64 bits, even where the type is `number`
 * (kube-openapi, `MinimumNativeType`): 0 would pass `minimum: 0.5`. Such bounds are said by a rule as well.
 */
function addBound(
  schema: JSONSchemaProps,
  bound: Bound | undefined,
  whole: boolean,
  side: 'min' | 'max',
  rules: ValidationRule[],
): void {
  if (bound === undefined) return;
  let { value, exclusive } = bound;
  if (!Number.isInteger(value) && whole) {
    value = side === 'min' ? Math.ceil(value) : Math.floor(value);
    exclusive = false;
  }
  const fits = Number.isInteger(value) && Math.abs(value) < 2 ** 63;
  if (!fits) {
    const operator = `${side === 'min' ? '>' : '<'}${exclusive ? '' : '='}`;
    const text = Number.isInteger(value) ? `${value.toExponential()}` : String(value);
    const message = `must be ${side === 'min' ? 'greater' : 'less'} than ${exclusive ? '' : 'or equal to '}${value}`;
    rules.push({ rule: `self ${operator} ${text}`, message });
    if (Math.abs(value) >= 2 ** 63) return;
  }
  if (side === 'min') schema.minimum = value;
  else schema.maximum = value;
  // Cut to a whole number, an exclusive bound would keep out what is within it.
  if (!exclusive || !fits) return;
  if (side === 'min') schema.exclusiveMinimum = true;
  else schema.exclusiveMaximum = true;
}

function addFactors(schema: JSONSchemaProps, factors: readonly number[], place: Place): void {
  const wrong = factors.find((factor) => !Number.isInteger(factor) || factor <= 0);
  if (wrong !== undefined) {
    place.problem(
      `servers check whole numbers against a whole factor only: multipleOf(${wrong}) would refuse or let through others`,
    );
    return;
  }
  const [first, ...more] = factors;
  if (first !== undefined) schema.multipleOf = first;
  if (more.length > 0) schema.allOf = more.map((multipleOf) => ({ multipleOf }));
}
