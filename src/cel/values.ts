import type { Meter } from './meter.js';
import { type CelType, listType, mapType, structType, types, typeType } from './types.js';

/** Any value an expression can have: an int is a bigint, a double a number. */
export type CelValue =
  | null
  | boolean
  | bigint
  | number
  | string
  | Uint8Array
  | CelUint
  | CelTime
  | CelDuration
  | CelTypeValue
  | CelOptional
  | CelMap
  | CelOpaque
  | readonly CelValue[];

/** An error of an evaluation. An operator may still ignore it: `true || error` is true. */
export class CelError extends Error {}

/** The error of operands that no operator or function takes. */
export function noSuchOverload(): CelError {
  return new CelError('no such overload');
}

/** An unsigned number. */
export class CelUint {
  constructor(readonly value: bigint) {}
}

/** A moment, in nanoseconds since 1970. */
export class CelTime {
  constructor(
    readonly nanos: bigint,
    /** The minutes east of UTC in which the moment was written. It matters only where the moment becomes a string. */
    readonly offset = 0,
  ) {}
}

/** A length of time in nanoseconds. */
export class CelDuration {
  constructor(readonly nanos: bigint) {}
}

/** A type as a value. */
export class CelTypeValue {
  constructor(readonly type: CelType) {}
}

/** A value that may be absent. */
export class CelOptional {
  static readonly none = new CelOptional(undefined);

  constructor(readonly value: CelValue | undefined) {}
}

/** Anything with fields or keys. */
export interface CelMap {
  readonly isMap: true;
  /** `map`, or the type of an object whose fields are known. */
  readonly type: CelType;
  readonly size: number;
  get(key: CelValue): CelValue | undefined;
  keys(): readonly CelValue[];
}

/** A value that only the functions of a library can read. */
export abstract class CelOpaque {
  abstract readonly type: CelType;
  /** The size for the cost of a call, or undefined. */
  get size(): number | undefined {
    return undefined;
  }

  abstract equals(other: CelOpaque): boolean;
}

/** A map made by an expression. */
export class EntryMap implements CelMap {
  readonly isMap = true;
  readonly type = mapType(types.dyn, types.dyn);
  readonly #entries = new Map<string, readonly [key: CelValue, value: CelValue]>();

  constructor(entries: Iterable<readonly [CelValue, CelValue]>) {
    for (const [key, value] of entries) this.#entries.set(keyOf(key), [key, value]);
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: CelValue): CelValue | undefined {
    return this.#entries.get(keyOf(key))?.[1];
  }

  keys(): readonly CelValue[] {
    return [...this.#entries.values()].map(([key]) => key);
  }

  /** Adds an entry. Throws a CelError if the key exists. */
  insert(key: CelValue, value: CelValue): void {
    const id = keyOf(key);
    if (this.#entries.has(id)) throw new CelError(`insert failed: key ${String(key)} already exists`);
    this.#entries.set(id, [key, value]);
  }

  entries(): IterableIterator<readonly [CelValue, CelValue]> {
    return this.#entries.values();
  }
}

/** An object an expression makes of a type: its fields as they were given. */
export class StructValue implements CelMap {
  readonly isMap = true;
  readonly type: CelType;

  constructor(
    name: string,
    readonly fields: ReadonlyMap<string, CelValue>,
  ) {
    this.type = structType(name);
  }

  get size(): number {
    return this.fields.size;
  }

  get(key: CelValue): CelValue | undefined {
    return typeof key === 'string' ? this.fields.get(key) : undefined;
  }

  keys(): readonly CelValue[] {
    return [...this.fields.keys()];
  }
}

/** A key that tells keys apart: equal numbers are one key, whatever their type. */
function keyOf(key: CelValue): string {
  if (typeof key === 'string') return `s${key}`;
  if (typeof key === 'bigint') return `n${key}`;
  if (key instanceof CelUint) return `n${key.value}`;
  if (typeof key === 'number' && Number.isInteger(key)) return `n${BigInt(key)}`;
  return `o${String(key)}`;
}

/** Reports whether a value is a list. */
export function isList(value: CelValue): value is readonly CelValue[] {
  return Array.isArray(value);
}

/** Reports whether a value is a map or an object. */
export function isMap(value: CelValue): value is CelMap {
  return typeof value === 'object' && value !== null && 'isMap' in value;
}

/** The type a value has at run time. */
export function typeOf(value: CelValue): CelType {
  switch (typeof value) {
    case 'boolean':
      return types.bool;
    case 'bigint':
      return types.int;
    case 'number':
      return types.double;
    case 'string':
      return types.string;
    default:
      return typeOfObject(value);
  }
}

function typeOfObject(value: Exclude<CelValue, boolean | bigint | number | string>): CelType {
  if (value === null) return types.null;
  if (isList(value)) return listType(types.dyn);
  if (value instanceof Uint8Array) return types.bytes;
  if (value instanceof CelUint) return types.uint;
  if (value instanceof CelTime) return types.timestamp;
  if (value instanceof CelDuration) return types.duration;
  if (value instanceof CelTypeValue) return typeType(value.type);
  if (value instanceof CelOptional) return { kind: 'opaque', name: 'optional_type', params: [types.dyn] };
  return value.type;
}

/** Returns the size of a value for the cost of a call: characters, bytes, items or entries, and 1 for others. */
export function sizeOf(value: CelValue): number {
  if (typeof value === 'string') return lengthOf(value);
  if (typeof value !== 'object' || value === null) return 1;
  if (value instanceof Uint8Array || isList(value)) return value.length;
  if (isMap(value)) return value.size;
  if (value instanceof CelOptional) return value.value === undefined ? 1 : sizeOf(value.value);
  return value instanceof CelOpaque ? (value.size ?? 1) : 1;
}

const surrogate = /[\ud800-\udfff]/;

/** True if a text has characters that take two units of UTF-16: then indexes are not those of the characters. */
export function hasSurrogates(text: string): boolean {
  return surrogate.test(text);
}

/** The length of a text in characters. */
export function lengthOf(text: string): number {
  if (!hasSurrogates(text)) return text.length;
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** Lists in which the order says nothing, with the fields that tell their items apart; none where the items themselves do. */
const unordered = new WeakMap<readonly CelValue[], readonly string[]>();

/** Marks a list as a set, or as a map by `keys`. */
export function markList(list: readonly CelValue[], keys: readonly string[]): void {
  unordered.set(list, keys);
}

/** Returns the parts that tell items of a marked list apart: the item itself, or its fields `keys`. */
function identity(item: CelValue, keys: readonly string[]): readonly CelValue[] {
  if (keys.length === 0) return [item];
  const isObject = typeof item === 'object' && item !== null && !isList(item) && isMap(item);
  return keys.map((key) => (isObject ? (item.get(key) ?? null) : null));
}

/** Finds items of a marked list by their identity: at once where it is made of scalars, else one after the other. */
class ItemIndex {
  readonly #places = new Map<string, number>();
  /** The places of items whose identity is not made of scalars. */
  readonly #others: number[] = [];

  constructor(
    private readonly items: CelValue[],
    private readonly keys: readonly string[],
    private readonly meter: Meter,
  ) {
    items.forEach((_item, place) => {
      this.#add(place);
    });
  }

  /** Returns the place of the first item with the same identity, or -1. */
  find(item: CelValue): number {
    const wanted = identity(item, this.keys);
    const id = scalarId(wanted);
    if (id !== undefined) return this.#places.get(id) ?? -1;
    const isSame = (place: number): boolean => {
      const parts = identity(this.items[place] ?? null, this.keys);
      return parts.every((part, i) => equalValues(part, wanted[i] ?? null, this.meter));
    };
    return this.#others.find(isSame) ?? -1;
  }

  push(item: CelValue): void {
    this.items.push(item);
    this.#add(this.items.length - 1);
  }

  #add(place: number): void {
    this.meter.visit(1);
    const id = scalarId(identity(this.items[place] ?? null, this.keys));
    if (id === undefined) this.#others.push(place);
    else if (!this.#places.has(id)) this.#places.set(id, place);
  }
}

/** Returns a string that is the same for equal scalars, or undefined if one of the values is not a scalar. */
function scalarId(values: readonly CelValue[]): string | undefined {
  const ids = values.map((value) => {
    if (value === null || typeof value === 'boolean') return String(value);
    if (typeof value === 'number')
      return Number.isNaN(value) ? undefined : `n${Number.isInteger(value) ? BigInt(value) : value}`;
    if (typeof value === 'string' || typeof value === 'bigint' || value instanceof CelUint) return keyOf(value);
    return undefined;
  });
  return ids.includes(undefined) ? undefined : JSON.stringify(ids);
}

/** Both lists in one; of those marked, each item once, and of two that stand for the same the later one. */
export function joinedLists(a: readonly CelValue[], b: readonly CelValue[], meter: Meter): readonly CelValue[] {
  meter.grow(a.length + b.length);
  const keys = unordered.get(a);
  if (keys === undefined) return a.concat(b);
  const out = [...a];
  const index = new ItemIndex(out, keys, meter);
  for (const item of b) {
    const at = index.find(item);
    if (at < 0) index.push(item);
    else out[at] = item;
  }
  markList(out, keys);
  return out;
}

function equalLists(a: readonly CelValue[], b: readonly CelValue[], meter: Meter): boolean {
  if (a.length !== b.length) return false;
  const keys = unordered.get(a);
  if (keys === undefined) return a.every((item, i) => equalValues(item, b[i] ?? null, meter));
  const index = new ItemIndex([...b], keys, meter);
  return a.every((item) => {
    const at = index.find(item);
    return at >= 0 && equalValues(b[at] ?? null, item, meter);
  });
}

/** True if two values are the same: numbers by value, lists and maps part by part. Values of different types never are. */
export function equalValues(a: CelValue, b: CelValue, meter: Meter): boolean {
  meter.visit(1);
  if (a === b) return true;
  const [x, y] = [numberOf(a), numberOf(b)];
  if (x !== undefined && y !== undefined) return compareNumbers(x, y) === 0;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (isList(a)) return isList(b) && equalLists(a, b, meter);
  if (a instanceof Uint8Array) return b instanceof Uint8Array && Buffer.compare(a, b) === 0;
  if (a instanceof CelTime) return b instanceof CelTime && a.nanos === b.nanos;
  if (a instanceof CelDuration) return b instanceof CelDuration && a.nanos === b.nanos;
  if (a instanceof CelTypeValue) return b instanceof CelTypeValue && a.type.name === b.type.name;
  if (a instanceof CelOptional) return b instanceof CelOptional && equalOptionals(a, b, meter);
  if (a instanceof CelOpaque) return b instanceof CelOpaque && a.type.name === b.type.name && a.equals(b);
  return isMap(a) && isMap(b) && equalMaps(a, b, meter);
}

function equalOptionals(a: CelOptional, b: CelOptional, meter: Meter): boolean {
  if (a.value === undefined || b.value === undefined) return a.value === b.value;
  return equalValues(a.value, b.value, meter);
}

function equalMaps(a: CelMap, b: CelMap, meter: Meter): boolean {
  if (a.size !== b.size) return false;
  meter.visit(a.size);
  return a.keys().every((key) => {
    const [x, y] = [a.get(key), b.get(key)];
    return x !== undefined && y !== undefined && equalValues(x, y, meter);
  });
}

function numberOf(value: CelValue): bigint | number | undefined {
  if (typeof value === 'bigint' || typeof value === 'number') return value;
  return value instanceof CelUint ? value.value : undefined;
}

/** Compares numbers as cel-go does: an integer loses digits when it is compared with a double. NaN for what has no order. */
function compareNumbers(a: bigint | number, b: bigint | number): number {
  const [x, y] = typeof a === typeof b ? [a, b] : [Number(a), Number(b)];
  return x === y ? 0 : x < y ? -1 : x > y ? 1 : Number.NaN;
}

const order = <T>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0);

/** Less than, equal to or greater than zero as `a` is to `b`. Throws a CelError for what has no order. */
export function compareValues(a: CelValue, b: CelValue): number {
  const [x, y] = [numberOf(a), numberOf(b)];
  if (x !== undefined && y !== undefined) {
    const result = compareNumbers(x, y);
    if (Number.isNaN(result)) throw new CelError('NaN values cannot be ordered');
    return result;
  }
  if (typeof a === 'string' && typeof b === 'string') return compareTexts(a, b);
  if (typeof a === 'boolean' && typeof b === 'boolean') return order(a, b);
  if (a instanceof CelTime && b instanceof CelTime) return order(a.nanos, b.nanos);
  if (a instanceof CelDuration && b instanceof CelDuration) return order(a.nanos, b.nanos);
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b);
  throw noSuchOverload();
}

/** The order of Go, by bytes: JavaScript's own differs beyond the basic plane. */
function compareTexts(a: string, b: string): number {
  return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b));
}
