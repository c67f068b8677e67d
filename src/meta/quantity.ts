import { textCache } from '../util/text-cache.js';
import { FormatError } from './format-error.js';
import { formatDecimal, interpretSuffix, type QuantityFormat } from './quantity-suffix.js';
import type { Quantity } from './scalars.js';

export type { QuantityFormat } from './quantity-suffix.js';

/** A quantity in any form: as the API writes it, or parsed. */
export type QuantityLike = Quantity | ParsedQuantity;

const nano = -9;
const maxBinary = 2n ** 63n - 1n;
/** Sums of numbers further apart than this many decimal places are refused: nobody means them, and they would eat all memory. */
const maxSpread = 10_000;

/**
 * An exact number with the suffix style it was written in: `coefficient` × 10^`exponent`. Never a floating point number.
 * Does not change; arithmetic gives a new one, in the style of this one (of the other when this one is zero), as
 * Kubernetes' `resource.Quantity` does.
 */
export class ParsedQuantity {
  /** Takes an exact value; texts are read by `parseQuantity`. */
  constructor(
    /** The digits: the value is `coefficient * 10 ** exponent`. */
    readonly coefficient: bigint,
    /** The power of ten. */
    readonly exponent: number,
    /** Which family of suffixes it is written with. */
    readonly format: QuantityFormat = 'DecimalSI',
    /** The text an API server would keep as it was written, though it may not be canonical. */
    private readonly written?: string,
  ) {}

  /** True if the value is 0, whatever its suffix. */
  get isZero(): boolean {
    return this.coefficient === 0n;
  }

  /** -1, 0 or 1. */
  get sign(): -1 | 0 | 1 {
    return this.coefficient === 0n ? 0 : this.coefficient < 0n ? -1 : 1;
  }

  /** Less than zero, zero or more than zero as this is less than, equal to or greater than `other`. The style does not matter. */
  compare(other: QuantityLike): -1 | 0 | 1 {
    const that = toQuantity(other);
    if (this.sign !== that.sign) return this.sign < that.sign ? -1 : 1;
    if (this.sign === 0) return 0;
    if (this.exponent === that.exponent) {
      return this.coefficient === that.coefficient ? 0 : this.coefficient < that.coefficient ? -1 : 1;
    }
    // Numbers of different length are told apart without writing them out: exponents may be huge.
    const longer = digits(this.coefficient) + this.exponent - digits(that.coefficient) - that.exponent;
    if (longer !== 0) return longer > 0 === this.sign > 0 ? 1 : -1;
    const [a, b] = align(this, that);
    return a === b ? 0 : a < b ? -1 : 1;
  }

  /** Reports whether both are the same number: `1` and `1000m` are. */
  equals(other: QuantityLike): boolean {
    return this.compare(other) === 0;
  }

  /** The sum. Throws a `FormatError` when the two are more than 10 000 decimal places apart. */
  add(other: QuantityLike): ParsedQuantity {
    const that = toQuantity(other);
    const format = this.isZero ? that.format : this.format;
    // Zero stands at no decimal place, so it never makes two quantities too far apart.
    if (that.isZero) return new ParsedQuantity(this.coefficient, this.exponent, format);
    if (this.isZero) return new ParsedQuantity(that.coefficient, that.exponent, format);
    const [a, b, exponent] = align(this, that);
    return new ParsedQuantity(a + b, exponent, format);
  }

  /** The difference. Throws a `FormatError` when the two are more than 10 000 decimal places apart. */
  sub(other: QuantityLike): ParsedQuantity {
    return this.add(toQuantity(other).neg());
  }

  /** The product with a whole number. Throws a `FormatError` for any other number. */
  mul(factor: bigint | number): ParsedQuantity {
    return new ParsedQuantity(this.coefficient * BigInt(factor), this.exponent, this.format);
  }

  /** The negative. */
  neg(): ParsedQuantity {
    return this.isZero ? this : new ParsedQuantity(-this.coefficient, this.exponent, this.format);
  }

  /** In whole base units (cores, bytes), rounded away from zero. Throws a `FormatError` beyond 10 000 digits. */
  value(): bigint {
    return this.scaled(0);
  }

  /** In thousandths of the base unit, rounded away from zero. Throws a `FormatError` beyond 10 000 digits. */
  milliValue(): bigint {
    return this.scaled(-3);
  }

  /** In units of 10^`scale`, rounded away from zero: `scaled(6)` counts millions. Throws a `FormatError` beyond 10 000 digits. */
  scaled(scale: number): bigint {
    const shift = this.exponent - scale;
    if (shift >= 0) return this.coefficient * pow10(this.isZero ? 0 : shift);
    return divideAwayFromZero(this.coefficient, -shift);
  }

  /** The nearest floating point number: for display and estimates, not for sums. */
  toNumber(): number {
    return Number(`${this.coefficient}e${this.exponent}`);
  }

  /**
   * The one way to write this number in its style: no fraction, and the largest suffix that needs none. Binary numbers between
   * -1024 and 1024, and those with a fraction, are written in decimal style.
   */
  canonical(): string {
    if (this.isZero) return '0';
    if (this.format === 'BinarySI') {
      const binary = formatBinary(this);
      if (binary !== undefined) return binary;
    }
    const [stripped, places] = stripZeros(this.coefficient, this.exponent);
    let [coefficient, exponent] =
      places < nano ? [divideAwayFromZero(stripped, nano - places), nano] : [stripped, places];
    const rest = ((exponent % 3) + 3) % 3;
    coefficient *= 10n ** BigInt(rest);
    exponent -= rest;
    return formatDecimal(coefficient, exponent, this.format === 'DecimalExponent' ? 'DecimalExponent' : 'DecimalSI');
  }

  /**
   * Returns the text that an API server answers for this quantity: the canonical form, except that it keeps some texts as written
   * (`1.500`, `+1`).
   */
  toString(): string {
    return this.written ?? this.canonical();
  }

  /** As `toString`. */
  toJSON(): string {
    return this.toString();
  }
}

/**
 * Reads a quantity: digits with at most one dot, then nothing, a decimal suffix (`n u m k M G T P E`), a binary one (`Ki Mi Gi Ti Pi Ei`)
 * or an exponent (`e3`, `E-3`). What is finer than 1n is rounded away from zero to it; binary quantities are capped at
 * 2^63-1 in magnitude. Throws a `FormatError` with the message an API server gives.
 */
export function parseQuantity(quantity: Quantity): ParsedQuantity {
  const text = String(quantity);
  let parsed = recent.get(text);
  if (parsed === undefined) {
    parsed = parse(text.trim());
    recent.set(text, parsed);
  }
  return parsed;
}

/** Quantities read lately, which are immutable. Most objects use the same few. */
const recent = textCache<ParsedQuantity>(16 * 1024);

function parse(text: string): ParsedQuantity {
  // The bound is far beyond any number that is meant; without it a hostile one could keep the process busy.
  const match = text.length > 1024 ? null : /^([+-]?)(\d*)(?:\.(\d*))?(|[+-]\d*|[eEinumkKMGTP]+[+-]?\d*)$/.exec(text);
  if (text === '' || match === null) {
    throw fault("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
  }
  const [, sign, digits = '', fraction = '', suffix = ''] = match;
  const whole = digits.replace(/^0+/, '');
  const unit = interpretSuffix(suffix);
  if (unit === undefined) throw fault("unable to parse quantity's suffix");
  const digitsText = (whole === '' ? '0' : whole) + fraction;
  const exponent = unit.exponent10 - fraction.length;
  const magnitude = BigInt(digitsText) * 2n ** BigInt(unit.exponent2);
  // Kubernetes has a quick path for numbers that surely fit 64 bits. It matters here only because it keeps the text, and because
  // it takes a missing number for zero.
  const spare =
    unit.format === 'BinarySI'
      ? fraction === ''
        ? 14 - digitsText.length - Math.trunc((unit.exponent2 * 3) / 10)
        : -1
      : 18 - digitsText.length;
  const quick = spare >= 0 && exponent >= nano;
  if (!quick && !/\d/.test(text.slice(0, text.length - suffix.length)))
    throw fault('unable to parse numeric part of quantity');
  const kept = quick && keepsText(digitsText, exponent, unit.format) ? text : undefined;
  return bounded(magnitude, exponent, unit.format, sign === '-', kept);
}

/** `quantity` parsed, if it is not already. Throws a `FormatError`. */
export function toQuantity(quantity: QuantityLike): ParsedQuantity {
  return quantity instanceof ParsedQuantity ? quantity : parseQuantity(quantity);
}

/** Orders quantities by value: less than zero, zero or more than zero, as `Array.sort` wants. Throws a `FormatError`. */
export function compareQuantities(a: QuantityLike, b: QuantityLike): -1 | 0 | 1 {
  return toQuantity(a).compare(b);
}

/** The canonical form: `1.5Gi` is `1536Mi`, `0.5` is `500m`. Throws a `FormatError`. */
export function canonicalQuantity(quantity: QuantityLike): string {
  return toQuantity(quantity).canonical();
}

/** The sum of all, `0` for none, in the style of the first that is not zero. Throws a `FormatError`. */
export function sumQuantities(quantities: Iterable<QuantityLike>): ParsedQuantity {
  let sum = new ParsedQuantity(0n, 0);
  for (const quantity of quantities) sum = sum.add(quantity);
  return sum;
}

/** Reports whether a text that needed no rounding stays as written, canonical or not. */
function keepsText(digitsText: string, exponent: number, format: QuantityFormat): boolean {
  if (format === 'BinarySI') return BigInt(digitsText) % 8n !== 0n;
  return exponent % 3 === 0 && !digitsText.endsWith('000') && !digitsText.startsWith('0');
}

function bounded(
  magnitude: bigint,
  exponent: number,
  format: QuantityFormat,
  negative: boolean,
  written: string | undefined,
): ParsedQuantity {
  if (magnitude === 0n) return new ParsedQuantity(0n, 0, format);
  let value = new ParsedQuantity(magnitude, exponent, format);
  if (exponent < nano) {
    value = new ParsedQuantity(divideAwayFromZero(magnitude, nano - exponent), nano, format);
  }
  if (format === 'BinarySI') {
    if (value.compare(new ParsedQuantity(maxBinary, 0)) > 0) value = new ParsedQuantity(maxBinary, 0, format);
    // Below one, the decimal style is the clearer one.
    else if (value.compare(new ParsedQuantity(1n, 0)) < 0) {
      value = new ParsedQuantity(value.coefficient, value.exponent, 'DecimalSI');
    }
  }
  return new ParsedQuantity(negative ? -value.coefficient : value.coefficient, value.exponent, value.format, written);
}

/** Written with a binary suffix; nothing when that would be unclear (below 1024) or inexact. */
function formatBinary(quantity: ParsedQuantity): string | undefined {
  if (quantity.exponent < 0 && quantity.coefficient % pow10(-quantity.exponent) !== 0n) return undefined;
  let value = quantity.value();
  if (value > -1024n && value < 1024n) return undefined;
  let power = 0;
  while (power < 6 && value % 1024n === 0n) {
    value /= 1024n;
    power++;
  }
  return `${value}${['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'][power]}`;
}

/** Both coefficients at the same, the smaller, exponent. */
function align(a: ParsedQuantity, b: ParsedQuantity): [a: bigint, b: bigint, exponent: number] {
  const exponent = Math.min(a.exponent, b.exponent);
  return [a.coefficient * pow10(a.exponent - exponent), b.coefficient * pow10(b.exponent - exponent), exponent];
}

function pow10(exponent: number): bigint {
  if (exponent > maxSpread) throw new FormatError('quantity', `a quantity with more than ${maxSpread} decimal places`);
  return 10n ** BigInt(exponent);
}

function digits(value: bigint): number {
  return (value < 0n ? -value : value).toString().length;
}

/** `value` / 10^`places`, away from zero where that is not exact. */
function divideAwayFromZero(value: bigint, places: number): bigint {
  if (value === 0n) return 0n;
  const away = value < 0n ? -1n : 1n;
  if (places >= digits(value)) return away;
  const divisor = 10n ** BigInt(places);
  return value % divisor === 0n ? value / divisor : value / divisor + away;
}

function stripZeros(coefficient: bigint, exponent: number): [bigint, number] {
  const text = coefficient.toString();
  const kept = text.replace(/0+$/, '');
  return [BigInt(kept), exponent + text.length - kept.length];
}

function fault(message: string): FormatError {
  return new FormatError('quantity', message);
}
