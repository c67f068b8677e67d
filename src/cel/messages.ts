import { checkedDuration, checkedTime } from './numbers.js';
import { type CelType, listType, mapType, types } from './types.js';
import { CelError, CelUint, type CelValue, EntryMap } from './values.js';

/** A well-known protocol buffer message that an expression can make. Its value is a plain value of CEL, not a message. */
export interface Message {
  readonly type: CelType;
  readonly fields: ReadonlyMap<string, CelType>;
  make(fields: ReadonlyMap<string, CelValue>): CelValue;
}

/** The names of constants, each with its value. */
export const constants: ReadonlyMap<string, bigint> = new Map([['google.protobuf.NullValue.NULL_VALUE', 0n]]);

const anyMap = mapType(types.string, types.dyn);
const anyList = listType(types.dyn);

/**
 * A message around one scalar. Its type is `dyn`, because it may be compared with null as well as with the scalar.
 * `convert` returns undefined for a value that the field cannot hold.
 */
function wrapper<T extends CelValue>(
  name: string,
  type: CelType,
  empty: T,
  convert: (value: CelValue) => CelValue | undefined = (value) => value,
): [string, Message] {
  const make = (fields: ReadonlyMap<string, CelValue>): CelValue => {
    const value = convert(fields.get('value') ?? empty);
    if (value !== undefined) return value;
    const overflow = `${type.kind === 'uint' ? 'unsigned ' : ''}integer overflow`;
    throw new CelError(`field type conversion error for google.protobuf.${name}.value value type: ${overflow}`);
  };
  return [`google.protobuf.${name}`, { type: types.dyn, fields: new Map([['value', type]]), make }];
}

const int32 = (value: CelValue): CelValue | undefined =>
  typeof value === 'bigint' && BigInt.asIntN(32, value) === value ? value : undefined;
const uint32 = (value: CelValue): CelValue | undefined =>
  value instanceof CelUint && value.value < 2n ** 32n ? value : undefined;

const whole = (value: CelValue | undefined): bigint => (typeof value === 'bigint' ? value : 0n);
const nanosOf = (fields: ReadonlyMap<string, CelValue>): bigint =>
  whole(fields.get('seconds')) * 1_000_000_000n + whole(fields.get('nanos'));
const secondsAndNanos: ReadonlyMap<string, CelType> = new Map([
  ['seconds', types.int],
  ['nanos', types.int],
]);

/** The messages by their names, as cel-go's standard library knows them. */
export const messages: ReadonlyMap<string, Message> = new Map<string, Message>([
  wrapper('BoolValue', types.bool, false),
  wrapper('BytesValue', types.bytes, new Uint8Array()),
  wrapper('DoubleValue', types.double, 0),
  wrapper('FloatValue', types.double, 0, (value) => (typeof value === 'number' ? Math.fround(value) : value)),
  wrapper('Int32Value', types.int, 0n, int32),
  wrapper('Int64Value', types.int, 0n),
  wrapper('StringValue', types.string, ''),
  wrapper('UInt32Value', types.uint, new CelUint(0n), uint32),
  wrapper('UInt64Value', types.uint, new CelUint(0n)),
  [
    'google.protobuf.Value',
    {
      type: types.dyn,
      fields: new Map([
        ['null_value', types.int],
        ['number_value', types.double],
        ['string_value', types.string],
        ['bool_value', types.bool],
        ['struct_value', anyMap],
        ['list_value', anyList],
      ]),
      make: (fields) => {
        const [[name, value] = ['null_value', null]] = [...fields].slice(-1);
        return name === 'null_value' ? null : value;
      },
    },
  ],
  [
    'google.protobuf.Struct',
    { type: anyMap, fields: new Map([['fields', anyMap]]), make: (fields) => fields.get('fields') ?? new EntryMap([]) },
  ],
  [
    'google.protobuf.ListValue',
    { type: anyList, fields: new Map([['values', anyList]]), make: (fields) => fields.get('values') ?? [] },
  ],
  [
    'google.protobuf.Duration',
    { type: types.duration, fields: secondsAndNanos, make: (fields) => checkedDuration(nanosOf(fields)) },
  ],
  [
    'google.protobuf.Timestamp',
    { type: types.timestamp, fields: secondsAndNanos, make: (fields) => checkedTime(nanosOf(fields)) },
  ],
]);
