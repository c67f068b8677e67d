import { latin1Of, utf8Of } from '../util/bytes.js';
import { BracketMatcher, maxDepth } from './bracket-matcher.js';
import { MalformedError } from './codec.js';

/**
 * Reading JSON without parsing it: where strings, values and members end. Brackets are counted and strings are skipped;
 * that the rest is grammatical is for `JSON.parse` to find, when somebody reads the object. No recursion.
 */

/** Where fewer bytes than this are left, looking at each of them is as fast as asking the `BracketMatcher`. */
export const shortStretch = 256;

/** Strings longer than this are searched natively; below, a loop is faster. */
const longString = 64;

/** The first position from `i` that is not white space; `end` if there is none. */
export function skipSpace(b: Uint8Array, i: number, end: number): number {
  while (i < end) {
    const c = b[i];
    if (c !== 0x20 && c !== 0x0a && c !== 0x0d && c !== 0x09) break;
    i++;
  }
  return i;
}

/** The position of the closing quote of a string whose content begins at `i`. */
function stringEnd(b: Buffer, i: number, end: number): number {
  const near = Math.min(i + longString, end);
  while (i < near) {
    const c = b[i];
    if (c === 0x22) return i;
    i += c === 0x5c ? 2 : 1;
  }
  return longStringEnd(b, i, end);
}

function longStringEnd(b: Buffer, from: number, end: number): number {
  let at = from < end ? b.indexOf(0x22, from) : -1;
  while (at !== -1 && at < end) {
    // A quote ends the string unless an odd number of backslashes stands before it.
    let i = at;
    while (i > from && b[i - 1] === 0x5c) i--;
    if (((at - i) & 1) === 0) return at;
    at = b.indexOf(0x22, at + 1);
  }
  throw new MalformedError('a string does not end', end);
}

/** The position after the value that begins at `i`, which must not be white space. */
export function valueEnd(b: Buffer, i: number, end: number): number {
  const first = b[i];
  if (first === 0x22) return stringEnd(b, i + 1, end) + 1;
  if (first !== 0x7b && first !== 0x5b) return scalarEnd(b, i, end);
  let depth = 1;
  i++;
  while (i < end) {
    const c = b[i++];
    if (c === 0x22) {
      // stringEnd written out: the loop that nearly all time goes to.
      const near = i + longString;
      for (;;) {
        if (i >= near || i >= end) {
          i = longStringEnd(b, i, end) + 1;
          break;
        }
        const s = b[i++];
        if (s === 0x22) break;
        if (s === 0x5c) i++;
      }
    } else if (c === 0x7b || c === 0x5b) {
      if (++depth > maxDepth) throw new MalformedError(`nested deeper than ${maxDepth}`, i - 1);
    } else if (c === 0x7d || c === 0x5d) {
      if (--depth === 0) return i;
    }
  }
  throw new MalformedError('an object or array does not end', end);
}

/** Reports whether `c` is neither white space nor a structural character. */
export function isScalarByte(c: number): boolean {
  return c > 0x20 && c !== 0x2c && c !== 0x3a && c !== 0x22 && (c & 0xdf) !== 0x5d && (c & 0xdf) !== 0x5b;
}

function scalarEnd(b: Uint8Array, from: number, end: number): number {
  let i = from;
  while (i < end && isScalarByte(b[i] ?? 0)) i++;
  if (i === from) throw new MalformedError('a value is missing', i);
  return i;
}

/**
 * Returns the position after the array `metadata.managedFields` that begins at `i`. It takes two native searches where that is certain.
 *
 * Managed fields are objects in objects, so the array usually contains no `[`. Its first `]` then ends it, unless that bracket is inside
 * a string. It is not if `],"x` or `]},"x` with a letter x stands there: in valid JSON a string cannot end before a letter. That quote
 * therefore begins a string, and the text before it is structure. In other cases the function reads every byte.
 */
export function managedFieldsEnd(b: Buffer, i: number, end: number): number {
  if (b[i] === 0x5b) {
    const close = b.indexOf(0x5d, i + 1);
    if (close !== -1 && close + 4 < end) {
      const at = b[close + 1] === 0x7d ? close + 2 : close + 1;
      const letter = (b[at + 2] ?? 0) | 0x20;
      if (b[at] === 0x2c && b[at + 1] === 0x22 && letter >= 0x61 && letter <= 0x7a) {
        const open = b.indexOf(0x5b, i + 1);
        if (open === -1 || open > close) return close + 1;
      }
    }
  }
  return valueEnd(b, i, end);
}

/** Reports whether the bytes at `at` equal `word`. The caller has compared the length. */
export function sameBytes(b: Uint8Array, at: number, word: Uint8Array): boolean {
  for (let k = 0; k < word.length; k++) if (b[at + k] !== word[k]) return false;
  return true;
}

/** The string whose content (between the quotes) is at `[start, end)`. */
export function text(b: Buffer, start: number, end: number): string {
  for (let i = start; i < end; i++) {
    const c = b[i] ?? 0;
    if (c === 0x5c || c >= 0x80 || c < 0x20) return decodedText(b, start, end);
  }
  return latin1Of(b, start, end);
}

const interned: string[] = new Array<string>(1024).fill('');

/** As `text`, of what comes again and again, such as a namespace: mostly the very string it was the last time. */
export function internedText(b: Buffer, start: number, end: number): string {
  const length = end - start;
  if (length > longString) return text(b, start, end);
  let hash = length;
  for (let i = start; i < end; i++) {
    const c = b[i] ?? 0;
    if (c === 0x5c || c >= 0x80 || c < 0x20) return text(b, start, end);
    hash = Math.imul(hash ^ c, 0x01000193);
  }
  const at = (hash ^ (hash >>> 16)) & (interned.length - 1);
  const known = interned[at] ?? '';
  if (known.length === length) {
    let i = 0;
    while (i < length && known.charCodeAt(i) === b[start + i]) i++;
    if (i === length) return known;
  }
  const made = latin1Of(b, start, end);
  interned[at] = made;
  return made;
}

function decodedText(b: Buffer, start: number, end: number): string {
  const raw = utf8Of(b, start, end);
  try {
    return String(JSON.parse(`"${raw}"`));
  } catch {
    throw new MalformedError('a string has a bad escape or control character', start);
  }
}

/** Walks over the members of objects, one after the other; the caller deals with each value and says where it ended. */
export class JsonCursor {
  bytes: Buffer = Buffer.alloc(0);
  at = 0;
  end = 0;
  /** The content of the member's key. */
  keyStart = 0;
  keyEnd = 0;
  /** Where the member begins: at its comma, or for the first at its key's quote. */
  memberStart = 0;
  /** Where the bytes are loaded, if they are. */
  #loaded: BracketMatcher | undefined;
  /** From how many bytes on the matcher is asked. */
  #stretch = shortStretch;

  /** Stands before the value at `[start, end)`, white space aside. */
  reset(bytes: Buffer, start: number, end: number): void {
    this.bytes = bytes;
    this.end = end;
    this.at = skipSpace(bytes, start, end);
    this.#loaded?.release(this);
    // Bytes that are loaded as a whole, for all who look into them, are worth asking about in any case.
    this.#stretch = BracketMatcher.forDocuments()?.holds(bytes) === true ? 0 : shortStretch;
  }

  /** Steps into the object the cursor stands before. */
  enter(what: string): void {
    if (this.at >= this.end || this.bytes[this.at] !== 0x7b) {
      throw new MalformedError(`${what} is not an object`, this.at);
    }
    this.at++;
  }

  /** Moves to the value of the next member; at the object's end moves past it and returns false. */
  next(first: boolean): boolean {
    const { bytes, end } = this;
    let i = this.at;
    let c = bytes[i];
    if (c !== 0x2c && c !== 0x7d && c !== 0x22) {
      i = skipSpace(bytes, i, end);
      c = bytes[i];
    }
    if (i < end && c === 0x7d) {
      this.at = i + 1;
      return false;
    }
    this.memberStart = i;
    if (!first) {
      if (i >= end || c !== 0x2c) throw new MalformedError('expected "," or "}"', i);
      i++;
      c = bytes[i];
      if (c !== 0x22) {
        i = skipSpace(bytes, i, end);
        c = bytes[i];
      }
    }
    if (i >= end || c !== 0x22) throw new MalformedError('expected a key', i);
    this.keyStart = i + 1;
    i = stringEnd(bytes, i + 1, end);
    this.keyEnd = i++;
    c = bytes[i];
    if (c !== 0x3a) {
      i = skipSpace(bytes, i, end);
      c = bytes[i];
    }
    if (i >= end || c !== 0x3a) throw new MalformedError('expected ":"', i);
    i++;
    c = bytes[i];
    this.at = c === 0x20 || c === 0x0a || c === 0x0d || c === 0x09 ? skipSpace(bytes, i, end) : i;
    if (this.at >= end) throw new MalformedError('a value is missing', end);
    return true;
  }

  /** As `skip`, past a value that is probably short. */
  skipShort(): void {
    if (this.#stretch === 0) this.skip();
    else this.at = valueEnd(this.bytes, this.at, this.end);
  }

  /** Moves past the value the cursor stands before. */
  skip(): void {
    const { bytes, at, end } = this;
    const c = bytes[at];
    const long = end - at >= this.#stretch && (c === 0x7b || c === 0x5b);
    this.at = long ? this.#matchedEnd(bytes, at, end) : valueEnd(bytes, at, end);
  }

  #matchedEnd(bytes: Buffer, at: number, end: number): number {
    const matcher = BracketMatcher.forDocuments();
    if (matcher === undefined) return valueEnd(bytes, at, end);
    this.#loaded = matcher;
    const found = matcher.find(this, bytes, at, end);
    if (found === 0) throw new MalformedError('an object or array does not end', end);
    if (found === -1) throw new MalformedError(`nested deeper than ${maxDepth}`, at);
    return found;
  }

  /** Checks that nothing but white space follows. */
  finish(): void {
    const i = skipSpace(this.bytes, this.at, this.end);
    if (i < this.end) throw new MalformedError('something follows the document', i);
  }

  /**
   * Which of `words`, none of which has a backslash, the key is: its index, or -1. Escapes in the key are seen through. Looking
   * begins at the index `guess`: who writes objects writes their keys in one order.
   */
  keyIn(words: readonly Uint8Array[], guess = 0): number {
    const { bytes, keyStart, keyEnd } = this;
    const length = keyEnd - keyStart;
    for (let n = words.length, k = guess < n ? guess : 0; n > 0; n--) {
      const word = words[k];
      if (word !== undefined && word.length === length && sameBytes(bytes, keyStart, word)) return k;
      if (++k === words.length) k = 0;
    }
    for (let i = keyStart; i < keyEnd; i++) {
      if (bytes[i] === 0x5c) {
        const key = Buffer.from(text(bytes, keyStart, keyEnd));
        return words.findIndex((word) => key.equals(word));
      }
    }
    return -1;
  }
}
