import { InvalidRequestError } from '../errors/index.js';
import type { Impersonation } from './cluster-config.js';

/**
 * The headers that say whom to act as. Groups and extras are repeated headers; keys of extras are percent-encoded where header names
 * cannot hold them, as client-go does. Throws `InvalidRequestError` without a user, or for values no header can hold.
 */
export function impersonationHeaders(identity: Impersonation): Readonly<Record<string, string | string[]>> {
  const { user, uid, groups = [], extra = {} } = identity;
  if (typeof user !== 'string' || user === '') throw new InvalidRequestError('to impersonate, say whom: { user }');
  const headers: Record<string, string | string[]> = { 'impersonate-user': user };
  if (uid !== undefined) headers['impersonate-uid'] = uid;
  if (groups.length > 0) headers['impersonate-group'] = [...groups];
  for (const [key, values] of Object.entries(extra)) headers[`impersonate-extra-${escapeKey(key)}`] = [...values];
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      typeof value === 'string' ? encode(value) : value.map(encode),
    ]),
  );
}

/**
 * UTF-8 as servers expect it, in the one byte per character that HTTP libraries write. A line break would begin a header of its own, and
 * space at the ends is cut off on the way: both would make another identity of it.
 */
function encode(value: unknown): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: keeping them out is the point
  if (typeof value !== 'string' || /[\x00-\x1f\x7f]/.test(value) || value !== value.trim()) {
    throw new InvalidRequestError(
      'user, uid, groups and extras to impersonate must be texts without control characters and without space at the ends',
    );
  }
  return Buffer.from(value, 'utf8').toString('latin1');
}

/** Header names are tokens (RFC 9110, 5.6.2) without case. */
function escapeKey(key: string): string {
  return [...Buffer.from(key.toLowerCase(), 'utf8')]
    .map((byte) => {
      const char = String.fromCharCode(byte);
      return /[a-z0-9!#$&'*+.^_`|~-]/.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
}
