import type { ServerContext } from '../object/server-context.js';
import type { ServerObject } from '../object/server-object.js';
import { storageRange } from '../scheme/storage-keys.js';
import { decodeStored } from '../scheme/stored-object.js';

/** Returns the name of the class that an annotation marks as the default: the newest of several, then the first by name. */
export async function defaultClass(
  server: ServerContext,
  group: string,
  plural: string,
  annotations: readonly string[],
): Promise<string | undefined> {
  const resource = server.scheme.resource(group, 'v1', plural);
  if (resource === undefined) return undefined;
  const { start, end } = storageRange(resource, undefined);
  const { kvs } = await server.storage.range(start, end);
  let found: ServerObject['metadata'] | undefined;
  // In the order of their names, as the store has them.
  for (const { metadata } of kvs.map((kv) => decodeStored(kv, resource))) {
    if (!annotations.some((one) => metadata.annotations?.[one] === 'true')) continue;
    if (found === undefined || (metadata.creationTimestamp ?? '') > (found.creationTimestamp ?? '')) found = metadata;
  }
  return found?.name;
}
