import type { Meter } from './meter.js';
import { doubleText } from './numbers.js';
import { durationText, timeText } from './time-values.js';
import {
  CelDuration,
  CelError,
  type CelMap,
  CelTime,
  CelTypeValue,
  CelUint,
  type CelValue,
  isList,
  isMap,
  typeOf,
} from './values.js';

/** A text with its clauses (`%s`, `%d`, `%.2f` …) replaced by what the arguments say. Throws a CelError for what does not fit. */
export function formatText(text: string, args: readonly CelValue[], meter: Meter): string {
  let next = 0;
  const out = text.replace(
    /%(%|(?:\.(\d*))?(.?))/gsu,
    (_all, whole: string, precision: string | undefined, verb: string) => {
      if (whole === '%') return '%';
      if (verb === '') throw new CelError('unexpected end of string');
      if (precision === '') throw new CelError(badPrecision);
      const arg = args[next];
      if (arg === undefined) throw new CelError(`index ${next} out of range`);
      next++;
      const shown = clause(verb, precision === undefined ? 6 : Number(precision), arg, meter);
      meter.write(shown.length);
      return shown;
    },
  );
  return out;
}

function clause(verb: string, precision: number, arg: CelValue, meter: Meter): string {
  switch (verb) {
    case 's':
      return shown(arg, meter);
    case 'd':
      return decimal(arg);
    case 'f':
      return fixed(arg, (value) => grouped(value, precision), 'fixed-point clause can only be used on doubles');
    case 'e':
      return fixed(arg, scientific, 'scientific clause can only be used on doubles');
    case 'b':
      if (typeof arg === 'boolean') return arg ? '1' : '0';
      return whole(arg, 2) ?? wrong('only integers and bools can be formatted as binary', arg);
    case 'o':
      return whole(arg, 8) ?? wrong('octal clause can only be used on integers', arg);
    case 'x':
    case 'X':
      return verb === 'x' ? hexadecimal(arg) : hexadecimal(arg).toUpperCase();
    default:
      throw new CelError(`could not parse formatting clause: unrecognized formatting clause "${verb}"`);
  }
}

function wrong(why: string, arg: CelValue): never {
  throw new CelError(`error during formatting: ${why}, was given ${typeOf(arg).name}`);
}

function whole(arg: CelValue, base: number): string | undefined {
  if (typeof arg === 'bigint') return arg.toString(base);
  return arg instanceof CelUint ? arg.value.toString(base) : undefined;
}

function decimal(arg: CelValue): string {
  return whole(arg, 10) ?? wrong('decimal clause can only be used on integers', arg);
}

function hexadecimal(arg: CelValue): string {
  if (typeof arg === 'string') return Buffer.from(arg).toString('hex');
  if (arg instanceof Uint8Array) return Buffer.from(arg).toString('hex');
  return whole(arg, 16) ?? wrong('only integers, byte buffers, and strings can be formatted as hex', arg);
}

function fixed(arg: CelValue, format: (value: number) => string, why: string): string {
  const special: { readonly [text: string]: number } = {
    NaN: Number.NaN,
    Infinity: Number.POSITIVE_INFINITY,
    '-Infinity': Number.NEGATIVE_INFINITY,
  };
  const value = typeof arg === 'number' ? arg : typeof arg === 'string' ? special[arg] : undefined;
  if (value === undefined) return wrong(why, arg);
  if (Number.isNaN(value)) return 'NaN';
  return Number.isFinite(value) ? format(value) : value > 0 ? '∞' : '-∞';
}

const badPrecision =
  'could not parse formatting clause: error while parsing precision: error while converting precision to integer: ' +
  'strconv.Atoi: parsing "": invalid syntax';

/** The most digits that JavaScript writes after the point. Doubles have at most 1,074; those beyond are shown as zeros. */
const mostDigits = 100;

/** Formats a double with a fixed number of digits after the point, rounded half to even, and commas between thousands. */
function grouped(value: number, precision: number): string {
  const [whole = '', fraction = ''] = roundedHalfEven(value, precision).split('.');
  const digits = whole.replace(/\B(?=(?:\d{3})+$)/g, ',');
  return precision === 0 ? digits : `${digits}.${fraction.padEnd(Math.min(precision, maxPrecision), '0')}`;
}

/** More digits than this after the point are not written: a precision is untrusted input. */
const maxPrecision = 10_000;

/** Rounds half to even, where `toFixed` rounds away from zero. */
function roundedHalfEven(value: number, precision: number): string {
  const digits = Math.min(precision, mostDigits);
  const size = Math.abs(value);
  const exact = size < 1e21 ? size.toFixed(mostDigits) : '';
  const [whole = '', fraction = ''] = exact.split('.');
  const kept = `${whole}${fraction.slice(0, digits)}`;
  const isTie = /^50*$/.test(fraction.slice(digits)) && Number(kept.at(-1)) % 2 === 0;
  const text = isTie ? [whole, fraction.slice(0, digits)].filter(Boolean).join('.') : fixedText(size, digits);
  return `${value < 0 || Object.is(value, -0) ? '-' : ''}${text}`;
}

/** `toFixed` falls back to an exponent from 1e21 on. */
function fixedText(size: number, digits: number): string {
  if (size < 1e21) return size.toFixed(digits);
  return digits === 0 ? String(BigInt(size)) : `${BigInt(size)}.${'0'.repeat(digits)}`;
}

/** Formats a double with six digits after the point and a power of ten, whatever the precision: as Go's message printer does. */
function scientific(value: number): string {
  const [digits = '', exponent = '0'] = value.toExponential(6).split('e');
  const power = Number(exponent);
  const shown = [...String(Math.abs(power)).padStart(2, '0')].map(superscript).join('');
  return `${digits}×10${power < 0 ? '⁻' : ''}${shown}`;
}

function superscript(char: string): string {
  return '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(char)] ?? '';
}

function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new CelError('invalid UTF-8 in bytes, cannot convert to string');
  }
}

/** A value as `%s` shows it. */
function shown(arg: CelValue, meter: Meter): string {
  switch (typeof arg) {
    case 'string':
      return arg;
    case 'number':
      return doubleText(arg);
    case 'boolean':
    case 'bigint':
      return String(arg);
    default:
      return shownObject(arg, meter);
  }
}

function shownObject(arg: Exclude<CelValue, string | number | boolean | bigint>, meter: Meter): string {
  if (arg === null) return 'null';
  if (arg instanceof CelUint) return String(arg.value);
  if (arg instanceof Uint8Array) return utf8(arg);
  if (arg instanceof CelTime) return timeText(arg);
  if (arg instanceof CelDuration) return durationText(arg);
  if (arg instanceof CelTypeValue) return arg.type.name;
  if (isList(arg)) return `[${arg.map((one) => member(one, meter)).join(', ')}]`;
  if (isMap(arg)) return shownMap(arg, meter);
  return wrong(
    'string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps',
    arg,
  );
}

function shownMap(map: CelMap, meter: Meter): string {
  const entries = map
    .keys()
    .map((key) => [typeof key === 'string' ? JSON.stringify(key) : shown(key, meter), key] as const);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([text, key]) => `${text}:${member(map.get(key) ?? null, meter)}`).join(', ')}}`;
}

/** A value inside a list or map. */
function member(arg: CelValue, meter: Meter): string {
  meter.visit(16);
  if (typeof arg === 'string' || arg instanceof Uint8Array) {
    meter.write(arg.length);
    return typeof arg === 'string' ? JSON.stringify(arg) : `b${JSON.stringify(shown(arg, meter))}`;
  }
  if (arg instanceof CelTime) return `timestamp("${timeText(arg)}")`;
  if (arg instanceof CelDuration) return `duration("${durationText(arg)}")`;
  if (typeof arg === 'number') return Number.isFinite(arg) ? roundedHalfEven(arg, 6) : JSON.stringify(doubleText(arg));
  return shown(arg, meter);
}
