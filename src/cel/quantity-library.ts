import { FormatError, ParsedQuantity, parseQuantity } from '../meta/index.js';
import type { Functions } from './functions.js';
import { types } from './types.js';
import { CelError, CelOpaque } from './values.js';

/** A quantity as expressions handle it. */
class CelQuantity extends CelOpaque {
  readonly type = types.quantity;

  constructor(readonly value: ParsedQuantity) {
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
  const made = (value: () => ParsedQuantity): CelQuantity => {
    try {
      return new CelQuantity(value());
    } catch (error) {
      if (error instanceof RangeError || error instanceof FormatError) throw new CelError(error.message);
      throw error;
    }
  };
  functions
    .add('quantity', 'string_to_quantity', '(string): quantity', (text: string) => made(() => parseQuantity(text)))
    .add('isQuantity', 'is_quantity_string', '(string): bool', (text: string) => {
      try {
        return made(() => parseQuantity(text)) !== undefined;
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
    .add('asInteger', 'quantity_get_int', 'quantity.(): int', ({ value }: CelQuantity) => {
      const whole = integerOf(value);
      if (whole === undefined) throw new CelError('cannot convert value to integer');
      return whole;
    })
    .add(
      'isInteger',
      'quantity_is_integer',
      'quantity.(): bool',
      ({ value }: CelQuantity) => integerOf(value) !== undefined,
    )
    .add('add', 'quantity_add', 'quantity.(quantity): quantity', (a: CelQuantity, b: CelQuantity) =>
      made(() => a.value.add(b.value)),
    )
    .add('add', 'quantity_add_int', 'quantity.(int): quantity', (a: CelQuantity, b: bigint) =>
      made(() => a.value.add(plain(b))),
    )
    .add('sub', 'quantity_sub', 'quantity.(quantity): quantity', (a: CelQuantity, b: CelQuantity) =>
      made(() => a.value.sub(b.value)),
    )
    .add('sub', 'quantity_sub_int', 'quantity.(int): quantity', (a: CelQuantity, b: bigint) =>
      made(() => a.value.sub(plain(b))),
    );
}

/** The whole number a quantity is, where it is one of 64 bits. */
function integerOf(value: ParsedQuantity): bigint | undefined {
  if (value.exponent > 40) return undefined;
  const whole = value.value();
  return value.compare(new ParsedQuantity(whole, 0)) === 0 && whole < 2n ** 63n && whole >= -(2n ** 63n)
    ? whole
    : undefined;
}
