import { FormatError, ParsedQuantity, parseQuantity } from '../meta/index.js';
import type { Functions } from './functions.js';
import { types } from './types.js';
import { CelError, CelOpaque } from './values.js';

/** A quantity as expressions handle it. */
class CelQuantity extends CelOpaque {
  readonly type = types.quantity;

  constructor(
    readonly value: ParsedQuantity,
    /** The power of ten of Go's fixed-point form. Undefined where Go needs its arbitrary-precision form. */
    readonly scale: number | undefined,
  ) {
    super();
  }

  override equals(other: CelOpaque): boolean {
    return other instanceof CelQuantity && other.value.equals(this.value);
  }
}

/** Quantities (https://kubernetes.io/docs/reference/using-api/cel/). */
export function quantityLibrary(functions: Functions): void {
  const compare = (a: CelQuantity, b: CelQuantity): number => a.value.compare(b.value);
  const plain = (value: bigint): ParsedQuantity => new ParsedQuantity(value, 0, 'DecimalExponent');
  const made = (value: () => ParsedQuantity, scale: number | undefined): CelQuantity => {
    try {
      return new CelQuantity(value(), scale);
    } catch (error) {
      if (error instanceof RangeError || error instanceof FormatError) throw new CelError(error.message);
      throw error;
    }
  };
  functions
    .add('quantity', 'string_to_quantity', '(string): quantity', (text: string) =>
      made(() => parsed(text), scaleOf(text)),
    )
    .add('isQuantity', 'is_quantity_string', '(string): bool', (text: string) => {
      try {
        return made(() => parsed(text), scaleOf(text)) !== undefined;
      } catch (error) {
        if (error instanceof CelError) return false;
        throw error;
      }
    })
    .add('sign', 'quantity_sign', '(quantity): int', ({ value }: CelQuantity) => BigInt(value.sign))
    .add(
      'isGreaterThan',
      'quantity_is_greater_than',
      'quantity.(quantity): bool',
      (a: CelQuantity, b: CelQuantity) => compare(a, b) > 0,
    )
    .add(
      'isLessThan',
      'quantity_is_less_than',
      'quantity.(quantity): bool',
      (a: CelQuantity, b: CelQuantity) => compare(a, b) < 0,
    )
    .add('compareTo', 'quantity_compare_to', 'quantity.(quantity): int', (a: CelQuantity, b: CelQuantity) =>
      BigInt(compare(a, b)),
    )
    .add('asApproximateFloat', 'quantity_get_float', 'quantity.(): double', ({ value }: CelQuantity) =>
      value.toNumber(),
    )
    .add('asInteger', 'quantity_get_int', 'quantity.(): int', (quantity: CelQuantity) => {
      const whole = integerOf(quantity);
      if (whole === undefined) throw new CelError('cannot convert value to integer');
      return whole;
    })
    .add(
      'isInteger',
      'quantity_is_integer',
      'quantity.(): bool',
      (quantity: CelQuantity) => integerOf(quantity) !== undefined,
    )
    .add('add', 'quantity_add', 'quantity.(quantity): quantity', (a: CelQuantity, b: CelQuantity) =>
      made(() => a.value.add(b.value), commonScale(a.scale, b.scale)),
    )
    .add('add', 'quantity_add_int', 'quantity.(int): quantity', (a: CelQuantity, b: bigint) =>
      made(() => a.value.add(plain(b)), commonScale(a.scale, 0)),
    )
    .add('sub', 'quantity_sub', 'quantity.(quantity): quantity', (a: CelQuantity, b: CelQuantity) =>
      made(() => a.value.sub(b.value), commonScale(a.scale, b.scale)),
    )
    .add('sub', 'quantity_sub_int', 'quantity.(int): quantity', (a: CelQuantity, b: bigint) =>
      made(() => a.value.sub(plain(b)), commonScale(a.scale, 0)),
    );
}

/** Parses a quantity. The JSON form may have white space around it, a string in an expression may not. */
function parsed(text: string): ParsedQuantity {
  return parseQuantity(/^\s|\s$/.test(text) ? '?' : text);
}

const decimalSuffixes = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const binarySuffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

/**
 * Returns the power of ten with which Go keeps a quantity in 64 bits. Undefined for quantities with too many digits, which Go
 * does not take for integers even where they are.
 */
function scaleOf(text: string): number | undefined {
  const [, digits = '', fraction = '', suffix = ''] = /^[+-]?0*(\d*)(?:\.(\d*))?(.*)$/s.exec(text) ?? [];
  const length = Math.max(1, digits.length);
  const binary = binarySuffixes.indexOf(suffix);
  if (binary > 0) return fraction === '' && 15 - length - Math.trunc(binary * 3) - 1 >= 0 ? 0 : undefined;
  const decimal = decimalSuffixes.indexOf(suffix);
  const exponent = decimal < 0 ? Number(suffix.slice(1)) : 3 * decimal - 9;
  const scale = exponent - fraction.length;
  return length + fraction.length <= 18 && scale >= -9 ? scale : undefined;
}

function commonScale(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : Math.min(a, b);
}

/** Returns the integer of 64 bits that a quantity is. Undefined for any other, and for integers written with a fraction. */
function integerOf({ value, scale }: CelQuantity): bigint | undefined {
  if (scale === undefined || scale < 0 || value.exponent > 40) return undefined;
  const whole = value.value();
  return value.compare(new ParsedQuantity(whole, 0)) === 0 && whole < 2n ** 63n && whole >= -(2n ** 63n)
    ? whole
    : undefined;
}
