import { Buffer } from 'node:buffer';
import type { KeyValue } from '../storage.js';

/*
 * The payloads of frames. The first byte says which one it is. Revisions take six bytes, lengths four.
 *
 *   head     version, revision, revision of the log before (0: none), id of the store
 *   writes   revision of the first write, then each write: put or delete, key, value; revisions rise by one
 *   objects  keys with their two revisions and values
 *   end      number of keys in the file
 */

/** The first frame of every file. */
export interface Head {
  readonly kind: 'head';
  /** The revision before the first write of a log, and the revision of a checkpoint. */
  readonly revision: number;
  /** The revision at which the log before this one begins, 0 if there is none. */
  readonly previous: number;
  /** The id of the store, in hexadecimal. */
  readonly store: string;
}

/** One write of a log. A write without a value is a deletion. */
export interface LoggedWrite {
  readonly key: string;
  readonly value: Uint8Array | undefined;
}

/** A decoded payload. */
export type StoredRecord =
  | Head
  | { readonly kind: 'writes'; readonly revision: number; readonly writes: readonly LoggedWrite[] }
  | { readonly kind: 'objects'; readonly kvs: readonly KeyValue[] }
  | { readonly kind: 'end'; readonly count: number };

const tags = { head: 1, writes: 2, objects: 3, end: 4 } as const;
const version = 1;
const deletion = 0xffffffff;
const storeIdLength = 16;

/** Returns the parts of a `head` payload. */
export function headRecord({ revision, previous, store }: Omit<Head, 'kind'>): Uint8Array[] {
  const bytes = Buffer.alloc(14);
  bytes[0] = tags.head;
  bytes[1] = version;
  bytes.writeUIntLE(revision, 2, 6);
  bytes.writeUIntLE(previous, 8, 6);
  return [bytes, Buffer.from(store, 'hex')];
}

/** Returns the parts of a `writes` payload. */
export function writesRecord(revision: number, writes: readonly LoggedWrite[]): Uint8Array[] {
  const head = Buffer.alloc(7);
  head[0] = tags.writes;
  head.writeUIntLE(revision, 1, 6);
  const parts: Uint8Array[] = [head];
  for (const { key, value } of writes) {
    const keyBytes = Buffer.from(key);
    const lengths = Buffer.allocUnsafe(8);
    lengths.writeUInt32LE(keyBytes.length, 0);
    lengths.writeUInt32LE(value === undefined ? deletion : value.length, 4);
    parts.push(lengths, keyBytes);
    if (value !== undefined) parts.push(value);
  }
  return parts;
}

/** Returns the parts of an `objects` payload. */
export function objectsRecord(kvs: readonly KeyValue[]): Uint8Array[] {
  const parts: Uint8Array[] = [Buffer.from([tags.objects])];
  for (const { key, value, createRevision, modRevision } of kvs) {
    const keyBytes = Buffer.from(key);
    const numbers = Buffer.allocUnsafe(20);
    numbers.writeUInt32LE(keyBytes.length, 0);
    numbers.writeUInt32LE(value.length, 4);
    numbers.writeUIntLE(createRevision, 8, 6);
    numbers.writeUIntLE(modRevision, 14, 6);
    parts.push(numbers, keyBytes, value);
  }
  return parts;
}

/** Returns the parts of an `end` payload. */
export function endRecord(count: number): Uint8Array[] {
  const bytes = Buffer.alloc(7);
  bytes[0] = tags.end;
  bytes.writeUIntLE(count, 1, 6);
  return [bytes];
}

/** Decodes a payload. Values are copied, so that they do not keep the file in memory. Returns undefined for an unknown payload. */
export function decodeRecord(payload: Buffer): StoredRecord | undefined {
  try {
    return decode(payload);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function decode(payload: Buffer): StoredRecord | undefined {
  switch (payload[0]) {
    case tags.head:
      if (payload[1] !== version) return undefined;
      return {
        kind: 'head',
        revision: payload.readUIntLE(2, 6),
        previous: payload.readUIntLE(8, 6),
        store: payload.toString('hex', 14, 14 + storeIdLength),
      };
    case tags.writes:
      return { kind: 'writes', revision: payload.readUIntLE(1, 6), writes: writesIn(payload) };
    case tags.objects:
      return { kind: 'objects', kvs: objectsIn(payload) };
    case tags.end:
      return { kind: 'end', count: payload.readUIntLE(1, 6) };
    default:
      return undefined;
  }
}

function writesIn(payload: Buffer): LoggedWrite[] {
  const writes: LoggedWrite[] = [];
  let at = 7;
  while (at < payload.length) {
    const keyEnd = at + 8 + payload.readUInt32LE(at);
    const valueLength = payload.readUInt32LE(at + 4);
    const key = payload.toString('utf8', at + 8, keyEnd);
    at = valueLength === deletion ? keyEnd : keyEnd + valueLength;
    writes.push({ key, value: valueLength === deletion ? undefined : copyOf(payload, keyEnd, at) });
  }
  return writes;
}

function objectsIn(payload: Buffer): KeyValue[] {
  const kvs: KeyValue[] = [];
  let at = 1;
  while (at < payload.length) {
    const keyEnd = at + 20 + payload.readUInt32LE(at);
    const end = keyEnd + payload.readUInt32LE(at + 4);
    kvs.push({
      key: payload.toString('utf8', at + 20, keyEnd),
      value: copyOf(payload, keyEnd, end),
      createRevision: payload.readUIntLE(at + 8, 6),
      modRevision: payload.readUIntLE(at + 14, 6),
    });
    at = end;
  }
  return kvs;
}

function copyOf(payload: Buffer, start: number, end: number): Uint8Array {
  return new Uint8Array(payload.subarray(start, end));
}
