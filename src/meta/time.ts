import { FormatError } from './format-error.js';
import type { MicroTime, Time } from './scalars.js';

/**
 * Milliseconds since the epoch of a `Time` or a `MicroTime`; what is finer is cut off. Throws a `FormatError` for anything but RFC 3339.
 */
export function parseTime(time: Time | MicroTime): number {
  return Number(floorDivide(parseNanos(time), 1_000_000n));
}

/** A `Time` of milliseconds since the epoch or a `Date`: UTC, whole seconds, the rest cut off. Throws a `FormatError` outside the years 0–9999. */
export function formatTime(at: number | Date): Time {
  return `${format(floorDivide(millis(at), 1000n))}Z`;
}

/** Microseconds since the epoch of a `MicroTime` or a `Time`; what is finer is cut off. Throws a `FormatError` for anything but RFC 3339. */
export function parseMicroTime(time: MicroTime | Time): bigint {
  return floorDivide(parseNanos(time), 1000n);
}

/**
 * A `MicroTime` of microseconds since the epoch (`bigint`), or of milliseconds (`number` or `Date`): UTC with exactly six fraction
 * digits, as API servers demand. Throws a `FormatError` outside the years 0–9999.
 */
export function formatMicroTime(at: bigint | number | Date): MicroTime {
  const micros = typeof at === 'bigint' ? at : millis(at, 1000);
  const seconds = floorDivide(micros, 1_000_000n);
  return `${format(seconds)}.${(micros - seconds * 1_000_000n).toString().padStart(6, '0')}Z`;
}

/** Orders times by instant, whatever their zone and precision: less than zero, zero or more than zero. Throws a `FormatError`. */
export function compareTimes(a: Time | MicroTime, b: Time | MicroTime): -1 | 0 | 1 {
  const [x, y] = [parseNanos(a), parseNanos(b)];
  return x < y ? -1 : x > y ? 1 : 0;
}

function parseNanos(text: string): bigint {
  const match = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,32}))?(?:Z|([+-])(\d\d):(\d\d))$/.exec(text);
  if (match === null) throw fault(text);
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  const [fraction = '', sign, zoneHour = '0', zoneMinute = '0'] = match.slice(7);
  const zone = Number(zoneHour) * 60 + Number(zoneMinute);
  const whole = month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month);
  if (!whole || hour > 23 || minute > 59 || second > 59 || Number(zoneHour) > 23 || Number(zoneMinute) > 59) {
    throw fault(text);
  }
  const minutes = daysSinceEpoch(year, month, day) * 1440 + hour * 60 + minute - (sign === '-' ? -zone : zone);
  return BigInt(minutes * 60 + second) * 1_000_000_000n + BigInt(fraction.slice(0, 9).padEnd(9, '0'));
}

/** `Date.UTC` takes the years 0 to 99 for 1900 to 1999, so the year is set apart. */
function daysSinceEpoch(year: number, month: number, day: number): number {
  return new Date(0).setUTCFullYear(year, month - 1, day) / 86_400_000;
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** `YYYY-MM-DDTHH:MM:SS` of seconds since the epoch. */
function format(seconds: bigint): string {
  const date = new Date(Number(seconds) * 1000);
  const year = date.getUTCFullYear();
  if (!(year >= 0 && year <= 9999)) throw new FormatError('time', 'a time must lie in the years 0 to 9999');
  return date.toISOString().slice(0, 19);
}

function millis(at: number | Date, scale = 1): bigint {
  const value = Number(at) * scale;
  if (!Number.isFinite(value)) throw new FormatError('time', 'a time must be a finite number');
  return BigInt(Math.floor(value));
}

function floorDivide(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  return value < 0n && quotient * divisor !== value ? quotient - 1n : quotient;
}

function fault(text: string): FormatError {
  return new FormatError(
    'time',
    `${JSON.stringify(String(text).slice(0, 64))} is not a time as RFC 3339 writes it, such as 2026-01-31T12:00:00Z`,
  );
}
