import { isObject } from '../../util/json-value.js';
import { type FieldFact, typeFact, wireTypeOfKind } from './field-facts.js';
import { compareBytes } from './text.js';
import { UnencodableError } from './unencodable-error.js';
import { WireWriter } from './wire-writer.js';
import { lengthAndText, type Write, writeForms } from './write-forms.js';

type Fields = { readonly [name: string]: unknown };

/** Writes one field of an object, tag included; nothing where protobuf leaves it out. */
type WriteField = (w: WireWriter, object: Fields) => void;

/** The options of the encoder. */
export interface EncodeOptions {
  /** If true, fields that the kind does not have are an error. Default false: they are left out. */
  strict?: boolean | undefined;
}

// Encoding never gives way to other code, so one writer serves all.
const writer = new WireWriter();
const maxDepth = 500;

/**
 * An object with `apiVersion` and `kind` in its envelope. Throws an `UnencodableError` for a value its field cannot have, and for kinds
 * whose fields are not known.
 */
export function encodeObject(value: unknown, options: EncodeOptions = {}): Uint8Array {
  return encodeWith(value, options, writeEnvelope);
}

/** An object of a known type without an envelope. Throws as `encodeObject`. */
export function encodeMessage(value: unknown, typeName: string, options: EncodeOptions = {}): Uint8Array {
  return encodeWith(value, options, (w) => structWriter(typeName)(w, value));
}

/** An object that is encoded already, in its envelope. */
export function wrapMessage(apiVersion: string, kind: string, message: Uint8Array): Uint8Array {
  writer.reset();
  writeWrapped(writer, apiVersion, kind, message);
  return writer.take();
}

/**
 * Puts a list in its envelope: the field with its metadata, and items that are encoded already, each of which is copied once.
 *
 * @public The informer benchmark's server calls it in the built package.
 */
export function wrapList(apiVersion: string, kind: string, head: Uint8Array, items: readonly Uint8Array[]): Uint8Array {
  const parts = [head];
  let length = head.length;
  for (const item of items) {
    writer.reset();
    writer.varint(item.length);
    // Every list has its items in field 2.
    writer.byte(0x12);
    const before = writer.take();
    parts.push(before, item);
    length += before.length + item.length;
  }
  const [before, after] = envelopeAround(apiVersion, kind, length);
  return Buffer.concat([before, ...parts, after]);
}

/** Returns the bytes before and after a message of this length in an envelope. */
export function envelopeAround(
  apiVersion: string,
  kind: string,
  length: number,
): readonly [before: Uint8Array, after: Uint8Array] {
  writer.reset();
  envelope(writer, apiVersion, kind, () => writer.varint(length));
  const around = writer.take();
  const end = around.length - envelopeTail;
  return [around.subarray(0, end), around.subarray(end)];
}

/** A whole frame of a watch, its four bytes of length included, around an object that is encoded already. */
export function encodeFrame(type: string, apiVersion: string, kind: string, message: Uint8Array): Uint8Array {
  writer.reset();
  writeWrapped(writer, apiVersion, kind, message);
  writeEventAround(writer, type);
  const { length } = writer;
  writer.bytes([length >>> 24, (length >>> 16) & 0xff, (length >>> 8) & 0xff, length & 0xff]);
  return writer.take();
}

/** One event of a watch, without the length that goes before it. `object` is in its envelope. */
export function encodeWatchEvent(type: string, object: Uint8Array): Uint8Array {
  writer.reset();
  writer.bytes(object);
  writeEventAround(writer, type);
  return writer.take();
}

function writeWrapped(w: WireWriter, apiVersion: string, kind: string, message: Uint8Array): void {
  envelope(w, apiVersion, kind, () => {
    w.bytes(message);
    w.varint(message.length);
  });
}

/** Around the object that is all that has been written: 2 a RawExtension whose field 1 it is, 1 the type. */
function writeEventAround(w: WireWriter, type: string): void {
  w.varint(w.length);
  w.byte(0x0a);
  w.varint(w.length);
  w.byte(0x12);
  lengthAndText(w, type);
  w.byte(0x0a);
}

function encodeWith(value: unknown, options: EncodeOptions, write: Write): Uint8Array {
  writer.reset();
  writer.strict = options.strict ?? false;
  writer.depth = 0;
  write(writer, value);
  return writer.take();
}

function writeEnvelope(w: WireWriter, value: unknown): void {
  if (!isObject(value)) throw new UnencodableError('an object', value);
  const { apiVersion, kind } = value;
  if (apiVersion === undefined && kind === undefined && isWatchEvent(value)) {
    envelope(w, '', '', () => nested(w, value, structWriter('apis/meta/v1.WatchEvent')));
    return;
  }
  if (typeof apiVersion !== 'string') throw new UnencodableError('a string', apiVersion).under('apiVersion');
  if (typeof kind !== 'string') throw new UnencodableError('a string', kind).under('kind');
  const type = wireTypeOfKind(apiVersion, kind);
  if (type === undefined) throw new UnencodableError('a kind of the API', kind).under('kind');
  const write = structWriter(type);
  envelope(w, apiVersion, kind, () => nested(w, value, write));
}

/** Reports whether an object is an event of a watch: the only document without a kind. */
function isWatchEvent(value: Fields): boolean {
  return typeof value.type === 'string' && isObject(value.object);
}

/** The number of bytes of an envelope after the object. */
const envelopeTail = 4;

/** The message Unknown and what goes before it: 4 content type, 3 content encoding, 2 the object, 1 its kind. */
function envelope(w: WireWriter, apiVersion: string, kind: string, writeObject: () => void): void {
  w.byte(0);
  w.byte(0x22);
  w.byte(0);
  w.byte(0x1a);
  writeObject();
  w.byte(0x12);
  const before = w.length;
  lengthAndText(w, kind);
  w.byte(0x12);
  lengthAndText(w, apiVersion);
  w.byte(0x0a);
  w.varint(w.length - before);
  w.byte(0x0a);
  w.bytes([0x6b, 0x38, 0x73, 0x00]);
}

/** A message and, before it, its length. */
function nested(w: WireWriter, value: unknown, write: Write): void {
  const before = w.length;
  write(w, value);
  w.varint(w.length - before);
}

const structs = new Map<string, Write>();

/** Writes objects of a struct type; made when first needed. */
function structWriter(typeName: string): Write {
  const known = structs.get(typeName);
  if (known !== undefined) return known;
  const facts = typeFact(typeName);
  if (facts === undefined || typeof facts === 'string') throw new TypeError(`${typeName} is no struct`);
  const fields = facts
    .filter(([, , number]) => number > 0)
    .sort((a, b) => b[2] - a[2])
    .map(fieldWriter);
  const names = new Set(namesIn(facts));
  const write: Write = (w, value) => {
    const object = value ?? {};
    if (!isObject(object)) throw new UnencodableError('an object', value);
    if (w.strict) for (const name of Object.keys(object)) if (!names.has(name)) throw unknownField(name);
    if (++w.depth > maxDepth) throw new UnencodableError(`nothing nested deeper than ${maxDepth}`, value);
    for (const field of fields) field(w, object);
    w.depth--;
  };
  structs.set(typeName, write);
  return write;
}

/** The fields of the JSON form, those of embedded structs among them. */
function namesIn(facts: readonly FieldFact[]): string[] {
  return facts.flatMap(([name, type, , flags = '']) => {
    const inner = flags.includes('i') ? typeFact(type) : undefined;
    return inner === undefined || typeof inner === 'string' ? [name] : namesIn(inner);
  });
}

function unknownField(name: string): UnencodableError {
  return new UnencodableError('a field of the kind', undefined).under(name.slice(0, 64));
}

function fieldWriter([name, type, number, flags = '']: FieldFact): WriteField {
  if (flags.includes('i')) {
    const tag = (number << 3) | 2;
    const write = structWriterLater(type);
    return (w, object) => {
      // An embedded struct takes its fields from the same object, which has others too.
      const wasStrict = w.strict;
      w.strict = false;
      nested(w, object, write);
      w.strict = wasStrict;
      w.varint(tag);
    };
  }
  const value = valueWriter(type, number);
  if (flags.includes('m')) return mapWriter(name, number, valueWriter(type, 2));
  if (flags.includes('l')) {
    return (w, object) => {
      const list = object[name];
      if (list === undefined || list === null) return;
      if (!Array.isArray(list)) throw new UnencodableError('a list', list).under(name);
      for (let i = list.length - 1; i >= 0; i--) {
        try {
          value(w, list[i]);
        } catch (error) {
          throw located(error, `[${i}]`, name);
        }
      }
    };
  }
  const leavesOut = flags.includes('p') || type === 'bytes' || typeof typeFact(type) === 'string';
  return (w, object) => {
    const own = object[name];
    if (leavesOut && (own === undefined || own === null)) return;
    try {
      value(w, own);
    } catch (error) {
      throw located(error, name);
    }
  };
}

/** Writes a value of a type as a field of its own, tag included. Fields that the type does not have are left out. */
export function valueWrite(type: string, number: number): Write {
  return alone(valueWriter(type, number));
}

/** Writes one field of an object, tag included. */
export function fieldWrite(fact: FieldFact): Write {
  const write = fieldWriter(fact);
  return alone((w, object) => write(w, object as Fields));
}

function alone(write: Write): Write {
  return (w, value) => {
    writer.strict = false;
    writer.depth = 0;
    write(w, value);
  };
}

function mapWriter(name: string, number: number, value: Write): WriteField {
  const tag = (number << 3) | 2;
  return (w, object) => {
    const map = object[name];
    if (map === undefined || map === null) return;
    if (!isObject(map)) throw new UnencodableError('an object', map).under(name);
    const keys = Object.keys(map);
    if (keys.length > 1) keys.sort(compareBytes);
    for (let i = keys.length - 1; i >= 0; i--) {
      const key = keys[i] ?? '';
      const before = w.length;
      try {
        value(w, map[key]);
      } catch (error) {
        throw located(error, key.slice(0, 64), name);
      }
      lengthAndText(w, key);
      w.byte(0x0a);
      w.varint(w.length - before);
      w.varint(tag);
    }
  };
}

function located(error: unknown, ...steps: string[]): unknown {
  if (error instanceof UnencodableError) for (const step of steps) error.under(step);
  return error;
}

/** Writes one value with its tag. Null and undefined are the zero of the type. */
function valueWriter(type: string, number: number): Write {
  const varint = number << 3;
  const bytes = varint | 2;
  switch (type) {
    case 'string':
      return (w, value) => {
        if (value !== undefined && value !== null && typeof value !== 'string')
          throw new UnencodableError('a string', value);
        lengthAndText(w, value ?? '');
        w.varint(bytes);
      };
    case 'bool':
      return (w, value) => {
        if (value !== undefined && value !== null && typeof value !== 'boolean')
          throw new UnencodableError('true or false', value);
        w.byte(value === true ? 1 : 0);
        w.varint(varint);
      };
    case 'int32':
      return (w, value) => {
        const whole = value ?? 0;
        if (typeof whole !== 'number' || whole !== (whole | 0))
          throw new UnencodableError('an integer of 32 bits', value);
        w.int64(whole);
        w.varint(varint);
      };
    case 'int64':
      return (w, value) => {
        const whole = value ?? 0;
        if (typeof whole !== 'number' || !Number.isInteger(whole) || Math.abs(whole) > 2 ** 63)
          throw new UnencodableError('an integer of 64 bits', value);
        // The nearest number to the largest integer is one more than it.
        w.int64(whole === 2 ** 63 ? 2n ** 63n - 1n : whole);
        w.varint(varint);
      };
    case 'float64':
      return (w, value) => {
        const number = value ?? 0;
        if (typeof number !== 'number') throw new UnencodableError('a number', value);
        w.float64(number);
        w.varint(varint | 1);
      };
    case 'bytes':
      return (w, value) => {
        const text = value ?? '';
        if (typeof text !== 'string') throw new UnencodableError('bytes in base64', value);
        const raw = Buffer.from(text, 'base64');
        w.bytes(raw);
        w.varint(raw.length);
        w.varint(bytes);
      };
  }
  const message = messageWriter(type);
  return (w, value) => {
    nested(w, value, message);
    w.varint(bytes);
  };
}

function messageWriter(type: string): Write {
  const form = writeForms.get(type) ?? schemaForms.get(type);
  if (form !== undefined) return form;
  const fact = typeFact(type);
  if (typeof fact !== 'string') return structWriterLater(type);
  const item = valueWriter(fact, 1);
  return (w, value) => {
    if (value === undefined || value === null) return;
    if (!Array.isArray(value)) throw new UnencodableError('a list', value);
    for (let i = value.length - 1; i >= 0; i--) item(w, value[i]);
  };
}

/** Types contain themselves, so what is in a field is looked up when it is written. */
function structWriterLater(type: string): Write {
  let write: Write | undefined;
  return (w, value) => {
    write ??= structWriter(type);
    write(w, value);
  };
}

const props = structWriterLater('apiextensions/v1.JSONSchemaProps');

/** JSON schemas have fields that are a schema or something else. */
const schemaForms: ReadonlyMap<string, Write> = new Map<string, Write>([
  ['apiextensions/v1.JSONSchemaPropsOrArray', (w, value) => schemaOr(w, value, (list) => eachMessage(w, list))],
  ['apiextensions/v1.JSONSchemaPropsOrStringArray', (w, value) => schemaOr(w, value, (list) => eachText(w, list))],
  [
    'apiextensions/v1.JSONSchemaPropsOrBool',
    (w, value) => {
      if (isObject(value)) {
        nested(w, value, props);
        w.byte(0x12);
      } else if (typeof value !== 'boolean' && value !== null && value !== undefined) {
        throw new UnencodableError('a schema, true or false', value);
      }
      w.byte(isObject(value) || value === true ? 1 : 0);
      w.byte(0x08);
    },
  ],
]);

function schemaOr(w: WireWriter, value: unknown, others: (list: readonly unknown[]) => void): void {
  if (Array.isArray(value)) others(value);
  else if (value !== null && value !== undefined) {
    nested(w, value, props);
    w.byte(0x0a);
  }
}

function eachMessage(w: WireWriter, list: readonly unknown[]): void {
  for (const schema of list.toReversed()) {
    nested(w, schema, props);
    w.byte(0x12);
  }
}

function eachText(w: WireWriter, list: readonly unknown[]): void {
  for (const text of list.toReversed()) {
    if (typeof text !== 'string') throw new UnencodableError('a string', text);
    lengthAndText(w, text);
    w.byte(0x12);
  }
}
