import { Buffer } from 'node:buffer';
import { encodeFrame, encodeMessage, encodeWatchEvent, wrapList, wrapMessage } from '../../wire/protobuf/encode.js';
import type { ServedResource } from '../scheme/resource.js';
import { wireTypeOfKind } from '../scheme/wire-types.js';
import type { KeyValue } from '../storage/storage.js';
import { decodeStored } from './stored.js';

/**
 * Stored objects in protobuf, each encoded once for everybody who lists or watches it, and forgotten with its value. The same value has
 * another version where it is sent as the last state of a deleted object.
 */
const encoded = new WeakMap<Uint8Array, { apiVersion: string; revision: number; message: Uint8Array }>();

/** A stored object in its envelope. */
export function protobufObject(resource: ServedResource, kv: KeyValue): Uint8Array {
  return wrapMessage(resource.apiVersion, resource.kind, messageOf(resource, kv));
}

/** A list of stored objects in its envelope. */
export function protobufList(
  resource: ServedResource,
  kvs: readonly KeyValue[],
  metadata: { readonly [field: string]: unknown },
): Uint8Array {
  const kind = `${resource.kind}List`;
  const head = encodeMessage({ metadata }, typeOf(resource.apiVersion, kind));
  return wrapList(
    resource.apiVersion,
    kind,
    head,
    kvs.map((kv) => messageOf(resource, kv)),
  );
}

/** A frame of a watch with a stored object. */
export function protobufObjectFrame(type: string, resource: ServedResource, kv: KeyValue): Uint8Array {
  return encodeFrame(type, resource.apiVersion, resource.kind, messageOf(resource, kv));
}

/** A frame of a watch: four bytes of length and the event. */
export function protobufFrame(type: string, object: Uint8Array): Uint8Array {
  const event = encodeWatchEvent(type, object);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(event.length);
  return Buffer.concat([length, event]);
}

function messageOf(resource: ServedResource, kv: KeyValue): Uint8Array {
  const known = encoded.get(kv.value);
  const { apiVersion, kind } = resource;
  if (known !== undefined && known.apiVersion === apiVersion && known.revision === kv.modRevision) return known.message;
  const message = encodeMessage(decodeStored(kv, resource), typeOf(apiVersion, kind));
  encoded.set(kv.value, { apiVersion, revision: kv.modRevision, message });
  return message;
}

function typeOf(apiVersion: string, kind: string): string {
  const type = wireTypeOfKind(apiVersion, kind);
  if (type === undefined) throw new Error(`no protobuf is known of ${kind} in ${apiVersion}`);
  return type;
}
