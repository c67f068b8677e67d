import { decodeUtf8Strict } from '../../util/bytes.js';
import { type JsonObject, setOwn } from '../patch/json-value.js';
import { type RawField, rawWireType, wireTypeOfKind } from '../scheme/wire-types.js';

/** Bytes that are no protobuf object. */
export class ProtobufProblem extends Error {
  override readonly name = 'ProtobufProblem';
}

const magic = [0x6b, 0x38, 0x73, 0x00]; // k8s\0
const maxDepth = 100;

/**
 * Reads an object in the protobuf form that Go clients send (`application/vnd.kubernetes.protobuf`): four bytes of magic and an
 * Unknown message that says the kind and holds the object. Gives the same object its JSON form would. Throws a `ProtobufProblem`.
 */
export function decodeProtobuf(bytes: Uint8Array, fallback: { apiVersion: string; kind: string }): JsonObject {
  if (!magic.every((byte, index) => bytes[index] === byte))
    throw new ProtobufProblem('the body does not begin with k8s');
  let raw: Uint8Array = new Uint8Array();
  let { apiVersion, kind } = fallback;
  for (const { number, value } of fieldsIn(bytes.subarray(magic.length))) {
    if (number === 1 && value instanceof Uint8Array) {
      for (const part of fieldsIn(value)) {
        const text = part.value instanceof Uint8Array ? decodeText(part.value) : '';
        if (part.number === 1 && text !== '') apiVersion = text;
        if (part.number === 2 && text !== '') kind = text;
      }
    }
    if (number === 2 && value instanceof Uint8Array) raw = value;
  }
  const type = wireTypeOfKind(apiVersion, kind) ?? wireTypeOfKind('meta.k8s.io/v1', kind);
  if (type === undefined) throw new ProtobufProblem(`there is no ${kind} in ${apiVersion}`);
  return { apiVersion, kind, ...struct(type, raw, 0) };
}

type Scalar = bigint | Uint8Array;

interface Field {
  readonly number: number;
  readonly value: Scalar;
}

/** The fields of a message, in the order they come. */
function* fieldsIn(bytes: Uint8Array): Generator<Field> {
  const reader = { bytes, at: 0 };
  while (reader.at < bytes.length) {
    const tag = Number(varint(reader));
    const number = tag >>> 3;
    switch (tag & 7) {
      case 0:
        yield { number, value: varint(reader) };
        break;
      case 1:
        yield { number, value: take(reader, 8) };
        break;
      case 2:
        yield { number, value: take(reader, Number(varint(reader))) };
        break;
      case 5:
        yield { number, value: take(reader, 4) };
        break;
      default:
        throw new ProtobufProblem(`wire type ${tag & 7} is not known`);
    }
  }
}

interface Reader {
  readonly bytes: Uint8Array;
  at: number;
}

function varint(reader: Reader): bigint {
  let result = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = reader.bytes[reader.at++];
    if (byte === undefined) throw new ProtobufProblem('the message ends inside a number');
    result |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return BigInt.asUintN(64, result);
  }
  throw new ProtobufProblem('a number has more than ten bytes');
}

function take(reader: Reader, length: number): Uint8Array {
  const end = reader.at + length;
  if (end > reader.bytes.length) throw new ProtobufProblem('the message ends inside a field');
  const part = reader.bytes.subarray(reader.at, end);
  reader.at = end;
  return part;
}

function struct(typeName: string, bytes: Uint8Array, depth: number): JsonObject {
  if (depth > maxDepth) throw new ProtobufProblem('the message is nested too deep');
  const type = rawWireType(typeName);
  if (!Array.isArray(type)) throw new ProtobufProblem(`${typeName} is no message`);
  const byNumber = new Map<number, RawField>(type.filter((field) => field[2] > 0).map((field) => [field[2], field]));
  const out: JsonObject = {};
  for (const { number, value } of fieldsIn(bytes)) {
    const field = byNumber.get(number);
    if (field === undefined) continue;
    const [name, inner, , flags = ''] = field;
    if (flags.includes('i')) Object.assign(out, struct(inner, asBytes(value), depth + 1));
    else if (flags.includes('m')) addEntry(out, name, inner, asBytes(value), depth + 1);
    else if (flags.includes('l')) {
      const list = Array.isArray(out[name]) ? out[name] : [];
      list.push(single(inner, value, depth + 1));
      out[name] = list;
    } else out[name] = single(inner, value, depth + 1);
  }
  return out;
}

/** A map is a list of pairs. */
function addEntry(out: JsonObject, name: string, type: string, bytes: Uint8Array, depth: number): void {
  let key = '';
  let entry: Scalar | undefined;
  for (const { number, value } of fieldsIn(bytes)) {
    if (number === 1) key = decodeText(asBytes(value));
    if (number === 2) entry = value;
  }
  const map = (out[name] ?? {}) as JsonObject;
  setOwn(map, key, single(type, entry ?? new Uint8Array(), depth));
  out[name] = map;
}

function single(type: string, value: Scalar, depth: number): unknown {
  switch (type) {
    case 'string':
      return decodeText(asBytes(value));
    case 'bytes':
      return Buffer.from(asBytes(value)).toString('base64');
    case 'bool':
      return value !== 0n;
    case 'int32':
    case 'int64':
      return asInteger(value);
    case 'float64':
      return Buffer.from(asBytes(value)).readDoubleLE(0);
    case 'api/resource.Quantity':
      return textField(asBytes(value), 1);
    case 'apis/meta/v1.Time':
      return time(asBytes(value), 0);
    case 'apis/meta/v1.MicroTime':
      return time(asBytes(value), 6);
    case 'util/intstr.IntOrString':
      return intOrString(asBytes(value));
    case 'runtime.RawExtension':
    case 'apis/meta/v1.FieldsV1':
    case 'apiextensions/v1.JSON':
      return rawJson(asBytes(value));
  }
  const wire = rawWireType(type);
  if (typeof wire === 'string' && wire !== 'custom') {
    return [...fieldsIn(asBytes(value))].map((item) => single(wire, item.value, depth + 1));
  }
  return struct(type, asBytes(value), depth);
}

function asBytes(value: Scalar): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw new ProtobufProblem('a number stands where bytes belong');
}

function asInteger(value: Scalar): number {
  if (value instanceof Uint8Array) return 0;
  return Number(BigInt.asIntN(64, value));
}

function decodeText(bytes: Uint8Array): string {
  try {
    return decodeUtf8Strict(bytes);
  } catch {
    throw new ProtobufProblem('a text is not UTF-8');
  }
}

function textField(bytes: Uint8Array, wanted: number): string {
  for (const { number, value } of fieldsIn(bytes)) if (number === wanted) return decodeText(asBytes(value));
  return '';
}

/** Seconds and nanoseconds since 1970; nothing for the zero time. */
function time(bytes: Uint8Array, digits: number): string | null {
  let seconds: number | undefined;
  let nanos = 0;
  for (const { number, value } of fieldsIn(bytes)) {
    if (number === 1) seconds = asInteger(value);
    if (number === 2) nanos = asInteger(value);
  }
  if (seconds === undefined) return null;
  const date = new Date(seconds * 1_000);
  if (Number.isNaN(date.getTime())) throw new ProtobufProblem('a time is out of range');
  const whole = date.toISOString().slice(0, 19);
  return digits === 0 ? `${whole}Z` : `${whole}.${String(Math.floor(nanos / 1_000)).padStart(digits, '0')}Z`;
}

function intOrString(bytes: Uint8Array): number | string {
  let isText = false;
  let number = 0;
  let text = '';
  for (const field of fieldsIn(bytes)) {
    if (field.number === 1) isText = asInteger(field.value) === 1;
    if (field.number === 2) number = asInteger(field.value);
    if (field.number === 3) text = decodeText(asBytes(field.value));
  }
  return isText ? text : number;
}

function rawJson(bytes: Uint8Array): unknown {
  const text = textField(bytes, 1);
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch {
    throw new ProtobufProblem('raw JSON inside the message cannot be read');
  }
}
