import { FormatError, parseDuration, parseMicroTime, parseTime } from '../../meta/index.js';
import { UnencodableError } from './unencodable-error.js';
import type { WireWriter } from './wire-writer.js';

/** Writes the message that a value is, without its length. Null and undefined are the type's zero. */
export type Write = (w: WireWriter, value: unknown) => void;

const zeroTimeMs = -62_135_596_800_000;
const zeroTimeMicros = -62_135_596_800_000_000n;

/** The writers of types whose JSON form differs from that of a struct. */
export const writeForms: ReadonlyMap<string, Write> = new Map<string, Write>([
  ['apis/meta/v1.Time', time],
  ['apis/meta/v1.MicroTime', microTime],
  ['apis/meta/v1.Duration', duration],
  ['api/resource.Quantity', quantity],
  ['util/intstr.IntOrString', intOrString],
  ['apis/meta/v1.FieldsV1', rawJson],
  ['apiextensions/v1.JSON', rawJson],
  ['runtime.RawExtension', rawJson],
]);

function time(w: WireWriter, value: unknown): void {
  const ms = value === null || value === undefined ? zeroTimeMs : parsed(value, 'a time', parseTime);
  if (ms === zeroTimeMs) return;
  timestamp(w, Math.floor(ms / 1000), 0);
}

function microTime(w: WireWriter, value: unknown): void {
  const micros = value === null || value === undefined ? zeroTimeMicros : parsed(value, 'a time', parseMicroTime);
  if (micros === zeroTimeMicros) return;
  const fraction = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
  timestamp(w, Number((micros - fraction) / 1_000_000n), Number(fraction) * 1000);
}

function timestamp(w: WireWriter, seconds: number, nanos: number): void {
  w.varint(nanos);
  w.byte(0x10);
  w.int64(seconds);
  w.byte(0x08);
}

function duration(w: WireWriter, value: unknown): void {
  w.int64(value === null || value === undefined ? 0 : parsed(value, 'a duration', parseDuration));
  w.byte(0x08);
}

function quantity(w: WireWriter, value: unknown): void {
  const text = value === null || value === undefined ? '0' : value;
  if (typeof text !== 'string' && typeof text !== 'number') throw new UnencodableError('a quantity', value);
  lengthAndText(w, String(text));
  w.byte(0x0a);
}

function intOrString(w: WireWriter, value: unknown): void {
  const isText = typeof value === 'string';
  const number = isText ? 0 : (value ?? 0);
  if (!Number.isInteger(number) || (number as number) !== ((number as number) | 0)) {
    throw new UnencodableError('an integer of 32 bits or a string', value);
  }
  lengthAndText(w, isText ? value : '');
  w.byte(0x1a);
  w.int64(number as number);
  w.byte(0x10);
  w.varint(isText ? 1 : 0);
  w.byte(0x08);
}

function rawJson(w: WireWriter, value: unknown): void {
  if (value === null || value === undefined) return;
  const json = JSON.stringify(value);
  if (json === undefined) throw new UnencodableError('data', value);
  lengthAndText(w, json);
  w.byte(0x0a);
}

/** A text and, before it, its length. */
export function lengthAndText(w: WireWriter, text: string): void {
  const before = w.length;
  w.text(text);
  w.varint(w.length - before);
}

function parsed<T>(value: unknown, what: string, parse: (text: string) => T): T {
  if (typeof value !== 'string') throw new UnencodableError(what, value);
  try {
    return parse(value);
  } catch (error) {
    if (error instanceof FormatError) throw new UnencodableError(what, value, error);
    throw error;
  }
}
