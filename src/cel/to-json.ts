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

/** A value as JSON. Throws a CelError for what JSON cannot say. */
export function toJson(value: CelValue): unknown {
  if (value === null || typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string')
    return value;
  if (typeof value === 'bigint') return Number(value);
  if (isList(value)) return value.map(toJson);
  if (value instanceof CelUint) return Number(value.value);
  if (value instanceof CelTime) return timeText(new CelTime(value.nanos));
  if (value instanceof CelDuration) return durationText(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (value instanceof CelOptional || !isMap(value)) throw new CelError(`a ${typeOf(value).name} has no form in JSON`);
  return Object.fromEntries(
    value.keys().map((key) => {
      if (typeof key !== 'string') throw new CelError(`map key is of type ${typeOf(key).name}, not string`);
      return [key, toJson(value.get(key) ?? null)];
    }),
  );
}

/** What is wrong with the names of an object's types: each has to be the path of fields that leads to it. */
export function typeNameFaults(value: CelValue, path: string = typeOf(value).name): string[] {
  if (isList(value)) return value.flatMap((item) => typeNameFaults(item, path));
  if (typeof value !== 'object' || value === null || !isMap(value)) return [];
  if (!(value instanceof StructValue))
    return value.keys().flatMap((key) => typeNameFaults(value.get(key) ?? null, path));
  const { name } = value.type;
  const expected = `expected ${JSON.stringify(path)}, which matches field name path from root Object type`;
  const own = name === path ? [] : [`unexpected type name ${JSON.stringify(name)}, ${expected}`];
  return [...own, ...[...value.fields].flatMap(([field, inner]) => typeNameFaults(inner, `${path}.${field}`))];
}
