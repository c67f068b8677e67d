import { decodeUtf8, encodeUtf8 } from '../../util/bytes.js';
import { fieldsOf, numberOf, objectsOf, textOf } from '../../util/json-fields.js';
import type { JsonObject } from '../../util/json-value.js';
import { afterPrefix } from '../scheme/storage-keys.js';
import type { Storage } from '../storage/storage.js';

/** The keys by which API servers that share a store say where they are: Endpoints, which expire unless their server renews them. */
export const serverLeasesPrefix = '/registry/masterleases/';
/** The time after its last renewal at which the key of a server goes, as in kube-apiserver. */
export const serverLeaseTtlMs = 15_000;

/** Says that the server at an address is alive. */
export async function renewServerLease(storage: Storage, address: string): Promise<void> {
  const key = serverLeasesPrefix + address;
  for (;;) {
    const { kv } = await storage.get(key);
    const { metadata } = kv === undefined ? {} : (JSON.parse(decodeUtf8(kv.value)) as JsonObject);
    const generation = (numberOf(fieldsOf(metadata).generation) ?? 0) + 1;
    const value = { metadata: { generation }, subsets: [{ addresses: [{ ip: address }] }] };
    if ((await storage.put(key, encodeUtf8(JSON.stringify(value)), kv?.modRevision ?? 0)).ok) return;
  }
}

/** Says that the server at an address has ended. */
export async function removeServerLease(storage: Storage, address: string): Promise<void> {
  for (;;) {
    const { kv } = await storage.get(serverLeasesPrefix + address);
    if (kv === undefined || (await storage.delete(kv.key, kv.modRevision)).ok) return;
  }
}

/** Returns the addresses of the servers that are alive. */
export async function listServerLeases(storage: Storage): Promise<string[]> {
  const { kvs } = await storage.range(serverLeasesPrefix, afterPrefix(serverLeasesPrefix));
  return kvs.flatMap(({ value }) => {
    const { subsets } = JSON.parse(decodeUtf8(value)) as JsonObject;
    const ip = textOf(objectsOf(objectsOf(subsets)[0]?.addresses)[0]?.ip);
    return ip === '' ? [] : ip;
  });
}
