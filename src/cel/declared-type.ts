import type { JsonSchema } from '../meta/json-schema.js';
import { celName } from './cel-name.js';
import { type CelType, listType, mapType, structType, types } from './types.js';

/** As long as a request may be, in bytes. */
export const maxRequestBytes = 3_145_728;
const [maxMoment, dateLength] = [32, 12];

/** The schema of a value as expressions see it: its type, and its greatest size. */
export interface DeclaredType {
  readonly type: CelType;
  readonly schema: JsonSchema;
  /** Characters, items or entries at most; 0 where that makes no sense. */
  readonly maxElements: number;
  /** The least bytes that a value takes up in JSON. */
  readonly minBytes: number;
  /** Of the items of a list or the values of a map. */
  readonly element?: DeclaredType | undefined;
  /** Of an object's fields, by their names in expressions. */
  readonly fields?: ReadonlyMap<string, DeclaredField>;
}

interface DeclaredField {
  /** The name in JSON. */
  readonly name: string;
  readonly declared: DeclaredType;
}

/** The fields of every object. Expressions see their names. */
const rootProperties: { readonly [name: string]: JsonSchema } = {
  apiVersion: { type: 'string' },
  kind: { type: 'string' },
  metadata: { type: 'object', properties: { name: { type: 'string' }, generateName: { type: 'string' } } },
};

/**
 * The type that values of a schema have in expressions; undefined for a schema that says nothing they could see. `name` is what struct
 * types are called after.
 */
export function declaredType(schema: JsonSchema, isRoot: boolean, name: string): DeclaredType | undefined {
  if (schema['x-kubernetes-int-or-string'] === true) {
    const maxElements = schema.maxLength === undefined ? maxRequestBytes - 2 : Math.max(0, schema.maxLength) * 4;
    return { type: types.dyn, schema, maxElements, minBytes: 1 };
  }
  switch (schema.type) {
    case 'array':
      return declaredList(schema, name);
    case 'object':
      return declaredObject(
        isRoot ? { ...schema, properties: { ...schema.properties, ...rootProperties } } : schema,
        name,
      );
    case 'string':
      return declaredText(schema);
    case 'boolean':
      return { type: types.bool, schema, maxElements: 0, minBytes: 4 };
    case 'number':
      return { type: types.double, schema, maxElements: 0, minBytes: 1 };
    case 'integer':
      return { type: types.int, schema, maxElements: 0, minBytes: 1 };
    default:
      return undefined;
  }
}

const isEmbedded = (schema: JsonSchema): boolean => schema['x-kubernetes-embedded-resource'] === true;

function declaredList(schema: JsonSchema, name: string): DeclaredType | undefined {
  const { items, maxItems } = schema;
  const element = items === undefined ? undefined : declaredType(items, isEmbedded(items), `${name}.@idx`);
  if (element === undefined) return undefined;
  const most =
    maxItems === undefined ? Math.floor((maxRequestBytes - 2) / (element.minBytes + 1)) : Math.max(0, maxItems);
  return { type: listType(element.type), schema, maxElements: most, minBytes: 2, element };
}

function declaredObject(schema: JsonSchema, name: string): DeclaredType | undefined {
  const { additionalProperties: values, maxProperties } = schema;
  if (typeof values === 'object') {
    const element = declaredType(values, isEmbedded(values), `${name}.@elem`);
    if (element === undefined) return undefined;
    const most =
      maxProperties === undefined
        ? Math.floor((maxRequestBytes - 2) / (element.minBytes + 6))
        : Math.max(0, maxProperties);
    return { type: mapType(types.string, element.type), schema, maxElements: most, minBytes: 2, element };
  }
  const fields = new Map<string, DeclaredField>();
  let minBytes = 2;
  for (const [property, inner] of Object.entries(schema.properties ?? {})) {
    const escaped = celName(property);
    const declared = declaredType(inner, isEmbedded(inner), `${name}.${escaped ?? property}`);
    if (declared === undefined) continue;
    if (escaped !== undefined) fields.set(escaped, { name: property, declared });
    if (schema.required?.includes(property) === true && (inner.default === undefined || inner.default === null)) {
      minBytes += Buffer.byteLength(property) + declared.minBytes + 4;
    }
  }
  return { type: structType(name), schema, maxElements: 0, minBytes, fields };
}

function declaredText(schema: JsonSchema): DeclaredType {
  const { maxLength, format } = schema;
  switch (format) {
    case 'byte':
      return {
        type: types.bytes,
        schema,
        maxElements: maxLength === undefined ? maxRequestBytes - 2 : Math.max(0, maxLength),
        minBytes: 2,
      };
    case 'duration':
      return { type: types.duration, schema, maxElements: maxMoment, minBytes: 3 };
    case 'date':
      return { type: types.timestamp, schema, maxElements: dateLength, minBytes: dateLength };
    case 'date-time':
      return { type: types.timestamp, schema, maxElements: maxMoment, minBytes: 21 };
    default:
      return { type: types.string, schema, maxElements: maxTextLength(schema), minBytes: 2 };
  }
}

function maxTextLength({ maxLength, enum: allowed = [] }: JsonSchema): number {
  if (maxLength !== undefined) return Math.max(0, maxLength) * 4;
  if (allowed.length === 0) return maxRequestBytes - 2;
  return Math.max(0, ...allowed.map((one) => (typeof one === 'string' ? Buffer.byteLength(one) : 0)));
}

/** The struct types within a type, by name, with the types of their fields. */
export function structsOf(
  declared: DeclaredType,
  out = new Map<string, Map<string, CelType>>(),
): Map<string, Map<string, CelType>> {
  if (declared.element !== undefined) structsOf(declared.element, out);
  if (declared.fields === undefined) return out;
  const fields = new Map([...declared.fields].map(([name, field]) => [name, field.declared.type] as const));
  // After a dot a word that CEL keeps for itself is a name too.
  for (const [name, type] of [...fields])
    if (/^__[a-z]+__$/.test(name)) fields.set(keyword(name, declared) ?? name, type);
  out.set(declared.type.name, fields);
  for (const field of declared.fields.values()) structsOf(field.declared, out);
  return out;
}

/**
 * Returns the greatest size of the value at the end of a path that begins at a value of the type. Undefined if the path leads nowhere.
 */
export function sizeAlong(declared: DeclaredType, path: readonly string[]): number | undefined {
  let here: DeclaredType | undefined = declared;
  for (const [index, step] of path.entries()) {
    // Nobody counts how long keys are.
    if (step === '@keys') return here?.type.kind === 'map' && index === path.length - 1 ? 0 : undefined;
    here = step === '@items' || step === '@values' ? here?.element : here?.fields?.get(step)?.declared;
    if (here === undefined) return undefined;
  }
  return here?.maxElements;
}

/** The word of CEL that a field's escaped name stands for; undefined where it stands for none. */
function keyword(escaped: string, { fields }: DeclaredType): string | undefined {
  const name = escaped.slice(2, -2);
  return fields?.get(escaped)?.name === name ? name : undefined;
}
