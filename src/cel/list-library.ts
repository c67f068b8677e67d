import type { Functions } from './functions.js';
import type { Meter } from './meter.js';
import { checkedDuration, checkedInt, checkedUint } from './numbers.js';
import { CelDuration, CelError, CelUint, type CelValue, compareValues, equalValues, isList, typeOf } from './values.js';

type List = readonly CelValue[];

const comparable = ['int', 'uint', 'double', 'bool', 'duration', 'timestamp', 'string', 'bytes'];

/** Lists as Kubernetes and cel-go's extension (version 3) extend them, and sets. */
export function listLibrary(functions: Functions): void {
  for (const type of comparable) {
    functions
      .add('isSorted', `list_${type}_is_sorted_bool`, `list(${type}).(): bool`, (list: List) =>
        list.every((one, i) => i === 0 || compareValues(list[i - 1] ?? one, one) <= 0),
      )
      .add('max', `list_${type}_max_${type}`, `list(${type}).(): ${type}`, (list: List) => extreme(list, 'max', 1))
      .add('min', `list_${type}_min_${type}`, `list(${type}).(): ${type}`, (list: List) => extreme(list, 'min', -1));
  }
  functions
    .add('sum', 'list_int_sum_int', 'list(int).(): int', (list: readonly bigint[]) =>
      list.reduce((a, b) => checkedInt(a + b), 0n),
    )
    .add('sum', 'list_uint_sum_uint', 'list(uint).(): uint', (list: readonly CelUint[]) =>
      list.reduce((a, b) => checkedUint(a.value + b.value), new CelUint(0n)),
    )
    .add('sum', 'list_double_sum_double', 'list(double).(): double', (list: readonly number[]) =>
      list.reduce((a, b) => a + b, 0),
    )
    .add('sum', 'list_duration_sum_duration', 'list(duration).(): duration', (list: readonly CelDuration[]) =>
      list.reduce((a, b) => checkedDuration(a.nanos + b.nanos), new CelDuration(0n)),
    )
    .add('indexOf', 'list_a_index_of_int', 'list(A).(A): int', (list: List, item: CelValue, meter: Meter) =>
      BigInt(list.findIndex((one) => equalValues(one, item, meter))),
    )
    .add('lastIndexOf', 'list_a_last_index_of_int', 'list(A).(A): int', (list: List, item: CelValue, meter: Meter) =>
      BigInt(list.findLastIndex((one) => equalValues(one, item, meter))),
    );
  extensions(functions);
  sets(functions);
}

function extreme(list: List, name: string, sign: number): CelValue {
  const [first, ...rest] = list;
  if (first === undefined) throw new CelError(`${name} called on empty list`);
  return rest.reduce((a, b) => (Math.sign(compareValues(b, a)) === sign ? b : a), first);
}

function extensions(functions: Functions): void {
  functions
    .add('slice', 'list_slice', 'list(T).(int, int): list(T)', slice)
    .add('flatten', 'list_flatten', 'list(list(T)).(): list(T)', (list: List, meter: Meter) => flatten(list, 1n, meter))
    .add('flatten', 'list_flatten_int', 'list(dyn).(int): list(dyn)', flatten)
    .add('lists.range', 'lists_range', '(int): list(int)', range)
    .add('reverse', 'list_reverse', 'list(T).(): list(T)', (list: List, meter: Meter) => {
      meter.grow(list.length);
      return [...list].reverse();
    })
    .add('distinct', 'list_distinct', 'list(T).(): list(T)', distinct);
  for (const type of comparable) {
    functions
      .add('sort', `list_${type}_sort`, `list(${type}).(): list(${type})`, (list: List) => sortedBy(list, list))
      .add('@sortByAssociatedKeys', `list_${type}_sortByAssociatedKeys`, `list(T).(list(${type})): list(T)`, sortedBy);
  }
}

function slice(list: List, start: bigint, end: bigint, meter: Meter): List {
  const what = `cannot slice(${start}, ${end})`;
  if (start < 0n || end < 0n) throw new CelError(`${what}, negative indexes not supported`);
  if (start > end) throw new CelError(`${what}, start index must be less than or equal to end index`);
  if (end > BigInt(list.length)) throw new CelError(`${what}, list is length ${list.length}`);
  meter.grow(Number(end - start));
  return list.slice(Number(start), Number(end));
}

function flatten(list: List, depth: bigint, meter: Meter): List {
  if (depth < 0n) throw new CelError('level must be non-negative');
  const out: CelValue[] = [];
  const add = (items: List, left: bigint): void => {
    meter.grow(items.length);
    for (const one of items) {
      if (isList(one) && left > 0n) add(one, left - 1n);
      else out.push(one);
    }
  };
  add(list, depth);
  return out;
}

function distinct(list: List, meter: Meter): List {
  const out: CelValue[] = [];
  for (const one of list) if (!out.some((other) => equalValues(one, other, meter))) out.push(one);
  return out;
}

function range(count: bigint, meter: Meter): List {
  if (count > 0n) meter.grow(Number(count));
  return Array.from({ length: count < 0n ? 0 : Number(count) }, (_, i) => BigInt(i));
}

function sortedBy(list: List, keys: List): List {
  if (list.length !== keys.length) {
    throw new CelError(
      `@sortByAssociatedKeys() expected a list of the same size as the associated keys list, but got ${list.length} and ${keys.length} elements respectively`,
    );
  }
  const [first] = keys;
  if (first === undefined) return list;
  if (keys.some((key) => typeOf(key).kind !== typeOf(first).kind))
    throw new CelError('list elements must have the same type');
  const order = keys.map((key, i) => [key, i] as const).sort(([a], [b]) => compareValues(a, b));
  return order.map(([, i]) => list[i] ?? null);
}

function sets(functions: Functions): void {
  const has = (list: List, item: CelValue, meter: Meter): boolean => list.some((one) => equalValues(one, item, meter));
  const contains = (list: List, other: List, meter: Meter): boolean => other.every((one) => has(list, one, meter));
  functions
    .add('sets.contains', 'list_sets_contains_list', '(list(T), list(T)): bool', contains)
    .add(
      'sets.equivalent',
      'list_sets_equivalent_list',
      '(list(T), list(T)): bool',
      (a: List, b: List, meter: Meter) => contains(a, b, meter) && contains(b, a, meter),
    )
    .add('sets.intersects', 'list_sets_intersects_list', '(list(T), list(T)): bool', (a: List, b: List, meter: Meter) =>
      a.some((one) => has(b, one, meter)),
    );
}
