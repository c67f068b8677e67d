import { isAscii, isUtf8, transcode } from 'node:buffer';
import { latin1Of } from '../../util/bytes.js';

/** Longer texts are seldom the same twice. */
const longestCached = 40;
/** Of longer ones whether they are plain is found out natively; below, a loop is faster. */
const longestLooked = 256;
const cacheSize = 4096;
/** Texts that were read before, by the hash of their bytes: names, keys and phases come again in every object. */
const cache: (string | undefined)[] = new Array(cacheSize).fill(undefined);

/**
 * Returns the text at `[start, end)`. Bytes that are not UTF-8 become U+FFFD one by one, as Go writes them into JSON. Both
 * encodings therefore read the same.
 */
export function textOf(b: Buffer, start: number, end: number): string {
  const length = end - start;
  if (length === 0) return '';
  if (length > longestCached) return longText(b, start, end);
  let hash = length;
  let bits = 0;
  for (let i = start; i < end; i++) {
    const byte = b[i] ?? 0;
    bits |= byte;
    hash = (Math.imul(hash, 31) + byte) | 0;
  }
  if (bits >= 0x80) return unicode(b, start, end);
  const slot = (hash ^ (hash >>> 12)) & (cacheSize - 1);
  const known = cache[slot];
  if (known !== undefined && isSame(known, b, start, length)) return known;
  const text = latin1Of(b, start, end);
  cache[slot] = text;
  return text;
}

/** The same for texts that come but once, such as versions and names. */
export function rareTextOf(b: Buffer, start: number, end: number): string {
  return start === end ? '' : longText(b, start, end);
}

function isSame(text: string, b: Buffer, start: number, length: number): boolean {
  if (text.length !== length) return false;
  for (let i = 0; i < length; i++) if (text.charCodeAt(i) !== b[start + i]) return false;
  return true;
}

function longText(b: Buffer, start: number, end: number): string {
  if (end - start > longestLooked) {
    return isAscii(b.subarray(start, end)) ? latin1Of(b, start, end) : unicode(b, start, end);
  }
  for (let i = start; i < end; i++) if ((b[i] ?? 0) >= 0x80) return unicode(b, start, end);
  return latin1Of(b, start, end);
}

function unicode(b: Buffer, start: number, end: number): string {
  const bytes = b.subarray(start, end);
  if (!isUtf8(bytes)) return repaired(b, start, end);
  if (!decodingIsSlow || end - start < longestDecoded) return b.toString('utf8', start, end);
  return transcode(bytes, 'utf8', 'ucs2').toString('ucs2');
}

/** Before Node 22, decoding a long text takes the engine three times as long as the way through UTF-16, which needs ICU. */
const decodingIsSlow = Number.parseInt(process.versions.node, 10) < 22 && process.versions.icu !== undefined;
const longestDecoded = 64 * 1024;

/** Keeps every whole character, and makes every other byte a U+FFFD. */
function repaired(b: Buffer, start: number, end: number): string {
  const parts: string[] = [];
  let from = start;
  for (let i = start; i < end; ) {
    const length = characterLength(b, i, end);
    if (length === 0) {
      parts.push(b.toString('utf8', from, i), '\ufffd');
      from = ++i;
    } else i += length;
  }
  parts.push(b.toString('utf8', from, end));
  return parts.join('');
}

/** Returns the length of the character at `i` in bytes, or 0 if no character begins there. */
function characterLength(b: Buffer, i: number, end: number): number {
  const first = b[i] ?? 0;
  if (first < 0x80) return 1;
  const length = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  return length > 0 && i + length <= end && isUtf8(b.subarray(i, i + length)) ? length : 0;
}

/** Orders texts by their UTF-8 bytes, as Go sorts the keys of maps. */
export function compareBytes(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return bytesRank(x) - bytesRank(y);
  }
  return a.length - b.length;
}

/** UTF-16 puts characters beyond the first plane below U+E000; UTF-8 puts them last. */
function bytesRank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
