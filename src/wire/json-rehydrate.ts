import { MalformedError } from './codec.js';
import { jsonCodec } from './json-codec.js';
import { asBuffer } from './json-head.js';
import { JsonCursor } from './json-scanner.js';
import type { KnownObject } from './object-codec.js';

/** Smaller values are parsed as fast as they are compared. */
const leastShared = 128;
/** Objects of the API have five or six members; of one with more than this, nothing is shared. */
const mostMembers = 16;

/** Where the members of an object lie, one after the other. */
class Members {
  readonly keyStart = new Uint32Array(mostMembers);
  readonly keyEnd = new Uint32Array(mostMembers);
  readonly valueStart = new Uint32Array(mostMembers);
  readonly valueEnd = new Uint32Array(mostMembers);
  readonly #cursor = new JsonCursor();
  bytes: Buffer = Buffer.alloc(0);
  count = 0;

  /** Finds them; false where there are too many, one is there twice or is not written as it reads. */
  scan(bytes: Buffer, start: number, end: number): boolean {
    this.bytes = bytes;
    this.count = 0;
    const cursor = this.#cursor;
    cursor.reset(bytes, start, end);
    cursor.enter('the object');
    for (let first = true; cursor.next(first); first = false) {
      const { count } = this;
      const { keyStart, keyEnd } = cursor;
      if (count === mostMembers || isEscaped(bytes, keyStart, keyEnd) || this.find(bytes, keyStart, keyEnd) !== -1) {
        return false;
      }
      this.keyStart[count] = keyStart;
      this.keyEnd[count] = keyEnd;
      this.valueStart[count] = cursor.at;
      cursor.skip();
      this.valueEnd[count] = cursor.at;
      this.count++;
    }
    cursor.finish();
    return true;
  }

  /** The member with this key; -1 where there is none. `guess` is where it probably is. */
  find(bytes: Buffer, start: number, end: number, guess = 0): number {
    const { count } = this;
    for (let n = 0, k = guess < count ? guess : 0; n < count; n++) {
      const at = this.keyStart[k] ?? 0;
      if ((this.keyEnd[k] ?? 0) - at === end - start && same(this.bytes, at, bytes, start, end - start)) return k;
      if (++k === count) k = 0;
    }
    return -1;
  }
}

// Nothing here gives way to other code, so two serve all.
const now = new Members();
const before = new Members();

/**
 * The object at `[start, end)`, of which the members that are large and whose bytes are as in `known` are those of `known.object`: an
 * update mostly changes the status or the spec, not both. Anything out of the ordinary is parsed as a whole.
 */
export function rehydrateJson(bytes: Uint8Array, start: number, end: number, known: KnownObject): unknown {
  return sharing(asBuffer(bytes), start, end, known) ?? jsonCodec.decode(bytes.subarray(start, end));
}

function sharing(b: Buffer, start: number, end: number, known: KnownObject): object | undefined {
  const old = known.object;
  if (typeof old !== 'object' || old === null) return undefined;
  try {
    if (!now.scan(b, start, end) || !before.scan(asBuffer(known.bytes), known.start, known.end)) return undefined;
  } catch (error) {
    // `decode` says better what is wrong with it.
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
  const shared: string[] = [];
  const rest: Uint8Array[] = [];
  let from = start;
  for (let k = 0; k < now.count; k++) {
    const valueStart = now.valueStart[k] ?? 0;
    const valueEnd = now.valueEnd[k] ?? 0;
    if (valueEnd - valueStart < leastShared || !isUnchanged(k)) continue;
    const key = b.toString('latin1', now.keyStart[k], now.keyEnd[k]);
    if (key === '__proto__' || !Object.hasOwn(old, key)) continue;
    shared.push(key);
    rest.push(b.subarray(from, valueStart), placeholder);
    from = valueEnd;
  }
  if (shared.length === 0) return undefined;
  rest.push(b.subarray(from, end));
  const object = jsonCodec.decode(Buffer.concat(rest));
  if (typeof object !== 'object' || object === null) return undefined;
  // The members are there already, so that their order stays.
  for (const key of shared) Reflect.set(object, key, Reflect.get(old, key));
  return object;
}

const placeholder = Buffer.from('null');

/** Whether member `k` has the bytes it had, and they are an object or an array. */
function isUnchanged(k: number): boolean {
  const b = now.bytes;
  const start = now.valueStart[k] ?? 0;
  const end = now.valueEnd[k] ?? 0;
  if (b[start] !== 0x7b && b[start] !== 0x5b) return false;
  const j = before.find(b, now.keyStart[k] ?? 0, now.keyEnd[k] ?? 0, k);
  if (j === -1) return false;
  const oldStart = before.valueStart[j] ?? 0;
  const oldEnd = before.valueEnd[j] ?? 0;
  return oldEnd - oldStart === end - start && b.compare(before.bytes, oldStart, oldEnd, start, end) === 0;
}

/** Whether a key may read otherwise than it is written. */
function isEscaped(b: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const c = b[i] ?? 0;
    if (c === 0x5c || c >= 0x80) return true;
  }
  return false;
}

function same(a: Uint8Array, at: number, b: Uint8Array, start: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (a[at + i] !== b[start + i]) return false;
  return true;
}
