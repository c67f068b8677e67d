import { CelDuration, CelError, CelTime, CelUint } from './values.js';

const [minInt, maxInt] = [-(2n ** 63n), 2n ** 63n - 1n];
/** The years 1 to 9999, in nanoseconds. */
const [minTime, maxTime] = [-62_135_596_800n * 1_000_000_000n, 253_402_300_800n * 1_000_000_000n];

/** The number, where it is one of 64 bits. Throws a CelError where it is not. */
export function checkedInt(value: bigint): bigint {
  if (value < minInt || value > maxInt) throw new CelError('integer overflow');
  return value;
}

/** The same without a sign. */
export function checkedUint(value: bigint): CelUint {
  if (value < 0n || value >= 2n ** 64n) throw new CelError('unsigned integer overflow');
  return new CelUint(value);
}

/** The length of time, where nanoseconds in 64 bits can say it. */
export function checkedDuration(nanos: bigint): CelDuration {
  if (nanos < minInt || nanos > maxInt) throw new CelError('duration out of range');
  return new CelDuration(nanos);
}

/** The moment, where it is within the years 1 to 9999. */
export function checkedTime(nanos: bigint, offset = 0): CelTime {
  if (nanos < minTime || nanos >= maxTime) throw new CelError('timestamp out of range');
  return new CelTime(nanos, offset);
}

/** Formats a double as Go's `strconv` does in the format `g`: the shortest digits, with an exponent below 1e-4 and from 1e6 on. */
export function doubleText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const [digits = '', exponent = '0'] = value.toExponential().split('e');
  const power = Number(exponent);
  if (power < -4 || power >= 6) return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
  return Object.is(value, -0) ? '-0' : decimalText(value);
}

/** A double in digits alone. */
export function decimalText(value: number): string {
  const text = String(value);
  if (!text.includes('e')) return text;
  const [digits = '', exponent = '0'] = text.split('e');
  const [whole = '', fraction = ''] = digits.replace('-', '').split('.');
  const sign = value < 0 ? '-' : '';
  const power = Number(exponent);
  if (power < 0) return `${sign}0.${'0'.repeat(-power - 1)}${whole}${fraction}`;
  return `${sign}${whole}${fraction.padEnd(power, '0')}`;
}
