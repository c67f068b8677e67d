import { isScalarByte, skipSpace } from './json-scanner.js';

const scalar = /^(?:true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)$/;
const escapeSequence = /^\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/;

/**
 * Where `[start, end)` stops being one JSON document: the offset from `start`, or -1 if it is one. Slow, for error messages:
 * what `JSON.parse` says quotes the document, and not every message has a position.
 */
export function jsonFault(b: Buffer, start: number, end: number): number {
  const closers: number[] = [];
  let i = skipSpace(b, start, end);
  for (;;) {
    // A value begins at i.
    const c = b[i] ?? 0;
    if (i >= end) return i - start;
    let entered = false;
    if (c === 0x7b || c === 0x5b) {
      closers.push(c + 2);
      i = skipSpace(b, i + 1, end);
      entered = true;
      if (i < end && b[i] === c + 2) {
        closers.pop();
        i++;
        entered = false;
      }
    } else if (c === 0x22) {
      const after = stringFault(b, i, end);
      if (after < 0) return -after - 1 - start;
      i = after;
    } else {
      const from = i;
      while (i < end && isScalarByte(b[i] ?? 0)) i++;
      if (!scalar.test(b.toString('latin1', from, i))) return from - start;
    }
    if (!entered) {
      // The value has ended at i: close what ends here, and step over one comma.
      i = skipSpace(b, i, end);
      while (closers.length > 0 && i < end && b[i] === closers[closers.length - 1]) {
        closers.pop();
        i = skipSpace(b, i + 1, end);
      }
      if (closers.length === 0) return i < end ? i - start : -1;
      if (i >= end || b[i] !== 0x2c) return i - start;
      i = skipSpace(b, i + 1, end);
    }
    if (closers[closers.length - 1] === 0x7d) {
      if (i >= end || b[i] !== 0x22) return i - start;
      const after = stringFault(b, i, end);
      if (after < 0) return -after - 1 - start;
      i = skipSpace(b, after, end);
      if (i >= end || b[i] !== 0x3a) return i - start;
      i = skipSpace(b, i + 1, end);
    } else if (i < end && b[i] === 0x5d) {
      return i - start;
    }
  }
}

/** The position after the string at `from`, or `-1 - p` where it is wrong at `p`. */
function stringFault(b: Buffer, from: number, end: number): number {
  let i = from + 1;
  while (i < end) {
    const c = b[i] ?? 0;
    if (c === 0x22) return i + 1;
    if (c < 0x20) return -1 - i;
    if (c === 0x5c) {
      const match = escapeSequence.exec(b.toString('latin1', i, Math.min(i + 6, end)));
      if (match === null) return -1 - i;
      i += match[0].length;
    } else {
      i++;
    }
  }
  return -1 - end;
}
