import { decodeUtf8 } from '../../util/bytes.js';
import type { ServedResource } from '../object/server-context.js';
import type { ServerObject } from '../object/server-object.js';
import type { KeyValue } from '../storage/storage.js';
import { decodeStored, writtenObject } from './stored-object.js';

// Custom resources may be converted by a webhook. Asking takes time, so it is done before stored objects are decoded or encoded, which does not.

/** Makes sure that stored objects can be decoded as a resource. Throws the 500 Status of a webhook that does not convert them. */
export async function readyToDecode({ custom, kind }: ServedResource, kvs: readonly KeyValue[]): Promise<void> {
  if (custom?.asksToConvert !== true) return;
  const stored = kvs.map(({ value, modRevision }) => {
    const object = JSON.parse(decodeUtf8(value)) as ServerObject;
    const { apiVersion, metadata, ...rest } = object;
    const meta = { ...metadata, resourceVersion: String(modRevision) };
    return { object: { apiVersion, kind, metadata: meta, ...rest }, bytes: value };
  });
  await custom.prepareToShow(stored as { object: ServerObject; bytes: Uint8Array }[]);
}

/** Returns the object behind a stored value. Throws the 500 Status of a webhook that does not convert it. */
export async function readStored(kv: KeyValue, resource: ServedResource): Promise<ServerObject> {
  await readyToDecode(resource, [kv]);
  return decodeStored(kv, resource);
}

/** Makes sure that an object can be encoded as one of a resource. */
export async function readyToEncode({ custom }: ServedResource, object: ServerObject): Promise<void> {
  if (custom?.asksToConvert === true) await custom.prepareToKeep(object);
}

/** Returns a written object as it will be read. If a webhook converts it there and back, it may differ from the object that was sent. */
export async function asWritten(
  resource: ServedResource,
  object: ServerObject,
  revision: number,
  bytes: Uint8Array,
): Promise<ServerObject> {
  if (resource.custom?.asksToConvert !== true) return writtenObject(object, revision, bytes, resource);
  const kv = { key: '', value: bytes, createRevision: revision, modRevision: revision };
  return readStored(kv, resource);
}
