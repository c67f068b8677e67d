import { CelFormat } from './format-library.js';
import type { Meter } from './meter.js';
import { CelOpaque, CelTypeValue, type CelValue, isList, isMap, sizeOf } from './values.js';

const textFactor = 0.1;
const patternFactor = 0.25;

/** Returns the cost of looking at every part of a value. */
function traversal(value: CelValue, meter: Meter): number {
  meter.visit(1);
  if (typeof value === 'string') return Math.trunc(Buffer.byteLength(value) * textFactor);
  if (value instanceof Uint8Array) return Math.trunc(value.length * textFactor);
  if (isList(value)) return value.reduce<number>((sum, item) => sum + traversal(item, meter), 0);
  if (typeof value === 'object' && value !== null && !(value instanceof CelTypeValue) && isMap(value)) {
    const entry = (key: CelValue): number => traversal(key, meter) + traversal(value.get(key) ?? null, meter);
    return value.keys().reduce<number>((sum, key) => sum + entry(key), 0);
  }
  return 1;
}

const texts = (size: number, times = 1): number => Math.ceil(size * times * textFactor);

function pattern(text: number, length: number): number {
  return Math.ceil((1 + text) * textFactor) * Math.ceil(length * patternFactor);
}

function selector(length: number): number {
  return 10 + texts(length) + Math.ceil(Math.ceil(length * 0.5) * 50);
}

type Coster = (args: readonly CelValue[], id: string, meter: Meter) => number;

const first: Coster = ([a = null]) => texts(sizeOf(a));
const twice: Coster = ([a = null]) => texts(sizeOf(a), 2);
const traversed: Coster = ([a = null], _id, meter) => traversal(a, meter);
const one: Coster = () => 1;
const least: Coster = ([a = null, b = null]) => texts(Math.min(sizeOf(a), sizeOf(b)));
const both: Coster = ([a = null, b = null]) => texts(sizeOf(a) + sizeOf(b));
const found: Coster = ([a = null, b = null]) => pattern(sizeOf(a), sizeOf(b));
const selected: Coster = ([, a = null]) => selector(sizeOf(a));
const listed = (factor: number, size: number): number => Math.trunc(size * factor) + 1 + 10;

const wholeOf = (value: CelValue | undefined): number => (typeof value === 'bigint' ? Number(value) : 0);

/** The length of the text that `join` makes. */
function joinedLength(list: CelValue | undefined, by: CelValue): number {
  if (list === undefined || !isList(list)) return 0;
  return list.reduce<number>((sum, item) => sum + sizeOf(item), Math.max(0, list.length - 1) * sizeOf(by));
}

function selfCompared(list: CelValue | undefined): number {
  const [item] = list !== undefined && isList(list) ? list : [];
  const factor = typeof item === 'string' || item instanceof Uint8Array ? 2.1 : 2;
  return listed(factor, list === undefined ? 0 : sizeOf(list) ** 2);
}

/** The cost of calls by the function's name, if it is not 1: kube-apiserver's own functions and cel-go's extensions. */
const byName: { readonly [name: string]: Coster } = {
  check: () => 350_000,
  fieldSelector: selected,
  labelSelector: selected,
  isSorted: traversed,
  sum: traversed,
  max: traversed,
  min: traversed,
  indexOf: traversed,
  lastIndexOf: traversed,
  url: first,
  lowerAscii: first,
  upperAscii: first,
  substring: first,
  trim: first,
  'jsonpatch.escapeKey': first,
  replace: twice,
  split: twice,
  join: ([list, by = '']) => texts(joinedLength(list, by), 2),
  find: found,
  findAll: found,
  cidr: first,
  isIP: first,
  isCIDR: first,
  ip: (args, id, meter) => (id === 'cidr_ip' ? 1 : first(args, id, meter)),
  'ip.isCanonical': twice,
  containsIP: ([a = null, b = null], id) =>
    texts(2 * sizeOf(a)) + (id === 'cidr_contains_ip_string' ? texts(sizeOf(b)) : 0),
  containsCIDR: ([a = null, b = null], id) =>
    texts(2 * sizeOf(a)) + texts(sizeOf(a)) + 1 + (id === 'cidr_contains_cidr_string' ? texts(sizeOf(b)) : 0),
  quantity: first,
  isQuantity: first,
  semver: first,
  isSemver: first,
  validate: ([format, text = null]) => (format instanceof CelFormat ? pattern(sizeOf(text), format.patternLength) : 1),
  '_==_': (args, id, meter) => (args[0] instanceof CelOpaque ? 1 : least(args, id, meter)),
  '_!=_': least,
  startsWith: first,
  endsWith: first,
  slice: ([, start, end]) => listed(1, Math.max(0, wholeOf(end) - wholeOf(start))),
  'lists.range': ([count]) => listed(1, Math.max(0, wholeOf(count))),
  reverse: ([list = null]) => listed(1, sizeOf(list)),
  flatten: ([list = null, depth = 1n]) => listed(wholeOf(depth), sizeOf(list)),
  distinct: ([list]) => selfCompared(list),
  sort: ([list]) => selfCompared(list),
  '@sortByAssociatedKeys': ([, keys]) => selfCompared(keys),
  'sets.contains': (args) => sets(args),
  'sets.intersects': (args) => sets(args),
  'sets.equivalent': (args) => 2 * (sets(args) - 1) + 1,
};

function sets([a = null, b = null]: readonly CelValue[]): number {
  return sizeOf(a) * sizeOf(b) + 1;
}

/** The same by the overload, where only some of a function's cost more. */
const byOverload: { readonly [id: string]: Coster } = {
  string_to_bytes: first,
  bytes_to_string: first,
  strings_quote: first,
  string_format: first,
  in_list: ([, list = null]) => sizeOf(list),
  add_string: both,
  add_bytes: both,
  matches_string: found,
  contains_string: ([a = null, b = null]) => texts(sizeOf(a)) * texts(sizeOf(b)),
  ...Object.fromEntries(
    ['less', 'less_equals', 'greater', 'greater_equals'].flatMap((word) => [
      [`${word}_string`, least],
      [`${word}_bytes`, least],
    ]),
  ),
};

/**
 * Returns the cost of a call in the units of cel-go, before it is made. `id` is the overload, '' where it is only found at run
 * time.
 */
export function callCost(name: string, id: string, args: readonly CelValue[], meter: Meter): number {
  const coster = byName[name] ?? byOverload[id] ?? one;
  return coster(args, id, meter);
}
