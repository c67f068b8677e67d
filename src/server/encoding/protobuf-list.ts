import { Buffer } from 'node:buffer';
import { turn } from '../../util/next-turn.js';
import { encodeMessage, envelopeAround } from '../../wire/protobuf/encode.js';
import { varintLength } from '../../wire/protobuf/wire-writer.js';
import type { SizedBody } from '../object/message.js';
import type { ServedResource } from '../object/server-context.js';
import type { KeyValue } from '../storage/storage.js';
import type { ListPage } from './list-page.js';
import { mostRemembered } from './message-cache.js';
import { ObjectEncoder, typeOf } from './protobuf-objects.js';

/** The bytes encoded before the event loop turns: about a millisecond of work. */
const chunkBytes = 128 * 1024;

/** Lists of objects that are stored in no more bytes than this are sent whole. */
const smallListBytes = 256 * 1024;

/**
 * The average protobuf size of objects by type. A list states its length before its first item. A stored value never changes, so each
 * is encoded but once to learn that.
 */
const lengths = new Map<string, WeakMap<KeyValue, number>>();

/**
 * A list of objects, stored in so many bytes, in its envelope: a small one whole, a large one in chunks that are made as they are read. Others get their turn
 * meanwhile. Once `signal` has aborted, what comes back is of no use.
 */
export async function protobufList(
  resource: ServedResource,
  { kvs, metadata }: ListPage,
  bytes: number,
  signal: AbortSignal | undefined,
): Promise<SizedBody> {
  const kind = `${resource.kind}List`;
  const head = encodeMessage({ metadata }, typeOf(resource.apiVersion, kind));
  const encoder = new ObjectEncoder(resource, bytes <= mostRemembered);
  if (bytes <= smallListBytes) {
    const items = Buffer.concat([...itemChunks(encoder, kvs)]);
    const [before, after] = envelopeAround(resource.apiVersion, kind, head.length + items.length);
    return Buffer.concat([before, head, items, after]);
  }
  const length = await measured(encoder, resource, kvs, signal);
  const [before, after] = envelopeAround(resource.apiVersion, kind, head.length + length);
  const start = Buffer.concat([before, head]);
  return {
    chunks: streamed(start, itemChunks(encoder, kvs), after),
    length: start.length + length + after.length,
  };
}

/** Returns the length of the items, in bytes. */
async function measured(
  encoder: ObjectEncoder,
  resource: ServedResource,
  kvs: readonly KeyValue[],
  signal: AbortSignal | undefined,
): Promise<number> {
  const type = typeOf(resource.apiVersion, resource.kind);
  const known = lengths.get(type) ?? new WeakMap<KeyValue, number>();
  lengths.set(type, known);
  let total = 0;
  let encoded = 0;
  for (const kv of kvs) {
    let length = known.get(kv);
    if (length === undefined) {
      length = encoder.encode(kv);
      known.set(kv, length);
      encoded += length;
    }
    total += 1 + varintLength(length) + length;
    if (encoded < chunkBytes) continue;
    encoded = 0;
    await turn();
    if (signal?.aborted === true) break;
  }
  return total;
}

async function* streamed(
  before: Uint8Array,
  chunks: Iterable<Uint8Array>,
  after: Uint8Array,
): AsyncGenerator<Uint8Array> {
  yield before;
  for (const chunk of chunks) {
    yield chunk;
    await turn();
  }
  yield after;
}

/** Items with their tags and lengths. A chunk is made when it is asked for; what has been given out is not written to again. */
function* itemChunks(encoder: ObjectEncoder, kvs: readonly KeyValue[]): Generator<Uint8Array> {
  let chunk = Buffer.allocUnsafe(chunkBytes);
  let at = 0;
  for (const kv of kvs) {
    const length = encoder.encode(kv);
    const needed = 1 + varintLength(length) + length;
    if (at + needed > chunk.length) {
      // Nothing else is encoded before what was is copied: whoever takes the chunk gets a turn afterwards.
      const full = chunk.subarray(0, at);
      chunk = Buffer.allocUnsafe(Math.max(chunkBytes, needed));
      at = put(encoder, length, chunk, 0);
      if (full.length > 0) yield full;
    } else at = put(encoder, length, chunk, at);
  }
  if (at > 0) yield chunk.subarray(0, at);
}

/** Puts what was encoded last after its tag and its length; returns where it ends. */
function put(encoder: ObjectEncoder, length: number, chunk: Buffer, from: number): number {
  let at = from;
  // Every list has its items in field 2.
  chunk[at++] = 0x12;
  let rest = length;
  for (; rest > 0x7f; rest >>>= 7) chunk[at++] = (rest & 0x7f) | 0x80;
  chunk[at++] = rest;
  encoder.copyTo(chunk, at);
  return at + length;
}
