import { goNames, goStructs } from './go-structs.js';

const NIL = '<nil>';
/** The most digits of a number that Go keeps as an int64 and not as a big decimal. */
const MOST_DIGITS = 18;
const NANO = 9n;

/**
 * Writes a value of a Go type as upstream's `dump.ForHash` does: on one line, with types, and with every field that is not set. Such a
 * text is what `pod-template-hash` is the hash of.
 */
export function goDump(type: string, value: unknown): string {
  return `(${type})${body(type, value)}`;
}

/** Writes a field, which has its type before it. */
function field(type: string, value: unknown): string {
  if (!type.startsWith('*')) return goDump(type, value);
  return `(${type})${isUnset(value) ? NIL : body(type.slice(1), value)}`;
}

/** Writes an element of a list or a map, which has no type before it. */
function body(type: string, value: unknown): string {
  if (type.startsWith('[]')) return list(type.slice(2), value);
  if (type.startsWith('map[')) return map(type, value);
  const struct = goStructs[type];
  if (struct !== undefined) return structBody(struct, value);
  const special = specials[type];
  if (special !== undefined) return special(value);
  const named = goNames[type];
  if (named !== undefined) return body(named, value);
  if (type === 'string') return isUnset(value) ? '' : String(value);
  if (type === 'bool') return value === true ? 'true' : 'false';
  return isUnset(value) ? '0' : String(value);
}

function structBody(struct: string, value: unknown): string {
  const object = fieldsOf(value);
  const fields = struct.split(' ').map((one) => {
    const [, name = '', type = '', json = ''] = /^(\w+):(.*):([^:]*)$/.exec(one) ?? [];
    // An embedded struct has its fields where its owner has them.
    return `${name}:${field(type, json === '' ? object : object[json])}`;
  });
  return `{${fields.join(' ')}}`;
}

function list(type: string, value: unknown): string {
  if (!Array.isArray(value) || value.length === 0) return NIL;
  return `[${value.map((one) => (type.startsWith('*') ? `<*>${body(type.slice(1), one)}` : body(type, one))).join(' ')}]`;
}

function map(type: string, value: unknown): string {
  const entries = Object.entries(fieldsOf(value));
  if (entries.length === 0) return NIL;
  const [, of = ''] = /^map\[[^\]]*\](.*)$/.exec(type) ?? [];
  const sorted = entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `map[${sorted.map(([key, one]) => `${key}:${body(of, one)}`).join(' ')}]`;
}

const specials: { readonly [type: string]: ((value: unknown) => string) | undefined } = {
  // Templates have no times: the server drops them.
  'v1.Time': () => `{Time:(time.Time){wall:(uint64)0 ext:(int64)0 loc:(*time.Location)${NIL}}}`,
  'intstr.IntOrString': (value) => {
    const isText = typeof value === 'string';
    const [number, text] = isText ? [0, value] : [value ?? 0, ''];
    return `{Type:(intstr.Type)${isText ? 1 : 0} IntVal:(int32)${number} StrVal:(string)${text}}`;
  },
  'resource.Quantity': quantity,
};

/** Writes a quantity as Go has it in memory right after it was parsed. */
function quantity(value: unknown): string {
  const text = isUnset(value) ? '' : String(value);
  const parts = /^([+-]?)(\d*)(?:\.(\d*))?((?:[KMGTPE]i)|[numkMGTPE]|[eE][+-]?\d+)?$/.exec(text);
  if (parts === null || text === '' || text === '0')
    return quantityBody('0', '0', text, text === '' ? '' : 'DecimalSI');
  const [, sign, whole = '', fraction = '', suffix = ''] = parts;
  const digits = whole.replace(/^0+/, '') || (fraction === '' ? '0' : '');
  const denominator = fraction.replace(/0+$/, '');
  const binary = /^([KMGTPE])i$/.exec(suffix)?.[1];
  const minus = sign === '-' ? '-' : '';
  if (binary !== undefined) {
    const power = 10n * BigInt('KMGTPE'.indexOf(binary) + 1);
    const factor = 2n ** power;
    if (denominator !== '') return bigQuantity(minus, digits, denominator, factor);
    const number = BigInt(digits);
    const isCanonical = (number & 7n) !== 0n;
    return quantityBody(`${minus}${number * factor}`, '0', isCanonical ? text : '', 'BinarySI');
  }
  const isExponent = /^[eE]/.test(suffix);
  const exponent = isExponent ? Number(suffix.slice(1)) : (DECIMAL[suffix] ?? 0);
  const shifted = digits + denominator;
  const scale = exponent - denominator.length;
  if (shifted.length > MOST_DIGITS)
    return bigQuantity(minus, digits, denominator, 10n ** BigInt(Math.max(0, exponent)));
  const isCanonical = scale % 3 === 0 && !shifted.endsWith('000') && !shifted.startsWith('0');
  const format = isExponent ? 'DecimalExponent' : 'DecimalSI';
  return quantityBody(`${minus}${BigInt(shifted)}`, String(scale), isCanonical ? text : '', format);
}

const DECIMAL: { readonly [suffix: string]: number | undefined } = {
  n: -9,
  u: -6,
  m: -3,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};

function quantityBody(value: string, scale: string, text: string, format: string, big = NIL): string {
  const amount = `i:(resource.int64Amount){value:(int64)${value} scale:(resource.Scale)${scale}}`;
  return `{${amount} d:(resource.infDecAmount){Dec:(*inf.Dec)${big}} s:(string)${text} Format:(resource.Format)${format}}`;
}

/** Writes a quantity that Go keeps as a big decimal with nine digits behind the point. */
function bigQuantity(minus: string, digits: string, denominator: string, factor: bigint): string {
  const scaled = BigInt(`${digits}${denominator}` || '0') * factor * 10n ** NANO;
  const divisor = 10n ** BigInt(denominator.length);
  let rest = (scaled + divisor - 1n) / divisor;
  const words: string[] = [];
  for (; rest > 0n; rest >>= 64n) words.push(String(rest & 0xffff_ffff_ffff_ffffn));
  const neg = minus === '' ? 'false' : 'true';
  const unscaled = `unscaled:(big.Int){neg:(bool)${neg} abs:(big.nat)[${words.join(' ')}]}`;
  return quantityBody('0', '0', '', 'BinarySI', `{${unscaled} scale:(inf.Scale)${NANO}}`);
}

function isUnset(value: unknown): boolean {
  return value === undefined || value === null;
}

function fieldsOf(value: unknown): { readonly [field: string]: unknown } {
  return typeof value === 'object' && value !== null ? (value as { readonly [field: string]: unknown }) : {};
}
