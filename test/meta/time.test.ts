import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compareTimes,
  durationFromMs,
  durationToMs,
  FormatError,
  formatDuration,
  formatMicroTime,
  formatTime,
  parseDuration,
  parseMicroTime,
  parseTime,
} from '../../src/meta/index.js';

const instant = fc.bigInt({ min: -62_167_219_200_000_000n, max: 253_402_300_799_999_999n }); // the years 0 to 9999, in microseconds

describe('Time and MicroTime', () => {
  it('read RFC 3339 in any zone and precision', () => {
    expect(parseTime('1970-01-01T00:00:01Z')).toBe(1000);
    expect(parseTime('2026-01-31T12:00:00.9999Z')).toBe(Date.UTC(2026, 0, 31, 12, 0, 0, 999));
    expect(parseTime('2026-01-31T12:00:00+05:30')).toBe(Date.UTC(2026, 0, 31, 6, 30));
    expect(parseTime('1969-12-31T23:59:59.5Z')).toBe(-500);
    expect(parseTime('0001-01-01T00:00:00Z')).toBe(-62_135_596_800_000);
    expect(parseMicroTime('1970-01-01T00:00:00.000001Z')).toBe(1n);
    expect(parseMicroTime('1969-12-31T23:59:59.999999Z')).toBe(-1n);
  });

  it('are written in UTC, with whole seconds or exactly six digits', () => {
    expect(formatTime(1999)).toBe('1970-01-01T00:00:01Z');
    expect(formatTime(-1)).toBe('1969-12-31T23:59:59Z');
    expect(formatTime(new Date('2024-02-29T10:00:00+02:00'))).toBe('2024-02-29T08:00:00Z');
    expect(formatMicroTime(1n)).toBe('1970-01-01T00:00:00.000001Z');
    expect(formatMicroTime(1)).toBe('1970-01-01T00:00:00.001000Z');
    expect(formatMicroTime(-1n)).toBe('1969-12-31T23:59:59.999999Z');
    for (const bad of [Number.NaN, 1e20, -1e15]) expect(() => formatTime(bad)).toThrow(FormatError);
  });

  it.each([
    '',
    '2026-01-31',
    '2026-01-31 12:00:00Z',
    '2026-01-31T12:00:00',
    '2026-02-29T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-00-01T00:00:00Z',
    '2026-01-00T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T00:00:60Z',
    '2026-01-01T00:00:00.Z',
    '2026-01-01T00:00:00+25:00',
    '2026-1-1T00:00:00Z',
    '2026-01-01T00:00:00Zx',
  ])('refuse %j', (text) => {
    expect(() => parseTime(text)).toThrow(FormatError);
  });

  it('lose no microsecond on the way there and back', () => {
    fc.assert(
      fc.property(instant, (micros) => {
        const text = formatMicroTime(micros);
        expect(text).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
        expect(parseMicroTime(text)).toBe(micros);
      }),
    );
  });

  it('agree with Date where Date is exact, and order as instants', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('0000-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true }),
        (date) => {
          expect(parseTime(date.toISOString())).toBe(date.getTime());
          expect(parseTime(formatTime(date))).toBe(Math.floor(date.getTime() / 1000) * 1000);
        },
      ),
    );
    fc.assert(
      fc.property(instant, instant, (a, b) => {
        expect(compareTimes(formatMicroTime(a), formatMicroTime(b))).toBe(a < b ? -1 : a > b ? 1 : 0);
      }),
    );
    expect(compareTimes('2026-01-01T01:00:00+01:00', '2026-01-01T00:00:00.000000Z')).toBe(0);
    expect(compareTimes('2026-01-01T00:00:00.0000001Z', '2026-01-01T00:00:00Z')).toBe(1);
  });
});

describe('Duration', () => {
  it.each([
    ['0', 0n],
    ['-0', 0n],
    ['0s', 0n],
    ['1h30m', 5_400_000_000_000n],
    ['-1.5s', -1_500_000_000n],
    ['+250ms', 250_000_000n],
    ['1us', 1000n],
    ['1µs', 1000n],
    ['1μs', 1000n],
    ['.5s', 500_000_000n],
    ['5.s', 5_000_000_000n],
    ['1h1h', 7_200_000_000_000n],
    ['0.3333333333333333333h', 1_200_000_000_000n],
    ['9223372036854775807ns', 9_223_372_036_854_775_807n],
    ['-9223372036854775808ns', -9_223_372_036_854_775_808n],
  ])('reads %s', (text, nanos) => {
    expect(parseDuration(text)).toBe(nanos);
  });

  it.each([
    ['', 'time: invalid duration ""'],
    ['3', 'time: missing unit in duration "3"'],
    ['-', 'time: invalid duration "-"'],
    ['s', 'time: invalid duration "s"'],
    ['.s', 'time: invalid duration ".s"'],
    ['1x', 'time: unknown unit "x" in duration "1x"'],
    ['1d', 'time: unknown unit "d" in duration "1d"'],
    ['1h 30m', 'time: unknown unit "h " in duration "1h 30m"'],
    ['9223372036854775808ns', 'time: invalid duration "9223372036854775808ns"'],
    ['3000000h', 'time: invalid duration "3000000h"'],
    [`${'9'.repeat(5000)}h`, /^time: invalid duration "9{256}"$/],
  ])('refuses %s in the words of Go', (text, message) => {
    expect(() => parseDuration(text)).toThrow(message);
    expect(() => parseDuration(text)).toThrow(FormatError);
  });

  it.each([
    [0n, '0s'],
    [1n, '1ns'],
    [1100n, '1.1µs'],
    [2_200_000n, '2.2ms'],
    [3_300_000_000n, '3.3s'],
    [60_000_000_000n, '1m0s'],
    [245_000_000_001n, '4m5.000000001s'],
    [-5_400_000_000_000n, '-1h30m0s'],
    [36_610_500_000_000n, '10h10m10.5s'],
    [-(2n ** 63n), '-2562047h47m16.854775808s'],
  ])('writes %s ns as %s', (nanos, text) => {
    expect(formatDuration(nanos)).toBe(text);
  });

  it('goes to text and back without loss, within 64 bits', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (nanos) => {
        expect(parseDuration(formatDuration(nanos))).toBe(nanos);
      }),
    );
    expect(() => formatDuration(2n ** 63n)).toThrow(FormatError);
    expect(durationToMs('1.5s')).toBe(1500);
    expect(durationFromMs(0.25)).toBe('250µs');
  });
});
