import { describe, expect, it } from 'vitest';
import { parseTime } from '../../../src/server/go-text/go-time.js';

describe('times in the words of Go', () => {
  it.each([
    ['2026-01-01T01:00:00+01:00', '2026-01-01T00:00:00Z'],
    ['2026-01-01T00:00:00.123456Z', '2026-01-01T00:00:00Z'],
    ['2026-01-01T5:00:00Z', '2026-01-01T05:00:00Z'],
    ['2000-02-29T00:00:00Z', '2000-02-29T00:00:00Z'],
  ])('reads %s', (text, time) => {
    expect(parseTime(text)).toBe(time);
  });

  it('keeps six digits of a time with microseconds', () => {
    expect(parseTime('2026-01-01T00:00:00.123456Z', 'micros')).toBe('2026-01-01T00:00:00.123456Z');
  });

  it.each([
    ['a\nb', '"a\\x0ab" as "2006-01-02T15:04:05Z07:00": cannot parse "a\\x0ab" as "2006"'],
    ['ü', '"\\xc3\\xbc" as "2006-01-02T15:04:05Z07:00": cannot parse "\\xc3\\xbc" as "2006"'],
    ['2026-01-01', '"2026-01-01" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "T"'],
    ['2026-13-01T00:00:00Z', '"2026-13-01T00:00:00Z": month out of range'],
    ['2026-02-30T00:00:00Z', '"2026-02-30T00:00:00Z": day out of range'],
    ['2026-01-01T00:00:00ZZ', '"2026-01-01T00:00:00ZZ": extra text: "Z"'],
  ])('refuses %j', (text, problem) => {
    expect(() => parseTime(text)).toThrow(`parsing time ${problem}`);
  });

  it('wants six digits of a time with microseconds', () => {
    expect(() => parseTime('2026-01-01T00:00:00Z', 'micros')).toThrow(
      'parsing time "2026-01-01T00:00:00Z" as "2006-01-02T15:04:05.000000Z07:00": cannot parse "Z" as ".000000"',
    );
  });
});
