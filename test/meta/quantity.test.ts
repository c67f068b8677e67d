import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  canonicalQuantity,
  compareQuantities,
  FormatError,
  parseQuantity,
  sumQuantities,
} from '../../src/meta/index.js';

describe('parseQuantity', () => {
  it.each([
    ['0', '0'],
    ['-0', '0'],
    ['0Ki', '0'],
    ['000.000k', '0'],
    ['1', '1'],
    ['0.5', '500m'],
    ['.5', '500m'],
    ['5.', '5'],
    ['1.5Gi', '1536Mi'],
    ['0.5Gi', '512Mi'],
    ['0.5Ki', '512'],
    ['1024Ki', '1Mi'],
    ['1023Ki', '1023Ki'],
    ['1000Ki', '1000Ki'],
    ['2048', '2048'],
    ['1.25Ki', '1280'],
    ['1.0001Ki', '1024102400u'],
    ['1000m', '1'],
    ['1500m', '1500m'],
    ['12000k', '12M'],
    ['1e3', '1e3'],
    ['1E3', '1e3'],
    ['100e-3', '100e-3'],
    ['12345e1', '123450'],
    ['120e1', '1200'],
    ['1200e1', '12e3'],
    ['0.000000001', '1n'],
    ['0.0000000001', '1n'],
    ['-0.0000000001', '-1n'],
    ['1.0000000001', '1000000001n'],
    ['0.1n', '1n'],
    ['1e-10', '1e-9'],
    ['1e-999999', '1e-9'],
    ['0.0001Ki', '102400u'],
    ['100E', '100E'],
    ['1000E', '1000E'],
    ['8Ei', '9223372036854775807'],
    ['-8Ei', '-9223372036854775807'],
    ['7Ei', '7Ei'],
    ['9223372036854775808', '9223372036854775808'],
    ['1e30', '1e30'],
    ['1e999999999', '1e999999999'],
    ['+', '0'],
    ['m', '0'],
  ])('brings %s into the form %s', (text, canonical) => {
    expect(canonicalQuantity(text)).toBe(canonical);
  });

  it('takes plain numbers, and surrounding space as API servers do', () => {
    expect([0.5, 3, 1e21, -1e-7].map((n) => canonicalQuantity(n))).toEqual(['500m', '3', '1e21', '-100e-9']);
    expect(canonicalQuantity(' 1Gi\n')).toBe('1Gi');
  });

  it('keeps the texts an API server keeps as they were written', () => {
    const both = (text: string) => [String(parseQuantity(text)), canonicalQuantity(text)];
    expect(both('1.500')).toEqual(['1.500', '1500m']);
    expect(both('+1')).toEqual(['+1', '1']);
    expect(both('1E3')).toEqual(['1E3', '1e3']);
    expect(both('1.5')).toEqual(['1500m', '1500m']);
    expect(both('5000')).toEqual(['5k', '5k']);
    expect(both('0.500')).toEqual(['500m', '500m']);
    expect(JSON.stringify(parseQuantity('1.500').add('0'))).toBe('"1500m"');
  });

  const wrong = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
  it.each([
    ['', wrong],
    ['lots', wrong],
    ['1.2.3', wrong],
    ['1 Gi', wrong],
    ['1.5GB', wrong],
    ['1e1.5', wrong],
    ['--1', "unable to parse quantity's suffix"],
    ['٣', wrong],
    ['1'.repeat(2000), wrong],
    ['1e', "unable to parse quantity's suffix"],
    ['1ki', "unable to parse quantity's suffix"],
    ['1K', "unable to parse quantity's suffix"],
    ['1i', "unable to parse quantity's suffix"],
    ['1Gi5', "unable to parse quantity's suffix"],
    ['1e99999999999999999999', "unable to parse quantity's suffix"],
    ['e-20', 'unable to parse numeric part of quantity'],
  ])('refuses %s', (text, message) => {
    expect(() => parseQuantity(text)).toThrow(new FormatError('quantity', message));
  });

  it('refuses numbers that are none', () => {
    expect(() => parseQuantity(Number.NaN)).toThrow(FormatError);
    expect(() => parseQuantity(Number.POSITIVE_INFINITY)).toThrow(FormatError);
  });
});

describe('a quantity', () => {
  it('adds in the style of the first that is not zero', () => {
    expect(String(parseQuantity('1Gi').add('512Mi'))).toBe('1536Mi');
    expect(String(parseQuantity('0').add('1Gi'))).toBe('1Gi');
    expect(String(parseQuantity('1Gi').add('1m'))).toBe('1073741824001m');
    expect(String(parseQuantity('1').sub('1500m'))).toBe('-500m');
    expect(String(sumQuantities(['100m', 0.2, '1']))).toBe('1300m');
    expect(String(sumQuantities([]))).toBe('0');
    expect(String(parseQuantity('250m').mul(4))).toBe('1');
    expect(String(parseQuantity('7Ei').add('7Ei'))).toBe('14Ei');
  });

  it('tells its value in base units, rounded away from zero', () => {
    expect(parseQuantity('1.5').value()).toBe(2n);
    expect(parseQuantity('-1.5').value()).toBe(-2n);
    expect(parseQuantity('1Gi').value()).toBe(1073741824n);
    expect(parseQuantity('1n').milliValue()).toBe(1n);
    expect(parseQuantity('1500m').milliValue()).toBe(1500n);
    expect(parseQuantity('1500M').scaled(9)).toBe(2n);
    expect(parseQuantity('0.1').toNumber()).toBe(0.1);
  });

  it('compares by value, whatever the style and however large', () => {
    expect(['1Gi', '1G', '1000m', '-1', '1n', '0', '1e400', '1e399'].sort(compareQuantities)).toEqual([
      '-1',
      '0',
      '1n',
      '1000m',
      '1G',
      '1Gi',
      '1e399',
      '1e400',
    ]);
    expect(parseQuantity('1').equals('1000m')).toBe(true);
    expect(parseQuantity('1e999999999').compare('1e-9')).toBe(1);
    expect(parseQuantity('-1e999999999').compare('-1e999999998')).toBe(-1);
  });

  it('refuses to write out numbers that are absurdly large', () => {
    expect(() => parseQuantity('1e999999999').add('1')).toThrow(FormatError);
    expect(() => parseQuantity('1e999999999').value()).toThrow(FormatError);
    expect(String(parseQuantity('1e999999999').add('0'))).toBe('1e999999999');
  });
});

// A model of its own: a rational number, as numerator over 10^9 after rounding.
const powers: { [suffix: string]: [bigint, number] } = {
  n: [1n, -9],
  u: [1n, -6],
  m: [1n, -3],
  '': [1n, 0],
  k: [1n, 3],
  M: [1n, 6],
  G: [1n, 9],
  T: [1n, 12],
  P: [1n, 15],
  E: [1n, 18],
  Ki: [1024n, 0],
  Mi: [1024n ** 2n, 0],
  Gi: [1024n ** 3n, 0],
  Ti: [1024n ** 4n, 0],
  Pi: [1024n ** 5n, 0],
  Ei: [1024n ** 6n, 0],
};
function nanos(negative: boolean, whole: string, fraction: string, suffix: string): bigint {
  const [factor, power] = powers[suffix] ?? [1n, Number(suffix.slice(1))];
  const places = power - fraction.length + 9;
  const top = BigInt(whole + fraction) * factor * (places > 0 ? 10n ** BigInt(places) : 1n);
  const bottom = places < 0 ? 10n ** BigInt(-places) : 1n;
  let value = (top + bottom - 1n) / bottom;
  const cap = (2n ** 63n - 1n) * 10n ** 9n;
  if (suffix.endsWith('i') && value > cap) value = cap;
  return negative ? -value : value;
}
const digits = (min: number, max: number) =>
  fc.string({ unit: fc.constantFrom(...'0000123456789'), minLength: min, maxLength: max });
const parts = fc.record({
  sign: fc.constantFrom('', '-', '+'),
  whole: digits(1, 22),
  fraction: digits(0, 14),
  suffix: fc.oneof(
    fc.constantFrom(...Object.keys(powers)),
    fc.integer({ min: -20, max: 30 }).map((n) => `e${n}`),
  ),
});
const written = parts.map((p) => ({
  text: `${p.sign}${p.whole}${p.fraction === '' ? '' : `.${p.fraction}`}${p.suffix}`,
  nanos: nanos(p.sign === '-', p.whole, p.fraction, p.suffix),
}));
const exact = (q: { coefficient: bigint; exponent: number }) => q.coefficient * 10n ** BigInt(q.exponent + 9);

describe('quantity properties', () => {
  it('a text means what the model says, and its canonical form means the same', () => {
    fc.assert(
      fc.property(written, (q) => {
        const parsed = parseQuantity(q.text);
        expect(exact(parsed)).toBe(q.nanos);
        expect(exact(parseQuantity(parsed.canonical()))).toBe(q.nanos);
        expect(exact(parseQuantity(parsed.toString()))).toBe(q.nanos);
      }),
      { numRuns: 2000 },
    );
  });

  it('the canonical form is a fixpoint without fraction, and no larger suffix would do', () => {
    fc.assert(
      fc.property(written, (q) => {
        const canonical = canonicalQuantity(q.text);
        expect(canonicalQuantity(canonical)).toBe(canonical);
        expect(String(parseQuantity(canonical))).toBe(canonical);
        const [, number = '', suffix = ''] = /^(-?\d+)(.*)$/.exec(canonical) ?? [];
        expect(number).not.toBe('');
        if (/^[KMGTP]i$/.test(suffix)) expect(BigInt(number) % 1024n).not.toBe(0n);
        else if (suffix !== 'E' && suffix !== 'Ei' && canonical !== '0')
          expect(BigInt(number) % 1000n === 0n && !/i/.test(q.text)).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  it('order, sum and difference agree with the model', () => {
    const sign = (n: bigint) => (n < 0n ? -1 : n > 0n ? 1 : 0);
    fc.assert(
      fc.property(written, written, (a, b) => {
        expect(compareQuantities(a.text, b.text)).toBe(sign(a.nanos - b.nanos));
        expect(exact(parseQuantity(a.text).add(b.text))).toBe(a.nanos + b.nanos);
        expect(exact(parseQuantity(a.text).sub(b.text))).toBe(a.nanos - b.nanos);
      }),
    );
  });

  it('any text is read or refused with a FormatError', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'0123456789.+-eEinumkKMGTP ') })),
        (text) => {
          try {
            const canonical = canonicalQuantity(text);
            expect(canonicalQuantity(canonical)).toBe(canonical);
          } catch (error) {
            if (!(error instanceof FormatError)) throw error;
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});
