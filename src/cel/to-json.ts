import { durationText, timeText } from './time-values.js';
import {
  CelDuration,
  CelError,
  CelOptional,
  CelTime,
  CelUint,
  type CelValue,
  isList,
  isMap,
  StructValue,
  typeOf,
} from './values.js';

/** The most values that a result may have as JSON. An expression can name one list in many places. */
const maxValues = 1_000_000;

/** Converts a value to JSON. Throws a CelError for a value that JSON cannot express, and for one that is too large. */
export function toJson(value: CelValue, budget = { left: maxValues }): unknown {
  if (--budget.left < 0) throw new CelError(`the result has more than ${maxValues} values`);
  if (value === null || typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string')
    return value;
  if (typeof value === 'bigint') return Number(value);
  if (isList(value)) return value.map((item) => toJson(item, budget));
  if (value instanceof CelUint) return Number(value.value);
  if (value instanceof CelTime) return timeText(new CelTime(value.nanos));
  if (value instanceof CelDuration) return durationText(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (value instanceof CelOptional || !isMap(value)) throw new CelError(`a ${typeOf(value).name} has no form in JSON`);
  return Object.fromEntries(
    value.keys().map((key) => {
      if (typeof key !== 'string') throw new CelError(`map key is of type ${typeOf(key).name}, not string`);
      return [key, toJson(value.get(key) ?? null, budget)];
    }),
  );
}

/** Returns the faults in the names of an object's types: each name must be the path of fields that leads to it. */
export function typeNameFaults(
  value: CelValue,
  path: string = typeOf(value).name,
  budget = { left: maxValues },
): string[] {
  if (--budget.left < 0) throw new CelError(`the result has more than ${maxValues} values`);
  if (isList(value)) return value.flatMap((item) => typeNameFaults(item, path, budget));
  if (typeof value !== 'object' || value === null || !isMap(value)) return [];
  if (!(value instanceof StructValue))
    return value.keys().flatMap((key) => typeNameFaults(value.get(key) ?? null, path, budget));
  const { name } = value.type;
  const expected = `expected ${JSON.stringify(path)}, which matches field name path from root Object type`;
  const own = name === path ? [] : [`unexpected type name ${JSON.stringify(name)}, ${expected}`];
  return [...own, ...[...value.fields].flatMap(([field, inner]) => typeNameFaults(inner, `${path}.${field}`, budget))];
}
