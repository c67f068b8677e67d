import type { Impersonation } from '../config/cluster-config.js';
import { InvalidRequestError } from '../errors/index.js';

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
  for (const value of Object.values(headers).flat()) {
    // A line break would begin a header of its own, and so another identity.
    if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) {
      throw new InvalidRequestError(
        'user, uid, groups and extras to impersonate must be printable and without line breaks',
      );
    }
  }
  return headers;
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
