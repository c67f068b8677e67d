import { createHash } from 'node:crypto';

/** Returns the storage version hash of discovery: the start of a hash that changes with the storage version. */
export function storageVersionHash(group: string, version: string, kind: string): string {
  return createHash('sha256').update(`${group}/${version}/${kind}`).digest().subarray(0, 8).toString('base64');
}
