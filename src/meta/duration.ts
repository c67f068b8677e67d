import { goQuote } from '../util/go-quote.js';
import { FormatError } from './format-error.js';
import type { Duration } from './scalars.js';

const limit = 2n ** 63n;

/**
 * Nanoseconds of a duration as Go writes it (`1h30m`, `-1.5s`, `250ms`, `0`), by the rules of Go's `time.ParseDuration`, its limit of
 * 64 bits (about 292 years) included. Throws a `FormatError` with Go's message.
 */
export function parseDuration(duration: Duration): bigint {
  const [, sign, rest = ''] = /^([+-]?)(.*)$/s.exec(duration) ?? [];
  if (rest === '0') return 0n;
  if (rest === '') throw fault(`invalid duration ${quoted(duration)}`);
  const term = /(\d*)(?:\.(\d*))?([^.\d]*)/y;
  let total = 0n;
  while (term.lastIndex < rest.length) {
    const [, whole = '', fraction = '', unit = ''] = term.exec(rest) ?? [];
    if (whole === '' && fraction === '') throw fault(`invalid duration ${quoted(duration)}`);
    if (unit === '') throw fault(`missing unit in duration ${quoted(duration)}`);
    const nanos = nanosPerUnit(unit);
    if (nanos === undefined) throw fault(`unknown unit ${quoted(unit)} in duration ${quoted(duration)}`);
    // A bound on digits keeps hostile input cheap; whatever is longer is out of range anyway.
    const value = whole.replace(/^0+/, '').length > 19 ? limit + 1n : BigInt(whole || '0') * nanos;
    total += value > limit ? value : value + fractionNanos(fraction, nanos);
    if (total > limit) throw fault(`invalid duration ${quoted(duration)}`);
  }
  if (sign === '-') return -total;
  if (total === limit) throw fault(`invalid duration ${quoted(duration)}`);
  return total;
}

/** Milliseconds of a duration, with a fraction where it is finer. Throws a `FormatError` as `parseDuration`. */
export function durationToMs(duration: Duration): number {
  return Number(parseDuration(duration)) / 1e6;
}

/**
 * Nanoseconds as Go writes them: `1h30m0s`, `1.5s`, `250ms`, `0s`. Throws a `FormatError` outside 64 bits.
 */
export function formatDuration(nanos: bigint): Duration {
  if (BigInt.asIntN(64, nanos) !== nanos)
    throw new FormatError('duration', 'a duration must fit 64 bits of nanoseconds');
  if (nanos === 0n) return '0s';
  const sign = nanos < 0n ? '-' : '';
  const size = nanos < 0n ? -nanos : nanos;
  if (size < 1000n) return `${sign}${size}ns`;
  if (size < 1_000_000n) return `${sign}${decimal(size, 3)}µs`;
  if (size < 1_000_000_000n) return `${sign}${decimal(size, 6)}ms`;
  const minutes = size / 60_000_000_000n;
  const seconds = `${decimal(size % 60_000_000_000n, 9)}s`;
  if (minutes === 0n) return sign + seconds;
  const hours = minutes / 60n;
  return hours === 0n ? `${sign}${minutes}m${seconds}` : `${sign}${hours}h${minutes % 60n}m${seconds}`;
}

/** Milliseconds as Go writes a duration; what is finer than a nanosecond is rounded. Throws a `FormatError`. */
export function durationFromMs(ms: number): Duration {
  return formatDuration(BigInt(Math.round(ms * 1e6)));
}

function nanosPerUnit(unit: string): bigint | undefined {
  switch (unit) {
    case 'ns':
      return 1n;
    case 'us':
    case '\u00b5s': // the micro sign
    case '\u03bcs': // the Greek letter
      return 1000n;
    case 'ms':
      return 1_000_000n;
    case 's':
      return 1_000_000_000n;
    case 'm':
      return 60_000_000_000n;
    case 'h':
      return 3_600_000_000_000n;
    default:
      return undefined;
  }
}

/** The part after the dot. Go multiplies it in floating point and drops the rest; so does this, to agree to the nanosecond. */
function fractionNanos(digits: string, nanos: bigint): bigint {
  let value = 0n;
  let scale = 1;
  for (const digit of digits) {
    if (value > (limit - 1n) / 10n) break;
    const next = value * 10n + BigInt(digit);
    if (next > limit) break;
    value = next;
    scale *= 10;
  }
  return BigInt(Math.trunc(Number(value) * (Number(nanos) / scale)));
}

/** `value` / 10^`places`, without zeros at the end. */
function decimal(value: bigint, places: number): string {
  const text = value.toString().padStart(places + 1, '0');
  const fraction = text.slice(-places).replace(/0+$/, '');
  return fraction === '' ? text.slice(0, -places) : `${text.slice(0, -places)}.${fraction}`;
}

function quoted(text: string): string {
  return goQuote(text.slice(0, 256));
}

function fault(message: string): FormatError {
  return new FormatError('duration', `time: ${message}`);
}
