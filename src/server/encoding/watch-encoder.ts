import { Buffer } from 'node:buffer';
import { encodeUtf8 } from '../../util/bytes.js';
import { encodeObject } from '../../wire/protobuf/encode.js';
import type { Media } from '../object/message.js';
import type { ResourceRequest } from '../object/server-context.js';
import type { ServerObject } from '../object/server-object.js';
import { decodeKind } from '../scheme/decode-object.js';
import { metadataAlone } from '../scheme/deprecations.js';
import { decodeStored, isSentAsStored, objectHead, storedParts } from '../scheme/stored-object.js';
import type { KeyValue, StorageEvent } from '../storage/storage.js';
import { protobufFrame, protobufObjectFrame } from './protobuf-objects.js';

/** The types of events a client sees. */
export type EventType = 'ADDED' | 'MODIFIED' | 'DELETED';

/** Turns objects of table and metadata watches into what their events carry. */
export type Transform = (object: ServerObject, first: boolean) => unknown;

const frameEnd = encodeUtf8('}\n');

/**
 * The frames of the last live event: one write reaches all watches at once, so it is enough to remember one to encode it once in each form
 * for all who watch in that form.
 */
const last: { event?: StorageEvent; readonly frames: Map<string, Uint8Array> } = { frames: new Map() };

/** Puts events of one watch into bytes. */
export class WatchEncoder {
  readonly #head: string;
  readonly #isProtobuf: boolean;
  /** The parts of a frame that several watches share. */
  readonly #key: string;
  #first = true;

  private constructor(
    private readonly request: ResourceRequest,
    readonly media: Media,
    private readonly transform: Transform | undefined,
  ) {
    this.#head = objectHead(request.resource);
    this.#isProtobuf = media.encoding === 'protobuf';
    this.#key = `${media.encoding} ${media.as ?? ''} ${media.metaVersion ?? ''} ${this.#head}`;
  }

  /** The encoder for what a request accepts: plain objects, table rows or metadata. */
  static async for(request: ResourceRequest): Promise<WatchEncoder> {
    const media: Media =
      request.media.encoding === 'protobuf'
        ? { ...request.media, contentType: 'application/vnd.kubernetes.protobuf;stream=watch' }
        : { ...request.media, encoding: 'json', contentType: 'application/json' };
    return new WatchEncoder(request, media, await transformFor(request));
  }

  /** The object behind a key and value. */
  decode(kv: KeyValue): ServerObject {
    return decodeStored(kv, this.request.resource);
  }

  /** One event as a line of JSON or a frame of protobuf. */
  event(type: EventType, value: Uint8Array, revision: number): Uint8Array {
    const kv = { key: '', value, createRevision: 0, modRevision: revision };
    if (this.transform === undefined && this.#isProtobuf) {
      return protobufObjectFrame(type, this.request.resource, kv);
    }
    if (this.transform !== undefined) {
      return this.#line(type, this.transform(this.decode(kv), this.#takeFirst()));
    }
    const [head, rest] = storedParts(value, revision, `{"type":"${type}","object":${this.#head}`);
    return Buffer.concat([head, rest, frameEnd]);
  }

  /** The frame of a write that has just happened. The object has the state of `kv` and the version of the write. */
  liveEvent(event: StorageEvent, type: EventType, kv: KeyValue): Uint8Array {
    // Tables depend on what the watch has sent before.
    if (this.media.as === 'Table') return this.event(type, kv.value, event.kv.modRevision);
    if (last.event !== event) {
      last.event = event;
      last.frames.clear();
    }
    const key = `${type} ${this.#key}`;
    const frame = last.frames.get(key) ?? this.event(type, kv.value, event.kv.modRevision);
    last.frames.set(key, frame);
    return frame;
  }

  /** A bookmark; with `end` the one that ends the initial state (KEP-3157). */
  bookmark(revision: number, end: boolean): Uint8Array {
    const { resource } = this.request;
    const annotations = end ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {};
    const object = {
      ...decodeKind({}, resource),
      metadata: { resourceVersion: String(revision), ...annotations },
    };
    return this.#line('BOOKMARK', this.transform?.(object, this.#takeFirst()) ?? object);
  }

  /** An event that ends the watch. */
  error(status: object): Uint8Array {
    return this.#line('ERROR', status);
  }

  #takeFirst(): boolean {
    const first = this.#first;
    this.#first = false;
    return first;
  }

  #line(type: string, object: unknown): Uint8Array {
    if (this.#isProtobuf) return protobufFrame(type, encodeObject(object));
    return encodeUtf8(`${JSON.stringify({ type, object })}\n`);
  }
}

async function transformFor(request: ResourceRequest): Promise<Transform | undefined> {
  const { media } = request;
  if (media.as === undefined) return isSentAsStored(request.resource) ? undefined : (object) => object;
  if (media.as !== 'Table') {
    const apiVersion = `meta.k8s.io/${media.metaVersion ?? 'v1'}`;
    return (object) => ({
      kind: 'PartialObjectMetadata',
      apiVersion,
      metadata: metadataAlone(request.resource, object.metadata),
    });
  }
  const { tableOf } = await import('./table.js');
  return (object, first) => {
    const table = tableOf(request, [object], { resourceVersion: object.metadata.resourceVersion });
    // Column definitions come with the first event only, as they do not change.
    return first ? table : { ...table, columnDefinitions: null };
  };
}
