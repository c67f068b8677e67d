import { posix } from 'node:path';

/*
 * Paths as Go's `path` and `net/url` treat them. Texts are byte strings: one character for each byte, as Node gives header values.
 */

/** Joins and cleans paths as Go's `path.Join` does: without a slash at the end. Empty for empty parts. */
export function joinPath(...parts: readonly string[]): string {
  const given = parts.filter((part) => part !== '');
  if (given.length === 0) return '';
  const joined = posix.normalize(given.join('/'));
  return joined.length > 1 && joined.endsWith('/') ? joined.slice(0, -1) : joined;
}

/** Encodes a path as Go's `url.URL.EscapedPath` does. */
export function escapePath(path: string): string {
  return path.replace(/[^A-Za-z0-9\-_.~$&+,/:;=@]/g, percent);
}

/** Encodes a value of a query as Go's `url.QueryEscape` does. */
export function escapeQuery(value: string): string {
  const bytes = Buffer.from(value, 'utf8').toString('latin1');
  return bytes.replace(/[^A-Za-z0-9\-_.~ ]/g, percent).replaceAll(' ', '+');
}

function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}

/** Returns a text as a byte string in UTF-8. */
export function byteString(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
