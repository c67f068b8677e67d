import { FormatError } from './format-error.js';

/** A resourceVersion, or an object that has one. */
export type Versioned = string | { readonly metadata?: { readonly resourceVersion?: string | undefined } | undefined };

/**
 * Orders the resourceVersions of two objects of the same resource: less than zero, zero or more than zero. By KEP-5504 they are whole
 * numbers of any length, so they are compared as such and never turned into JavaScript numbers. Throws a `FormatError` for anything
 * else, `"0"` and `""` (which mean "any" and "newest" in requests) included: some extension servers have opaque versions, and guessing
 * would lose updates.
 */
export function compareResourceVersions(a: Versioned, b: Versioned): -1 | 0 | 1 {
  const [x, y] = [wellFormed(a), wellFormed(b)];
  if (x.length !== y.length) return x.length < y.length ? -1 : 1;
  return x < y ? -1 : x > y ? 1 : 0;
}

/**
 * Reports whether `a` is a later state than `b`. Both must be of the same resource. Throws a `FormatError` as `compareResourceVersions`.
 */
export function isNewer(a: Versioned, b: Versioned): boolean {
  return compareResourceVersions(a, b) > 0;
}

function wellFormed(version: Versioned): string {
  const text = typeof version === 'string' ? version : (version.metadata?.resourceVersion ?? '');
  if (!/^[1-9][0-9]*$/.test(text)) {
    throw new FormatError('resourceVersion', `resource version is not well formed: ${text.slice(0, 64)}`);
  }
  return text;
}
