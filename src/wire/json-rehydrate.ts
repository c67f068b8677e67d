import { isAscii, isUtf8 } from 'node:buffer';
import { latin1Of, utf8Of } from '../util/bytes.js';
import { BracketMatcher } from './bracket-matcher.js';
import { jsonCodec } from './json-codec.js';
import { asBuffer } from './json-head.js';
import { valueEnd } from './json-scanner.js';
import type { KnownObject } from './object-codec.js';

/** Smaller members are parsed as fast as they are compared. */
const leastShared = 128;
/** Objects of the API have five or six members; of one with more than this, nothing is shared. */
const mostMembers = 16;

/** A key that reads as it is written. */
const plainKey = /^[\w./-]+$/;

/** Where the members of a document lie: for each the start of its key's quote, of its value, and its end. */
type Members = Int32Array;
// Nothing here gives way to other code, so two serve all.
const now: Members = new Int32Array(3 * mostMembers);
const before: Members = new Int32Array(3 * mostMembers);

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
  const oldBytes = asBuffer(known.bytes);
  const count = findMembers(b, start, end, now);
  const oldCount = count === 0 ? 0 : findMembers(oldBytes, known.start, known.end, before);
  // Of a key that is there twice the last counts; and where members were added nobody can tell.
  if (oldCount === 0 || Object.keys(old).length !== oldCount) return undefined;
  const shared: string[] = [];
  let rest = '';
  let from = start;
  for (let at = 0; at < 3 * Math.min(count, oldCount); at += 3) {
    const keyStart = now[at] ?? 0;
    const valueStart = now[at + 1] ?? 0;
    const stop = now[at + 2] ?? 0;
    const oldStart = before[at] ?? 0;
    const oldStop = before[at + 2] ?? 0;
    // Servers write members in one order.
    if (stop - keyStart < leastShared || stop - keyStart !== oldStop - oldStart) continue;
    if (b[valueStart] === 0x22 || b.compare(oldBytes, oldStart, oldStop, keyStart, stop) !== 0) continue;
    const key = latin1Of(b, keyStart + 1, valueStart - 2);
    if (!plainKey.test(key) || key === '__proto__' || !Object.hasOwn(old, key)) continue;
    shared.push(key);
    const piece = textAt(b, from, valueStart);
    if (piece === undefined) return undefined;
    rest += `${piece}null`;
    from = stop;
  }
  const last = shared.length === 0 ? undefined : textAt(b, from, end);
  return last === undefined ? undefined : parsedWith(rest + last, count, shared, old);
}

/** Parses `text` and shares members of `old`. Returns undefined if the result does not have `count` members. */
function parsedWith(text: string, count: number, shared: readonly string[], old: object): object | undefined {
  let object: unknown;
  try {
    object = JSON.parse(text);
  } catch {
    // `decode` says where it breaks.
    return undefined;
  }
  if (typeof object !== 'object' || object === null || Object.keys(object).length !== count) return undefined;
  // The members are there already, so that their order stays.
  for (const key of shared) Reflect.set(object, key, Reflect.get(old, key));
  return object;
}

/** Finds the members of a document written without white space, as servers do, and tells how many there are; 0 of any other. */
function findMembers(b: Buffer, start: number, end: number, members: Members): number {
  const matcher = BracketMatcher.forDocuments();
  if (matcher === undefined || b[start] !== 0x7b) return 0;
  try {
    for (let at = start + 1, count = 0; count < mostMembers; at++) {
      const keyEnd = b[at] === 0x22 ? b.indexOf(0x22, at + 1) : -1;
      if (keyEnd === -1 || keyEnd > end - 3 || b[keyEnd - 1] === 0x5c || b[keyEnd + 1] !== 0x3a) return 0;
      const first = b[keyEnd + 2];
      const isNested = first === 0x7b || first === 0x5b;
      const stop = isNested ? matcher.find(members, b, keyEnd + 2, end) : valueEnd(b, keyEnd + 2, end);
      if (stop <= 0) return 0;
      members[3 * count] = at;
      members[3 * count + 1] = keyEnd + 2;
      members[3 * count + 2] = stop;
      count++;
      at = stop;
      if (b[at] === 0x7d) return at === end - 1 ? count : 0;
      if (b[at] !== 0x2c) return 0;
    }
  } catch {
    // Not a document, which `decode` says better.
  } finally {
    matcher.release(members);
  }
  return 0;
}

function textAt(b: Buffer, start: number, end: number): string | undefined {
  const bytes = b.subarray(start, end);
  if (isAscii(bytes)) return latin1Of(bytes, 0, bytes.length);
  return isUtf8(bytes) ? utf8Of(bytes, 0, bytes.length) : undefined;
}
