import type { KubeObject } from '../../src/meta/index.js';
import type { Transport, TransportRequest, TransportResponse } from '../../src/transport/transport.js';
import { abortable } from '../../src/util/abort.js';
import { decodeObject } from '../../src/wire/protobuf/decode.js';
import { encodeMessage, encodeWatchEvent, wrapMessage } from '../../src/wire/protobuf/encode.js';
import { wireTypeOfKind } from '../../src/wire/protobuf/index.js';

/** An object with a field that no version of its kind has that is known here. */
export type NewerObject = KubeObject & { metadata: Record<string, unknown>; newer?: unknown };

/** A field with the number 60 and a text: in protobuf, what is in `newer`. */
const unknownField = Buffer.from([0xe2, 0x03, 0x01, 0x78]);
const protobufType = 'application/vnd.kubernetes.protobuf';

/** A server with one collection, whose kind has a field `newer` that is not known here. Speaks JSON, and protobuf where asked for. */
export class NewerServer implements Transport {
  readonly objects = new Map<string, NewerObject>();
  readonly requests: string[] = [];
  #version = 100;

  /** Takes an object in, as a create does. */
  put(object: KubeObject): NewerObject {
    const name = String(object.metadata?.name);
    const uid = this.objects.get(name)?.metadata.uid ?? `uid-${name}`;
    const stored = { ...object, metadata: { ...object.metadata, uid, resourceVersion: String(++this.#version) } };
    this.objects.set(name, stored);
    return stored;
  }

  async send(request: TransportRequest): Promise<TransportResponse> {
    const { pathname, searchParams } = new URL(request.path, 'http://x');
    const protobuf = String(request.headers?.accept).startsWith(protobufType);
    const isWatch = searchParams.has('watch');
    this.requests.push(`${isWatch ? 'WATCH' : request.method} ${protobuf ? 'protobuf' : 'json'}`);
    const body = request.body === undefined ? undefined : decode(request.body);
    const name = pathname.split('/')[7];
    const answer = (status: number, object: KubeObject) => respond(status, protobuf, encode(object, protobuf));
    if (isWatch) return respond(200, protobuf, this.#state(protobuf), request.signal);
    if (request.method === 'POST') return answer(201, this.put({ newer: 'set by the server', ...body }));
    const stored = this.objects.get(name ?? '');
    if (request.method === 'PUT') {
      if (body.metadata.resourceVersion !== stored?.metadata.resourceVersion)
        return answer(409, status(409, 'Conflict'));
      return answer(200, this.put(body));
    }
    if (name !== undefined) return stored === undefined ? answer(404, status(404, 'NotFound')) : answer(200, stored);
    const items = [...this.objects.values()];
    const metadata = { resourceVersion: String(this.#version) };
    const kind = `${items[0]?.kind}List`;
    return answer(200, { apiVersion: items[0]?.apiVersion, kind, metadata, items } as KubeObject);
  }

  async close(): Promise<void> {}

  /** The frames of a streamed state. */
  #state(protobuf: boolean): Uint8Array {
    const objects = [...this.objects.values()];
    const [first] = objects;
    const metadata = {
      resourceVersion: String(this.#version),
      annotations: { 'k8s.io/initial-events-end': 'true' },
    };
    const bookmark = { apiVersion: first?.apiVersion, kind: first?.kind, metadata };
    const events = [...objects.map((object) => ['ADDED', object] as const), ['BOOKMARK', bookmark] as const];
    return Buffer.concat(
      events.map(([type, object]) => {
        if (!protobuf) return Buffer.from(`${JSON.stringify({ type, object })}\n`);
        const frame = encodeWatchEvent(type, encode(object as KubeObject, true));
        const length = Buffer.alloc(4);
        length.writeUInt32BE(frame.length);
        return Buffer.concat([length, frame]);
      }),
    );
  }
}

// biome-ignore lint/suspicious/noExplicitAny: what a client sent
function decode(body: Uint8Array): any {
  return body[0] === 0x7b ? JSON.parse(Buffer.from(body).toString()) : decodeObject(body);
}

function status(code: number, reason: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Status', status: 'Failure', code, reason, details: { name: 'lock' } } as KubeObject;
}

function encode(object: KubeObject, protobuf: boolean): Uint8Array {
  if (!protobuf) return Buffer.from(JSON.stringify(object));
  const { apiVersion = '', kind = '' } = object;
  const typeName = wireTypeOfKind(apiVersion, kind) ?? '';
  if (!('items' in object) || !Array.isArray(object.items))
    return wrapMessage(apiVersion, kind, message(object, typeName));
  const itemType = typeName.replace(/List$/, '');
  const head = encodeMessage({ ...object, items: [] }, typeName);
  const items = object.items.map((item) => {
    const bytes = message(item, itemType);
    if (bytes.length < 128) return Buffer.concat([Buffer.from([0x12, bytes.length]), bytes]);
    return Buffer.concat([Buffer.from([0x12, (bytes.length & 0x7f) | 0x80, bytes.length >> 7]), bytes]);
  });
  return wrapMessage(apiVersion, kind, Buffer.concat([head, ...items]));
}

function message(object: KubeObject, typeName: string): Uint8Array {
  const known = encodeMessage(object, typeName);
  return 'newer' in object ? Buffer.concat([known, unknownField]) : known;
}

/** An answer; one that `until` is given for stays open until that aborts. */
function respond(code: number, protobuf: boolean, bytes: Uint8Array, until?: AbortSignal): TransportResponse {
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  return {
    status: code,
    headers: { 'content-type': protobuf ? protobufType : 'application/json' },
    body: {
      bytes: async () => bytes,
      consume: async (onChunk) => {
        await onChunk(bytes);
        if (until !== undefined) await abortable(ended, until);
      },
      cancel: () => end(),
    },
  };
}
