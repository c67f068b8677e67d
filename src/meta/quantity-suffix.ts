/** The formats of a quantity: `12Mi`, `12M` or `12e6`. */
export type QuantityFormat = 'BinarySI' | 'DecimalSI' | 'DecimalExponent';

/** The factor of a suffix: 2^`exponent2` × 10^`exponent10`. */
export interface QuantityUnit {
  readonly format: QuantityFormat;
  readonly exponent2: number;
  readonly exponent10: number;
}

const decimals = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const binaries = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

/** Returns the unit of a suffix, or undefined if it does not exist. */
export function interpretSuffix(suffix: string): QuantityUnit | undefined {
  const decimal = decimals.indexOf(suffix);
  if (decimal >= 0) return { format: 'DecimalSI', exponent2: 0, exponent10: decimal * 3 - 9 };
  const binary = binaries.indexOf(suffix);
  if (binary >= 0) return { format: 'BinarySI', exponent2: (binary + 1) * 10, exponent10: 0 };
  const exponent = /^[eE]([+-]?\d{1,19})$/.exec(suffix)?.[1];
  if (exponent === undefined) return undefined;
  const value = BigInt(exponent.replace('+', ''));
  if (BigInt.asIntN(64, value) !== value) return undefined;
  // API servers keep 32 bits of it; agreeing with them is worth more than being right about numbers nobody writes.
  return { format: 'DecimalExponent', exponent2: 0, exponent10: Number(BigInt.asIntN(32, value)) };
}

/** A coefficient and an exponent (a multiple of three) as text. Beyond the largest suffix the number gets longer instead. */
export function formatDecimal(coefficient: bigint, exponent: number, format: 'DecimalSI' | 'DecimalExponent'): string {
  if (format === 'DecimalExponent') return exponent === 0 ? `${coefficient}` : `${coefficient}e${exponent}`;
  const extra = Math.max(0, exponent - 18);
  return `${coefficient * 10n ** BigInt(extra)}${decimals[(exponent - extra + 9) / 3]}`;
}
