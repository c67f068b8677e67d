import { Buffer } from 'node:buffer';
import { badRequest } from '../object/status-error.js';

/** Where a paged list goes on: the revision all pages share, and the first key of the next page relative to the collection. */
export interface ContinueToken {
  /** Not positive: the state of now, for a list that may be inconsistent. */
  readonly revision: number;
  /** The first key of the page. */
  readonly start: string;
}

const tokenVersion = 'meta.k8s.io/v1';

/** The token for the page that begins right after `lastKey`. The real server's format, so that its tokens and ours look alike. */
export function encodeContinue(prefix: string, lastKey: string, revision: number): string {
  return encodeStart(`/${lastKey.slice(prefix.length)}\u0000`, revision);
}

/** The same page of the state of now: what a client is given when its own token is too old. */
export function inconsistentContinue(prefix: string, token: ContinueToken): string {
  return encodeStart(`/${token.start.slice(prefix.length)}`, -1);
}

function encodeStart(start: string, revision: number): string {
  return Buffer.from(JSON.stringify({ v: tokenVersion, rv: revision, start })).toString('base64url');
}

/** Reads a token. Throws 400 with the real server's words for what is none. */
export function decodeContinue(prefix: string, token: string): ContinueToken {
  if (!/^[A-Za-z0-9_-]*$/.test(token) || token.length % 4 === 1) {
    const foreign = token.search(/[^A-Za-z0-9_-]/);
    const at = foreign < 0 ? token.length - 1 : foreign;
    throw invalid(`illegal base64 data at input byte ${at}`);
  }
  const bytes = Buffer.from(token, 'base64url');
  let parsed: unknown;
  try {
    parsed = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw invalid(`invalid character ${goCharacter(bytes[0])} looking for beginning of value`);
  }
  const { v, rv, start } = (typeof parsed === 'object' && parsed !== null ? parsed : {}) as { [key: string]: unknown };
  if (v !== tokenVersion) throw invalid(`server does not recognize this encoded version ${String(v ?? '')}`);
  if (typeof rv !== 'number' || !Number.isSafeInteger(rv) || rv === 0)
    throw invalid('incorrect encoded start resourceVersion (version meta.k8s.io/v1)');
  if (typeof start !== 'string' || start === '') throw invalid('encoded start key empty (version meta.k8s.io/v1)');
  const relative = start.startsWith('/') ? start.slice(1) : start;
  // A start outside the collection would let a token read what its path does not name.
  if (relative.split('/').some((part) => part === '..' || part === '.')) throw invalid('not a valid start key');
  return { revision: rv, start: prefix + relative };
}

function invalid(why: string): Error {
  return badRequest(`invalid continue token: continue key is not valid: ${why}`);
}

/** A byte as Go quotes a character. */
function goCharacter(byte: number | undefined): string {
  const code = byte ?? 0;
  if (code >= 0x20 && code < 0x7f) return `'${String.fromCharCode(code)}'`;
  return `'\\u00${code.toString(16).padStart(2, '0')}'`;
}
