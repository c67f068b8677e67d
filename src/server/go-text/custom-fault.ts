import { canonicalQuantity, FormatError } from '../../meta/index.js';
import { goJsonKind } from '../../patch/go-format.js';
import { parseTime } from './go-time.js';

/** Why a value does not fit a type. `type` is set if the value has the wrong JSON type, which Go tells with the path of the field. */
export interface Fault {
  readonly text: string;
  /** The type that Go wanted, such as `string`. */
  readonly type?: string;
}

/** Returns why a type with a JSON form of its own, such as a time, cannot hold a value. Null fits every type. */
export function customFault(type: string, value: unknown): Fault | undefined {
  switch (type) {
    case 'apis/meta/v1.Time':
      return timeFault(value, 'seconds');
    case 'apis/meta/v1.MicroTime':
      return timeFault(value, 'micros');
    case 'api/resource.Quantity':
      return quantityFault(value);
    case 'util/intstr.IntOrString':
      return typeof value === 'string' ? undefined : integerFault(value, 'int32');
    case 'apiextensions/v1.JSONSchemaPropsOrBool':
      return typeof value === 'boolean' || goJsonKind(value) === 'object'
        ? undefined
        : { text: 'boolean or JSON schema expected' };
    default:
      return undefined;
  }
}

function timeFault(value: unknown, precision: 'seconds' | 'micros'): Fault | undefined {
  if (typeof value !== 'string') return wrongType(value, 'string');
  try {
    parseTime(value, precision);
    return undefined;
  } catch (error) {
    return { text: error instanceof Error ? error.message : String(error) };
  }
}

function quantityFault(value: unknown): Fault | undefined {
  try {
    // Go reads whatever stands there as the text of a quantity.
    canonicalQuantity(typeof value === 'number' ? value : typeof value === 'string' ? value.trim() : '!');
    return undefined;
  } catch (error) {
    if (error instanceof FormatError) return { text: error.message };
    throw error;
  }
}

/** Returns why an integer type cannot hold a value. */
export function integerFault(value: unknown, type: string): Fault | undefined {
  if (typeof value !== 'number') return wrongType(value, type);
  const fits = Number.isInteger(value) && (type === 'int32' ? (value | 0) === value : Math.abs(value) <= 2 ** 63);
  return fits ? undefined : { text: `json: cannot unmarshal number ${value} into`, type };
}

/** Returns the fault of a value of the wrong JSON type. */
export function wrongType(value: unknown, type: string): Fault {
  return { text: `json: cannot unmarshal ${goJsonKind(value)} into`, type };
}

/** Returns why bytes in base64 cannot be read, in Go's words. Line breaks are skipped. */
export function base64Fault(text: string): string | undefined {
  const bytes = Buffer.from(text);
  const at = corruptByte(bytes);
  return at === undefined ? undefined : `illegal base64 data at input byte ${at}`;
}

function corruptByte(bytes: Uint8Array): number | undefined {
  const isBreak = (at: number): boolean => bytes[at] === 0x0a || bytes[at] === 0x0d;
  let at = 0;
  const skipBreaks = (): void => {
    while (at < bytes.length && isBreak(at)) at++;
  };
  while (at < bytes.length) {
    let read = 0;
    while (read < 4) {
      if (at === bytes.length) return read === 0 ? undefined : at - read;
      if (isBreak(at)) {
        at++;
        continue;
      }
      const byte = bytes[at++];
      if (byte !== padding) {
        if (!isBase64(byte)) return at - 1;
        read++;
        continue;
      }
      if (read < 2) return at - 1;
      if (read === 2) {
        skipBreaks();
        if (at === bytes.length) return at;
        if (bytes[at] !== padding) return at - 1;
        at++;
      }
      skipBreaks();
      return at < bytes.length ? at : undefined;
    }
  }
  return undefined;
}

const padding = 0x3d;

function isBase64(byte: number | undefined): boolean {
  return byte !== undefined && /[A-Za-z0-9+/]/.test(String.fromCharCode(byte));
}
