import { formatDuration } from '../../meta/index.js';
import { Wire, type WireReader } from './wire-reader.js';

/** Reads the message that ends at `end`, and stands there afterwards. */
export type Read = (r: WireReader, end: number) => unknown;

/** A type whose JSON form is not that of a struct. */
export interface Form {
  readonly read: Read;
  /** The value of a field that was not set. */
  readonly zero: unknown;
}

/** Forms by the name of their type. The forms of JSON schemas refer to their props and are made in `message-plan.ts`. */
export const forms: ReadonlyMap<string, Form> = new Map<string, Form>([
  ['apis/meta/v1.Time', { read: (r, end) => time(r, end, false), zero: null }],
  ['apis/meta/v1.MicroTime', { read: (r, end) => time(r, end, true), zero: null }],
  ['apis/meta/v1.Duration', { read: duration, zero: '0s' }],
  ['api/resource.Quantity', { read: quantity, zero: '0' }],
  ['util/intstr.IntOrString', { read: intOrString, zero: 0 }],
  ['apis/meta/v1.FieldsV1', { read: rawJson, zero: null }],
  ['apiextensions/v1.JSON', { read: rawJson, zero: null }],
]);

/** Go's zero time in seconds since 1970. */
const zeroTime = -62_135_596_800;

/** Seconds and nanoseconds since 1970; null for the zero time. A Time has no fraction, a MicroTime always six digits. */
function time(r: WireReader, end: number, micro: boolean): string | null {
  const at = r.at;
  if (at === end) return null;
  let seconds = 0;
  let nanos = 0;
  while (r.at < end) {
    const tag = r.tag(end);
    if (tag === 0x08) seconds = r.int64(end);
    else if (tag === 0x10) nanos = r.varint(end) | 0;
    else r.skip(tag, end);
  }
  const micros = micro ? Math.trunc(nanos / 1000) : 0;
  if (seconds === zeroTime && micros === 0) return null;
  if (micro) return timeText(r, at, seconds, micros);
  // The same few seconds come again and again in the objects of a list.
  const slot = seconds & (recentTimes.length - 1);
  const recent = recentTimes[slot];
  if (recent?.seconds === seconds) return recent.text;
  const text = timeText(r, at, seconds, undefined);
  recentTimes[slot] = { seconds, text };
  return text;
}

const recentTimes: ({ readonly seconds: number; readonly text: string } | undefined)[] = new Array(1024).fill(
  undefined,
);

/** RFC 3339 in UTC, with microseconds where there are any. */
function timeText(r: WireReader, at: number, seconds: number, micros: number | undefined): string {
  const date = new Date((seconds + Math.floor((micros ?? 0) / 1_000_000)) * 1000);
  if (Number.isNaN(date.getTime())) throw r.fault('a time out of range', at);
  const whole = date
    .toISOString()
    .slice(0, -5)
    .replace(/^[+-]0*(?=\d{4})/, (sign) => (sign[0] === '-' ? '-' : ''));
  if (micros === undefined) return `${whole}Z`;
  return `${whole}.${String(((micros % 1_000_000) + 1_000_000) % 1_000_000).padStart(6, '0')}Z`;
}

function duration(r: WireReader, end: number): string {
  let nanos = 0n;
  while (r.at < end) {
    const tag = r.tag(end);
    if (tag === 0x08) {
      const low = r.varint(end);
      nanos = BigInt.asIntN(64, (BigInt(r.high) << 32n) | BigInt(low));
    } else r.skip(tag, end);
  }
  return formatDuration(nanos);
}

function quantity(r: WireReader, end: number): string {
  let text = '';
  while (r.at < end) {
    const tag = r.tag(end);
    if (tag === 0x0a) text = r.text(end);
    else r.skip(tag, end);
  }
  return text === '' ? '0' : text;
}

function intOrString(r: WireReader, end: number): number | string {
  let isText = false;
  let number = 0;
  let text = '';
  while (r.at < end) {
    const tag = r.tag(end);
    if (tag === 0x08) isText = r.varint(end) !== 0;
    else if (tag === 0x10) number = r.varint(end) | 0;
    else if (tag === 0x1a) text = r.text(end);
    else r.skip(tag, end);
  }
  return isText ? text : number;
}

/** JSON as it is, in field 1. */
function rawJson(r: WireReader, end: number): unknown {
  let start = 0;
  let stop = 0;
  while (r.at < end) {
    const tag = r.tag(end);
    if (tag >>> 3 === 1 && (tag & 7) === Wire.Bytes) {
      stop = r.length(end);
      start = r.at;
      r.at = stop;
    } else r.skip(tag, end);
  }
  return parseJson(r, start, stop);
}

/** The JSON document at `[start, stop)`; null where there is none. */
export function parseJson(r: WireReader, start: number, stop: number): unknown {
  if (start === stop) return null;
  try {
    return JSON.parse(r.bytes.toString('utf8', start, stop));
  } catch {
    // The engine's own message quotes the document.
    throw r.fault('raw JSON that is none', start);
  }
}
