import { goTypeOf, type TypeFact, typeFact } from '../../wire/protobuf/field-facts.js';

export { wireTypeOfKind } from '../../wire/protobuf/field-facts.js';

/** The JSON form of a built-in type: its fields, and those that are left out when they are empty. */
export type WireType =
  /** A form of its own: times, quantities, anything. */
  | { readonly form: 'custom' }
  /** A named list. */
  | { readonly form: 'list'; readonly item: Element }
  | WireStruct;

/** A type with fields. */
export interface WireStruct {
  readonly form: 'struct';
  readonly fields: ReadonlyMap<string, WireField>;
  /** The same in the order of the JSON form: a field's `index` is its place. */
  readonly order: readonly WireField[];
  /** Those that show even when nobody gave them, in that order; worked out when first needed. */
  shown?: readonly WireField[];
}

/** The Go types without a wire type. */
export type Scalar = 'string' | 'bool' | 'int32' | 'int64' | 'float64' | 'bytes';

/** The type of a field, or of its items or values. */
export interface Element {
  /** A Go type: a scalar, or the name of a wire type. */
  readonly type: string;
  readonly scalar: Scalar | undefined;
  /** The wire type; looked up when first needed, because types may refer to themselves. */
  wire?: WireType;
}

/** One field of a struct. */
export interface WireField extends Element {
  readonly name: string;
  readonly list: boolean;
  readonly map: boolean;
  /** Left out when it is empty: an empty string, zero, false, an empty list or map. */
  readonly omitEmpty: boolean;
  /** Left out when it is a struct of zeros. */
  readonly omitZero: boolean;
  /** Left out when absent, but kept when it is zero. */
  readonly pointer: boolean;
  /** True for a map of amounts of resources, which are rounded up to the thousandth. */
  readonly amounts: boolean;
  /** Its place in the JSON form of the struct. */
  readonly index: number;
  /**
   * The wrapped value that the field shows when it is absent. It is computed when first needed, because types may refer to themselves.
   */
  absent?: { readonly value: unknown };
}

const scalars: ReadonlySet<string> = new Set<Scalar>(['string', 'bool', 'int32', 'int64', 'float64', 'bytes']);

function isScalar(type: string): type is Scalar {
  return scalars.has(type);
}

/** Returns the wire type of an element other than a scalar. */
export function wireTypeOf(element: Element): WireType {
  element.wire ??= wireType(element.type);
  return element.wire;
}

const parsed = new Map<string, WireType>();

/** A type by name. An unknown one takes anything. */
export function wireType(name: string): WireType {
  const known = parsed.get(name);
  if (known !== undefined) return known;
  const type = parse(name, typeFact(name));
  parsed.set(name, type);
  return type;
}

function element(type: string): Element {
  return { type, scalar: isScalar(type) ? type : undefined };
}

function parse(owner: string, raw: TypeFact | undefined): WireType {
  if (raw === undefined) return { form: 'custom' };
  if (typeof raw === 'string') return { form: 'list', item: element(raw) };
  const fields = new Map<string, WireField>();
  for (const [name, type, , flags = ''] of raw) {
    if (flags.includes('i')) {
      // The fields of an embedded struct stand in its parent.
      const inner = wireType(type);
      if (inner.form === 'struct') for (const [key, field] of inner.fields) fields.set(key, field);
      continue;
    }
    fields.set(name, {
      name,
      ...element(type),
      list: flags.includes('l'),
      map: flags.includes('m'),
      omitEmpty: flags.includes('o'),
      omitZero: flags.includes('z'),
      pointer: flags.includes('p'),
      amounts: owner.startsWith('core/') && goTypeOf(`${owner}.${name}`) === 'v1.ResourceList',
      index: 0,
    });
  }
  const order = [...fields.values()].map((field, index): WireField => ({ ...field, index }));
  return { form: 'struct', fields: new Map(order.map((field) => [field.name, field])), order };
}
