import { isAscii, isUtf8 } from 'node:buffer';
import { latin1Of, utf8Of } from '../util/bytes.js';
import { type Codec, MalformedError, type WatchFrame } from './codec.js';
import { findJsonError } from './json-error.js';
import { LineSplitter } from './line-splitter.js';

const encoder = new TextEncoder();

/**
 * JSON: what every server speaks. Documents are lossless plain data: unknown fields stay, numbers are JavaScript numbers, and a key
 * called `__proto__` is an own property like any other. A watch is one document a line.
 */
export const jsonCodec: Codec = {
  mediaType: 'application/json',
  watchMediaType: 'application/json',
  encode: (value) => encoder.encode(JSON.stringify(value)),
  decode: parse,
  frames: () => new LineSplitter(),
  decodeFrame(frame): WatchFrame {
    const document = parse(frame);
    if (typeof document === 'object' && document !== null && 'type' in document && 'object' in document) {
      const { type, object } = document;
      if (typeof type === 'string') return { type, object };
    }
    throw new MalformedError('a watch frame without "type" and "object"', 0);
  },
};

/** The document in these bytes. The engine's own message quotes the document, which may be a Secret: ours says only where it breaks. */
function parse(bytes: Uint8Array): unknown {
  // Most documents are ASCII: that is found out, and made a string, faster than UTF-8.
  const isPlain = isAscii(bytes);
  if (!isPlain && !isUtf8(bytes)) throw new MalformedError('not UTF-8', findUtf8Error(bytes));
  const buffer = bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    return JSON.parse(isPlain ? latin1Of(buffer, 0, buffer.length) : utf8Of(buffer, 0, buffer.length));
  } catch {
    const offset = findJsonError(bytes);
    throw new MalformedError(offset === bytes.length ? 'JSON ends too early' : 'not JSON', offset);
  }
}

/** The longest prefix that is UTF-8, give or take the one character that breaks it. */
function findUtf8Error(bytes: Uint8Array): number {
  let good = 0;
  let bad = bytes.length;
  while (good < bad) {
    const middle = (good + bad + 1) >> 1;
    if (isUtf8(bytes.subarray(0, wholeCharacters(bytes, middle)))) good = middle;
    else bad = middle - 1;
  }
  return good;
}

/** `end`, moved back to where a character begins, so that a prefix is not refused for a character it only cuts. */
function wholeCharacters(bytes: Uint8Array, end: number): number {
  let at = end;
  for (let back = 0; back < 3 && at > 0 && ((bytes[at] ?? 0) & 0xc0) === 0x80; back++) at--;
  return at;
}
