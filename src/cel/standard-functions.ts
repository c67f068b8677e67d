import { type GoPattern, goPattern } from '../util/go-pattern.js';
import type { Functions } from './functions.js';
import type { Meter } from './meter.js';
import { checkedDuration, checkedInt, checkedTime, doubleText } from './numbers.js';
import { clockIn, durationText, readDuration, readTime, timeText } from './time-values.js';
import {
  type CelDuration,
  CelError,
  type CelMap,
  type CelTime,
  CelTypeValue,
  CelUint,
  type CelValue,
  lengthOf,
  typeOf,
} from './values.js';

/** The functions of CEL: sizes, types, conversions, texts. */
export function standardFunctions(functions: Functions): void {
  const size = (value: Uint8Array | readonly CelValue[]): bigint => BigInt(value.length);
  const mapSize = (map: CelMap): bigint => BigInt(map.size);
  const textSize = (text: string): bigint => BigInt(lengthOf(text));
  functions
    .add('size', 'size_bytes', '(bytes): int', size)
    .add('size', 'bytes_size', 'bytes.(): int', size)
    .add('size', 'size_list', '(list(A)): int', size)
    .add('size', 'list_size', 'list(A).(): int', size)
    .add('size', 'size_map', '(map(A, B)): int', mapSize)
    .add('size', 'map_size', 'map(A, B).(): int', mapSize)
    .add('size', 'size_string', '(string): int', textSize)
    .add('size', 'string_size', 'string.(): int', textSize)
    .add('type', 'type', '(A): type(A)', (value: CelValue) => new CelTypeValue(typeOf(value)))
    .add('dyn', 'to_dyn', '(A): dyn', (value: CelValue) => value)
    .add('contains', 'contains_string', 'string.(string): bool', (text: string, part: string) => text.includes(part))
    .add('endsWith', 'ends_with_string', 'string.(string): bool', (text: string, part: string) => text.endsWith(part))
    .add('startsWith', 'starts_with_string', 'string.(string): bool', (text: string, part: string) =>
      text.startsWith(part),
    )
    .add('matches', 'matches', '(string, string): bool', matches)
    .add('matches', 'matches_string', 'string.(string): bool', matches);
  conversions(functions);
  texts(functions);
  clocks(functions);
}

/** Returns the compiled pattern. Throws a CelError with Go's message if it is not valid. */
export function patternOf(pattern: string): GoPattern {
  const compiled = goPattern(pattern);
  if (typeof compiled === 'string') throw new CelError(compiled);
  return compiled;
}

/** Counts the work of a search: every character of the text may be compared with every instruction of the pattern. */
export function searchWork(text: string, pattern: GoPattern, meter: Meter): void {
  meter.work(10 * text.length * pattern.size);
}

function matches(text: string, pattern: string, meter: Meter): boolean {
  const compiled = patternOf(pattern);
  searchWork(text, compiled, meter);
  return compiled.test(text);
}

/** A value, or the error of a text that says none. */
function converted<T>(value: T | undefined, to: string): T {
  if (value === undefined) throw new CelError(`type conversion error from 'string' to '${to}'`);
  return value;
}

const same = (value: CelValue): CelValue => value;

function truncated(value: number, least: number, most: number, why: string): bigint {
  if (!Number.isFinite(value) || value <= least || value >= most) throw new CelError(why);
  return BigInt(Math.trunc(value));
}

const longestNumber = 1_000;

function wholeOf(text: string, to: string, sign: RegExp): bigint {
  // Longer numbers do not fit, and reading them takes more than linear time.
  if (text.length > longestNumber || !sign.test(text)) return converted<bigint>(undefined, to);
  return BigInt(text.replace('+', ''));
}

function conversions(functions: Functions): void {
  const toInt = (value: number): bigint => truncated(value, -(2 ** 63), 2 ** 63, 'integer overflow');
  const bools: { readonly [text: string]: boolean } = {
    ...Object.fromEntries(['1', 't', 'T', 'TRUE', 'true', 'True'].map((text) => [text, true])),
    ...Object.fromEntries(['0', 'f', 'F', 'FALSE', 'false', 'False'].map((text) => [text, false])),
  };
  functions
    .add('bool', 'bool_to_bool', '(bool): bool', same)
    .add('bool', 'string_to_bool', '(string): bool', (text: string) => converted(bools[text], 'bool'))
    .add('bytes', 'bytes_to_bytes', '(bytes): bytes', same)
    .add('bytes', 'string_to_bytes', '(string): bytes', (text: string) => Buffer.from(text))
    .add('double', 'double_to_double', '(double): double', same)
    .add('double', 'int64_to_double', '(int): double', (value: bigint) => Number(value))
    .add('double', 'string_to_double', '(string): double', (text: string) => converted(readDouble(text), 'double'))
    .add('double', 'uint64_to_double', '(uint): double', ({ value }: CelUint) => Number(value))
    .add('duration', 'duration_to_duration', '(duration): duration', same)
    .add('duration', 'int64_to_duration', '(int): duration', (value: bigint) => checkedDuration(value))
    .add('duration', 'string_to_duration', '(string): duration', (text: string) =>
      converted(readDuration(text), 'google.protobuf.Duration'),
    )
    .add('int', 'int64_to_int64', '(int): int', same)
    .add('int', 'double_to_int64', '(double): int', toInt)
    .add('int', 'duration_to_int64', '(duration): int', ({ nanos }: CelDuration) => nanos)
    .add('int', 'string_to_int64', '(string): int', (text: string) => {
      const value = wholeOf(text, 'int', /^[+-]?\d+$/);
      return value >= -(2n ** 63n) && value < 2n ** 63n ? value : converted<bigint>(undefined, 'int');
    })
    .add('int', 'timestamp_to_int64', '(timestamp): int', ({ nanos }: CelTime) => floorSeconds(nanos))
    .add('int', 'uint64_to_int64', '(uint): int', ({ value }: CelUint) => checkedInt(value));
  const badUint = 'unsigned integer overflow';
  functions
    .add('uint', 'uint64_to_uint64', '(uint): uint', same)
    .add(
      'uint',
      'double_to_uint64',
      '(double): uint',
      (value: number) => new CelUint(truncated(value, -1, 2 ** 64, badUint)),
    )
    .add('uint', 'int64_to_uint64', '(int): uint', (value: bigint) => {
      if (value < 0n) throw new CelError(badUint);
      return new CelUint(value);
    })
    .add('uint', 'string_to_uint64', '(string): uint', (text: string) => new CelUint(wholeOf(text, 'uint', /^\d+$/)))
    .add('timestamp', 'timestamp_to_timestamp', '(timestamp): timestamp', same)
    .add('timestamp', 'int64_to_timestamp', '(int): timestamp', (value: bigint) => checkedTime(value * 1_000_000_000n))
    .add('timestamp', 'string_to_timestamp', '(string): timestamp', (text: string) =>
      timeOf(converted(readTime(text), 'google.protobuf.Timestamp')),
    );
}

const timeOf = ({ nanos, offset }: CelTime): CelTime => checkedTime(nanos, offset);

function floorSeconds(nanos: bigint): bigint {
  const rest = ((nanos % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  return (nanos - rest) / 1_000_000_000n;
}

function readDouble(text: string): number | undefined {
  if (/^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) {
    const value = Number(text);
    return Number.isFinite(value) ? value : undefined;
  }
  if (/^nan$/i.test(text)) return Number.NaN;
  const infinite = /^([+-]?)inf(?:inity)?$/i.exec(text);
  return infinite === null ? undefined : infinite[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

function texts(functions: Functions): void {
  functions
    .add('string', 'string_to_string', '(string): string', same)
    .add('string', 'bool_to_string', '(bool): string', (value: boolean) => String(value))
    .add('string', 'bytes_to_string', '(bytes): string', (bytes: Uint8Array) => {
      try {
        return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
      } catch {
        throw new CelError('invalid UTF-8 in bytes, cannot convert to string');
      }
    })
    .add('string', 'double_to_string', '(double): string', (value: number) => doubleText(value))
    .add('string', 'duration_to_string', '(duration): string', (value: CelDuration) => durationText(value))
    .add('string', 'int64_to_string', '(int): string', (value: bigint) => String(value))
    .add('string', 'timestamp_to_string', '(timestamp): string', (value: CelTime) => timeText(value))
    .add('string', 'uint64_to_string', '(uint): string', ({ value }: CelUint) => String(value));
}

const parts: readonly (readonly [name: string, id: string, read: (at: Date) => number])[] = [
  ['getFullYear', 'timestamp_to_year', (at) => at.getUTCFullYear()],
  ['getMonth', 'timestamp_to_month', (at) => at.getUTCMonth()],
  ['getDayOfYear', 'timestamp_to_day_of_year', dayOfYear],
  ['getDayOfMonth', 'timestamp_to_day_of_month', (at) => at.getUTCDate() - 1],
  ['getDate', 'timestamp_to_day_of_month_1_based', (at) => at.getUTCDate()],
  ['getDayOfWeek', 'timestamp_to_day_of_week', (at) => at.getUTCDay()],
  ['getHours', 'timestamp_to_hours', (at) => at.getUTCHours()],
  ['getMinutes', 'timestamp_to_minutes', (at) => at.getUTCMinutes()],
  ['getSeconds', 'timestamp_to_seconds', (at) => at.getUTCSeconds()],
  ['getMilliseconds', 'timestamp_to_milliseconds', (at) => at.getUTCMilliseconds()],
];

function dayOfYear(at: Date): number {
  const first = new Date(at);
  first.setUTCMonth(0, 1);
  return Math.round((at.getTime() - first.getTime()) / 86_400_000);
}

const spans: readonly (readonly [name: string, id: string, nanos: bigint])[] = [
  ['getHours', 'duration_to_hours', 3_600_000_000_000n],
  ['getMinutes', 'duration_to_minutes', 60_000_000_000n],
  ['getSeconds', 'duration_to_seconds', 1_000_000_000n],
  ['getMilliseconds', 'duration_to_milliseconds', 1_000_000n],
];

function clocks(functions: Functions): void {
  for (const [name, id, read] of parts) {
    functions
      .add(name, id, 'timestamp.(): int', (time: CelTime) => BigInt(read(clockIn(time))))
      .add(name, `${id}_with_tz`, 'timestamp.(string): int', (time: CelTime, zone: string) =>
        BigInt(read(clockIn(time, zone))),
      );
  }
  for (const [name, id, nanos] of spans) {
    functions.add(name, id, 'duration.(): int', (span: CelDuration) => span.nanos / nanos);
  }
}
