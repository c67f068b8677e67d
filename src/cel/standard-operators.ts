import type { Functions } from './functions.js';
import type { Meter } from './meter.js';
import { checkedDuration, checkedInt, checkedTime, checkedUint } from './numbers.js';
import {
  CelDuration,
  CelError,
  type CelMap,
  CelOptional,
  CelTime,
  CelUint,
  type CelValue,
  compareValues,
  equalValues,
  joinedLists,
  noSuchOverload,
} from './values.js';

/** The operators of CEL. Those that need not look at all operands (`&&`, `? :`) are run by the planner and only declared here. */
export function standardOperators(functions: Functions): void {
  const special = (): never => {
    throw noSuchOverload();
  };
  functions
    .add('_?_:_', 'conditional', '(bool, A, A): A', special)
    .add('_&&_', 'logical_and', '(bool, bool): bool', special)
    .add('_||_', 'logical_or', '(bool, bool): bool', special)
    .add('!_', 'logical_not', '(bool): bool', (value: boolean) => !value)
    .add('@not_strictly_false', 'not_strictly_false', '(bool): bool', special)
    .add('_==_', 'equals', '(A, A): bool', (a: CelValue, b: CelValue, meter: Meter) => equalValues(a, b, meter))
    .add('_!=_', 'not_equals', '(A, A): bool', (a: CelValue, b: CelValue, meter: Meter) => !equalValues(a, b, meter));
  arithmetic(functions);
  for (const [name, word, holds] of comparisons) comparison(functions, name, word, holds);
  functions
    .add('_[_]', 'index_list', '(list(A), int): A', special)
    .add('_[_]', 'index_map', '(map(A, B), A): B', special)
    .add('_[_]', 'optional_list_index_int', '(optional(list(V)), int): optional(V)', special)
    .add('_[_]', 'optional_map_index_value', '(optional(map(K, V)), K): optional(V)', special)
    .add('@in', 'in_list', '(A, list(A)): bool', (value: CelValue, list: readonly CelValue[], meter: Meter) =>
      list.some((one) => equalValues(one, value, meter)),
    )
    .add('@in', 'in_map', '(A, map(A, B)): bool', (key: CelValue, map: CelMap) => map.get(key) !== undefined)
    .add('_?._', 'select_optional_field', '(dyn, string): optional(V)', special)
    .add('_[?_]', 'list_optindex_optional_int', '(list(V), int): optional(V)', special)
    .add('_[?_]', 'optional_list_optindex_optional_int', '(optional(list(V)), int): optional(V)', special)
    .add('_[?_]', 'map_optindex_optional_value', '(map(K, V), K): optional(V)', special)
    .add('_[?_]', 'optional_map_optindex_optional_value', '(optional(map(K, V)), K): optional(V)', special);
  inserts(functions, special);
}

function divide(a: bigint, b: bigint, by: (a: bigint, b: bigint) => bigint, why: string): bigint {
  if (b === 0n) throw new CelError(why);
  return by(a, b);
}

const quotient = (a: bigint, b: bigint): bigint => a / b;
const rest = (a: bigint, b: bigint): bigint => a % b;

function arithmetic(functions: Functions): void {
  const ints = (name: string, id: string, run: (a: bigint, b: bigint) => bigint): void => {
    functions.add(name, `${id}_int64`, '(int, int): int', (a: bigint, b: bigint) => checkedInt(run(a, b)));
    functions.add(name, `${id}_uint64`, '(uint, uint): uint', (a: CelUint, b: CelUint) =>
      checkedUint(run(a.value, b.value)),
    );
  };
  const doubles = (name: string, id: string, run: (a: number, b: number) => number): void => {
    functions.add(name, `${id}_double`, '(double, double): double', run);
  };
  functions
    .add('_+_', 'add_bytes', '(bytes, bytes): bytes', (a: Uint8Array, b: Uint8Array) => Buffer.concat([a, b]))
    .add('_+_', 'add_double', '(double, double): double', (a: number, b: number) => a + b)
    .add('_+_', 'add_duration_duration', '(duration, duration): duration', (a: CelDuration, b: CelDuration) =>
      checkedDuration(a.nanos + b.nanos),
    )
    .add('_+_', 'add_duration_timestamp', '(duration, timestamp): timestamp', (a: CelDuration, b: CelTime) =>
      checkedTime(a.nanos + b.nanos, b.offset),
    )
    .add('_+_', 'add_timestamp_duration', '(timestamp, duration): timestamp', (a: CelTime, b: CelDuration) =>
      checkedTime(a.nanos + b.nanos, a.offset),
    )
    .add('_+_', 'add_list', '(list(A), list(A)): list(A)', joinedLists)
    .add('_+_', 'add_string', '(string, string): string', (a: string, b: string) => a + b);
  ints('_+_', 'add', (a, b) => a + b);
  ints('_-_', 'subtract', (a, b) => a - b);
  ints('_*_', 'multiply', (a, b) => a * b);
  ints('_/_', 'divide', (a, b) => divide(a, b, quotient, 'division by zero'));
  ints('_%_', 'modulo', (a, b) => divide(a, b, rest, 'modulus by zero'));
  doubles('_-_', 'subtract', (a, b) => a - b);
  doubles('_*_', 'multiply', (a, b) => a * b);
  doubles('_/_', 'divide', (a, b) => a / b);
  functions
    .add('_-_', 'subtract_duration_duration', '(duration, duration): duration', (a: CelDuration, b: CelDuration) =>
      checkedDuration(a.nanos - b.nanos),
    )
    .add('_-_', 'subtract_timestamp_duration', '(timestamp, duration): timestamp', (a: CelTime, b: CelDuration) =>
      checkedTime(a.nanos - b.nanos, a.offset),
    )
    .add('_-_', 'subtract_timestamp_timestamp', '(timestamp, timestamp): duration', (a: CelTime, b: CelTime) =>
      checkedDuration(a.nanos - b.nanos),
    )
    .add('-_', 'negate_double', '(double): double', (a: number) => -a)
    .add('-_', 'negate_int64', '(int): int', (a: bigint) => checkedInt(-a));
}

const comparisons: readonly (readonly [name: string, word: string, holds: (order: number) => boolean])[] = [
  ['_<_', 'less', (order) => order < 0],
  ['_<=_', 'less_equals', (order) => order <= 0],
  ['_>_', 'greater', (order) => order > 0],
  ['_>=_', 'greater_equals', (order) => order >= 0],
];

const comparable: readonly (readonly [id: string, a: string, b: string])[] = [
  ['bool', 'bool', 'bool'],
  ['int64', 'int', 'int'],
  ['int64_double', 'int', 'double'],
  ['int64_uint64', 'int', 'uint'],
  ['uint64', 'uint', 'uint'],
  ['uint64_double', 'uint', 'double'],
  ['uint64_int64', 'uint', 'int'],
  ['double', 'double', 'double'],
  ['double_int64', 'double', 'int'],
  ['double_uint64', 'double', 'uint'],
  ['string', 'string', 'string'],
  ['bytes', 'bytes', 'bytes'],
  ['timestamp', 'timestamp', 'timestamp'],
  ['duration', 'duration', 'duration'],
];

function comparison(functions: Functions, name: string, word: string, holds: (order: number) => boolean): void {
  for (const [id, a, b] of comparable) {
    functions.add(name, `${word}_${id}`, `(${a}, ${b}): bool`, (x: CelValue, y: CelValue) =>
      holds(compareValues(x, y)),
    );
  }
}

/** Declares what the macros that make maps add entries with. The planner runs it. */
function inserts(functions: Functions, special: () => never): void {
  functions
    .add('cel.@mapInsert', '@mapInsert_map_key_value', '(map(K, V), K, V): map(K, V)', special)
    .add('cel.@mapInsert', '@mapInsert_map_map', '(map(K, V), map(K, V)): map(K, V)', special);
}

/** The functions of values that may be absent. */
export function optionalFunctions(functions: Functions): void {
  const isZero = (value: CelValue): boolean => {
    if (value === null || value === false || value === 0 || value === 0n || value === '') return true;
    if (value instanceof CelUint) return value.value === 0n;
    if (value instanceof CelDuration) return value.nanos === 0n;
    // Go's zero time is the first moment of the year 1.
    if (value instanceof CelTime) return value.nanos === -62_135_596_800n * 1_000_000_000n;
    if (Array.isArray(value) || value instanceof Uint8Array) return value.length === 0;
    if (value instanceof CelOptional) return value.value === undefined || isZero(value.value);
    return typeof value === 'object' && 'isMap' in value && value.size === 0;
  };
  const present = (list: readonly CelValue[]): CelValue[] =>
    list.flatMap((one) => (one instanceof CelOptional && one.value !== undefined ? [one.value] : []));
  const at = (list: readonly CelValue[], index: number): CelOptional => new CelOptional(list.at(index));
  functions
    .add('optional.of', 'optional_of', '(V): optional(V)', (value: CelValue) => new CelOptional(value))
    .add('optional.ofNonZeroValue', 'optional_ofNonZeroValue', '(V): optional(V)', (value: CelValue) =>
      isZero(value) ? CelOptional.none : new CelOptional(value),
    )
    .add('optional.none', 'optional_none', '(): optional(V)', () => CelOptional.none)
    .add('value', 'optional_value', 'optional(V).(): V', ({ value }: CelOptional) => {
      if (value === undefined) throw new CelError('optional.none() dereference');
      return value;
    })
    .add('hasValue', 'optional_hasValue', 'optional(V).(): bool', ({ value }: CelOptional) => value !== undefined)
    .add('or', 'optional_or_optional', 'optional(V).(optional(V)): optional(V)', (a: CelOptional) => a)
    .add('orValue', 'optional_orValue_value', 'optional(V).(V): V', ({ value }: CelOptional) => value ?? null)
    .add('last', 'list_last', 'list(V).(): optional(V)', (list: readonly CelValue[]) => at(list, -1))
    .add('first', 'list_first', 'list(V).(): optional(V)', (list: readonly CelValue[]) => at(list, 0))
    .add('optional.unwrap', 'optional_unwrap', '(list(optional(V))): list(V)', present)
    .add('unwrapOpt', 'optional_unwrapOpt', 'list(optional(V)).(): list(V)', present);
}
