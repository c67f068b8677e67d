/**
 * A path as a request writes it, and as it reads: Go's `url.URL` with `Path` and `RawPath`. Both hold one character a byte, so that bytes
 * that are not UTF-8 pass through.
 */
export interface RequestPath {
  /** Without escapes. */
  readonly path: string;
  /** As it was written. */
  readonly raw: string;
}

/** Reads a path. Returns undefined for an escape that is not one. */
export function requestPath(raw: string): RequestPath | undefined {
  const path = unescaped(raw);
  return path === undefined ? undefined : { path, raw };
}

/** Returns a path without its escapes, one character a byte, or undefined for an escape that is not one. */
export function unescaped(text: string): string | undefined {
  if (/%(?![0-9A-Fa-f]{2})/.test(text)) return undefined;
  return text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** Escapes a path as Go does: all but letters, digits and `-_.~$&+,/:;=@`. */
export function escaped(path: string): string {
  return path.replace(
    /[^A-Za-z0-9\-_.~$&+,/:;=@]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}

/** Returns the path to send: as it was written where that still stands for `path`, else escaped anew. */
export function escapedPath({ path, raw }: RequestPath): string {
  const isValid = /^(?:[A-Za-z0-9\-_.~$&+,/:;=@!'()*[\]]|%[0-9A-Fa-f]{2})*$/.test(raw);
  return isValid && unescaped(raw) === path ? raw : escaped(path);
}

/** Removes `.`, `..` and empty segments, and keeps a slash at the end. */
export function cleanPath(path: string): string {
  const kept: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') kept.pop();
    else if (segment !== '' && segment !== '.') kept.push(segment);
  }
  const clean = `/${kept.join('/')}`;
  return path.endsWith('/') && clean !== '/' ? `${clean}/` : clean;
}

/** Returns a text of bytes as the UTF-8 that it stands for. */
export function textOf(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
