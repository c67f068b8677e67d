import { isObject } from '../../util/json-value.js';
import { typeFact } from '../../wire/protobuf/field-facts.js';
import { base64Fault, customFault } from './custom-fault.js';
import { type GoField, goFields, goName } from './go-fields.js';

/**
 * Returns what Kubernetes' converter from maps to structs says of a value that a type cannot hold, undefined if it can. Strategic merge
 * patches go through it. It goes through structs in the order of their fields, and ends with the first fault.
 */
export function convertFault(type: string, value: unknown): string | undefined {
  return elementFault(type, goName(type), value);
}

function elementFault(type: string, goType: string, value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  switch (type) {
    case 'string':
    case 'bool':
    case 'int32':
    case 'int64':
    case 'float64':
      return scalarFault(type, goType, value);
    case 'bytes': {
      if (typeof value !== 'string') return listFault(value);
      const fault = base64Fault(value);
      return fault === undefined ? undefined : `error decoding from json: ${fault}`;
    }
  }
  const fact = typeFact(type);
  if (fact === undefined) {
    const fault = customFault(type, value);
    return fault?.type === undefined ? fault?.text : `${fault.text} Go value of type ${fault.type}`;
  }
  if (typeof fact === 'string') return itemsFault(fact, goName(fact), value);
  if (!isObject(value)) return `cannot restore struct from: ${kindOf(value)}`;
  return first(goFields(type) ?? [], (field) => fieldFault(field, value[field.name]));
}

function fieldFault({ type, list, map, itemType, goType }: GoField, value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  if (list) return itemsFault(type, itemType, value);
  if (!map) return elementFault(type, goType, value);
  if (!isObject(value)) return `cannot restore map from ${kindOf(value)}`;
  return first(Object.values(value), (inner) => elementFault(type, itemType, inner));
}

function itemsFault(type: string, itemType: string, value: unknown): string | undefined {
  return Array.isArray(value) ? first(value, (item) => elementFault(type, itemType, item)) : listFault(value);
}

function listFault(value: unknown): string {
  return `cannot restore slice from ${kindOf(value)}`;
}

/** Go converts numbers to each other if that loses nothing, and takes a number for a character where a text should be. */
function scalarFault(type: string, goType: string, value: unknown): string | undefined {
  const kind = kindOf(value);
  if (kind === type) return undefined;
  const numbers = type !== 'string' && type !== 'bool';
  if (kind === 'int64') {
    if (numbers) return undefined;
    if (type === 'string') return `cannot convert int64 to ${goType}`;
  }
  if (kind === 'float64' && numbers) return Number.isInteger(value) ? undefined : `cannot convert float64 to ${goType}`;
  return `unrecognized type: ${type}`;
}

/** Returns the Go type of a JSON value that was read into a map. */
function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'slice';
  if (isObject(value)) return 'map';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value !== 'number') return 'string';
  return Number.isInteger(value) && Math.abs(value) <= 2 ** 63 ? 'int64' : 'float64';
}

function first<T>(values: readonly T[], fault: (value: T) => string | undefined): string | undefined {
  for (const value of values) {
    const found = fault(value);
    if (found !== undefined) return found;
  }
  return undefined;
}
