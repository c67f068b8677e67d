import { Buffer } from 'node:buffer';
import { encodeFrame, encodeMessage, encodeWatchEvent, wrapMessage } from '../../wire/protobuf/encode.js';
import { UnusualJson } from '../../wire/protobuf/json-tape.js';
import { Transcoder } from '../../wire/protobuf/transcode.js';
import type { ServedResource } from '../object/server-context.js';
import { decodeStored, isSentAsStored, storedHead, storedStartLength } from '../scheme/stored-object.js';
import { wireTypeOfKind } from '../scheme/wire-types.js';
import type { KeyValue } from '../storage/storage.js';
import { messageCache } from './message-cache.js';

/**
 * Puts the stored objects of a resource into protobuf, straight from their bytes. What was encoded is there to be copied until something
 * else is encoded, by whomever.
 */
export class ObjectEncoder {
  readonly #type: string;
  readonly #transcoder: Transcoder | undefined;
  /** The object that was encoded last, if the transcoder did not take it. */
  #message: Uint8Array | undefined;

  /** `remembers` says whether what is encoded is kept for whoever comes next. */
  constructor(
    private readonly resource: ServedResource,
    private readonly remembers = false,
  ) {
    this.#type = typeOf(resource.apiVersion, resource.kind);
    this.#transcoder = isSentAsStored(resource) ? transcoderOf(this.#type) : undefined;
  }

  /** Encodes an object; returns how many bytes it takes. */
  encode(kv: KeyValue): number {
    this.#message = this.remembers ? messageCache.get(kv, this.#type) : undefined;
    if (this.#message !== undefined) return this.#message.length;
    const length = this.#encode(kv);
    if (this.remembers) messageCache.set(kv, this.#type, this.take());
    return length;
  }

  #encode(kv: KeyValue): number {
    if (this.#transcoder !== undefined) {
      try {
        return this.#transcoder.encode(storedHead('{', kv.modRevision), kv.value, storedStartLength);
      } catch (error) {
        if (!(error instanceof UnusualJson)) throw error;
      }
    }
    this.#message = encodeMessage(decodeStored(kv, this.resource), this.#type);
    return this.#message.length;
  }

  /** Copies what was encoded last to `target` at `at`, where there must be room for it. */
  copyTo(target: Buffer, at: number): void {
    if (this.#message === undefined) this.#transcoder?.copyTo(target, at);
    else target.set(this.#message, at);
  }

  /** A copy of what was encoded last. */
  take(): Uint8Array {
    return this.#message ?? this.#transcoder?.take() ?? new Uint8Array();
  }
}

const transcoders = new Map<string, Transcoder>();

function transcoderOf(type: string): Transcoder {
  let transcoder = transcoders.get(type);
  if (transcoder === undefined) {
    transcoder = new Transcoder(type);
    transcoders.set(type, transcoder);
  }
  return transcoder;
}

/** A stored object in its envelope. */
export function protobufObject(resource: ServedResource, kv: KeyValue): Uint8Array {
  return wrapMessage(resource.apiVersion, resource.kind, messageOf(resource, kv));
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
  const encoder = new ObjectEncoder(resource);
  encoder.encode(kv);
  return encoder.take();
}

/** The type of a kind in protobuf, as the facts have it. Throws for kinds that have none. */
export function typeOf(apiVersion: string, kind: string): string {
  const type = wireTypeOfKind(apiVersion, kind);
  if (type === undefined) throw new Error(`no protobuf is known of ${kind} in ${apiVersion}`);
  return type;
}
