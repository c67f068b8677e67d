import { isObject, own, setOwn } from '../patch/json-value.js';
import { type JsonSchema, propertySchema, valuesSchema } from './json-schema.js';

/** Words that CEL keeps for itself; a field of such a name is written `__name__`. */
const reserved = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);

/** A field's name as expressions write it, by the escaping rules of Kubernetes; undefined for one they cannot write. */
export function celName(name: string): string | undefined {
  if (reserved.has(name)) return `__${name}__`;
  const escaped = name
    .replaceAll('__', '__underscores__')
    .replaceAll('.', '__dot__')
    .replaceAll('-', '__dash__')
    .replaceAll('/', '__slash__');
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(escaped) ? escaped : undefined;
}

/** A JSON value as CEL has it: whole numbers and times by the schema, and only the fields that the schema declares. */
export function celValue(value: unknown, schema: JsonSchema | undefined): unknown {
  if (Array.isArray(value)) return value.map((item) => celValue(item, schema?.items));
  if (isObject(value)) return celObject(value, schema);
  if (typeof value === 'number') return Number.isInteger(value) && schema?.type !== 'number' ? BigInt(value) : value;
  if (typeof value !== 'string') return value;
  const time = schema?.format === 'date-time' || schema?.format === 'datetime' || schema?.format === 'date';
  return time && !Number.isNaN(Date.parse(value)) ? new Date(value) : value;
}

function celObject(value: { [field: string]: unknown }, schema: JsonSchema | undefined): { [field: string]: unknown } {
  const out: { [field: string]: unknown } = {};
  const values = valuesSchema(schema);
  const declared = schema?.properties !== undefined && values === undefined;
  for (const name of Object.keys(value)) {
    const property = propertySchema(schema, name);
    if (!declared) setOwn(out, name, celValue(own(value, name), property ?? values));
    else if (property !== undefined) {
      const key = celName(name);
      if (key !== undefined) setOwn(out, key, celValue(own(value, name), property));
    }
  }
  return out;
}

/** How many values there are in a value, itself included. */
export function sizeOf(value: unknown): number {
  if (typeof value === 'string') return 1 + value.length / 100;
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce<number>((sum, inner) => sum + sizeOf(inner), 1);
}
