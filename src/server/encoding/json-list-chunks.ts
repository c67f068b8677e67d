import { Buffer } from 'node:buffer';
import { storedHead, storedStartLength } from '../scheme/stored-object.js';
import type { KeyValue } from '../storage/storage.js';

const end = ']}\n';

/** Returns the length of the JSON of a list, in bytes. */
export function jsonListLength(head: string, kvs: readonly KeyValue[]): number {
  // The revision of each item has digits of its own.
  const others = storedHead(',{', 0).length - 1 - storedStartLength;
  let length = Buffer.byteLength(head) + end.length - (kvs.length === 0 ? 0 : 1);
  for (const { value, modRevision } of kvs) length += others + digitsOf(modRevision) + value.length;
  return length;
}

function digitsOf(revision: number): number {
  let digits = 1;
  for (let bound = 10; bound <= revision; bound *= 10) digits++;
  return digits;
}

/**
 * The JSON of a list, from the bytes that are stored, in chunks of about `chunkBytes`. `head` is its beginning up to the first item.
 * A chunk is made when it is asked for; what has been given out is not written to again.
 */
export function* jsonListChunks(head: string, kvs: readonly KeyValue[], chunkBytes: number): Generator<Uint8Array> {
  const first = Buffer.from(head);
  let chunk = Buffer.allocUnsafe(Math.max(chunkBytes, first.length));
  let at = first.copy(chunk);
  for (const [index, { value, modRevision }] of kvs.entries()) {
    const start = storedHead(index === 0 ? '{' : ',{', modRevision);
    const bytes = start.length + value.length - storedStartLength;
    if (at + bytes > chunk.length) {
      yield chunk.subarray(0, at);
      chunk = Buffer.allocUnsafe(Math.max(chunkBytes, bytes));
      at = 0;
    }
    at += chunk.write(start, at, 'latin1');
    chunk.set(value.subarray(storedStartLength), at);
    at += value.length - storedStartLength;
  }
  if (at + end.length > chunk.length) {
    yield chunk.subarray(0, at);
    chunk = Buffer.allocUnsafe(end.length);
    at = 0;
  }
  at += chunk.write(end, at, 'latin1');
  yield chunk.subarray(0, at);
}
