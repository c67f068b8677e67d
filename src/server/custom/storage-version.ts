import { createHash } from 'node:crypto';

/** What discovery reports of the version objects are kept in: the start of a hash that changes when the version does. */
export function storageVersionHash(group: string, version: string, kind: string): string {
  return createHash('sha256').update(`${group}/${version}/${kind}`).digest().subarray(0, 8).toString('base64');
}
