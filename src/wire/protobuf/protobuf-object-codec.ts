import { type FrameScan, FrameType, type ObjectCodec } from '../object-codec.js';
import { asBuffer, decodeMessage, decodeObject, decodeSharing, type ExpectedKind } from './decode.js';
import { encodeMessage } from './encode.js';
import { isEnvelope } from './envelope.js';
import { EnvelopeMatcher } from './envelope-matcher.js';
import { wireTypeOfKind } from './field-facts.js';
import { LengthRanges } from './length-splitter.js';
import { ProtobufListRanges } from './list-splitter.js';
import { ProtobufHead, shifted } from './object-head.js';
import { WireReader } from './wire-reader.js';

const frameTypes = (
  [
    ['ADDED', FrameType.Added],
    ['MODIFIED', FrameType.Modified],
    ['DELETED', FrameType.Deleted],
    ['BOOKMARK', FrameType.Bookmark],
    ['ERROR', FrameType.Error],
  ] as const
).map(([name, type]) => ({ name: Buffer.from(name), type }));
const initialEventsEnd = 'k8s.io/initial-events-end';
const reader = new WireReader();

/**
 * Protobuf for the cache of one kind. Kept are objects without their envelope, which is the same for all; `hydrate` gives them their kind
 * back. Undefined for kinds whose fields are not known: those travel as JSON.
 */
export function protobufObjectCodec(kind: ExpectedKind): ObjectCodec | undefined {
  const typeName = wireTypeOfKind(kind.apiVersion, kind.kind);
  if (typeName === undefined) return undefined;
  const codec: ObjectCodec = {
    encoding: 'protobuf',
    frames: (limits) => new LengthRanges(limits),
    listItems: (limits) => new ProtobufListRanges(limits),
    head: (options) => new ProtobufHead(codec, typeName, new EnvelopeMatcher(kind), options),
    encode: (value) => encodeMessage(value, typeName),

    scanFrame(bytes, start, end, out, head) {
      if (!(head instanceof ProtobufHead)) throw new TypeError('the head is not of this codec');
      scanFrame(asBuffer(bytes), start, end, out);
      if (out.type === FrameType.Error) return;
      try {
        head.scan(bytes, out.objectStart, out.objectEnd);
      } catch (error) {
        throw shifted(error, out.objectStart - start);
      }
      if (out.type !== FrameType.Bookmark) return;
      out.resourceVersion = head.resourceVersion;
      out.initialEventsEnd = head.annotation(initialEventsEnd) === 'true';
    },

    hydrate(bytes, start, end, unknown) {
      if (isEnvelope(bytes, start, end)) return decodeObject(bytes.subarray(start, end), kind, unknown);
      return decodeMessage(bytes, start, end, typeName, kind, unknown);
    },

    rehydrate(bytes, start, end, known, unknown) {
      if (isEnvelope(bytes, start, end) || isEnvelope(known.bytes, known.start, known.end)) {
        return codec.hydrate(bytes, start, end, unknown);
      }
      return decodeSharing(bytes, start, end, typeName, kind, known, unknown);
    },
  };
  return codec;
}

/** A WatchEvent: 1 the type, 2 a RawExtension whose field 1 is the object in its envelope. */
function scanFrame(b: Buffer, start: number, end: number, out: FrameScan): void {
  out.type = FrameType.Unknown;
  out.objectStart = -1;
  out.resourceVersion = '';
  out.initialEventsEnd = false;
  reader.reset(b, start);
  while (reader.at < end) {
    const tag = reader.tag(end);
    if (tag === 0x0a) {
      const stop = reader.length(end);
      out.type = frameTypeOf(b, reader.at, stop);
      reader.at = stop;
    } else if (tag === 0x12) {
      const stop = reader.length(end);
      while (reader.at < stop) {
        const inner = reader.tag(stop);
        if (inner === 0x0a) {
          out.objectEnd = reader.length(stop);
          out.objectStart = reader.at;
          reader.at = out.objectEnd;
        } else reader.skip(inner, stop);
      }
    } else reader.skip(tag, end);
  }
  if (out.objectStart === -1) throw reader.fault('a frame without an object', start);
}

function frameTypeOf(b: Buffer, start: number, end: number): FrameType {
  next: for (const { name, type } of frameTypes) {
    if (name.length !== end - start) continue;
    for (let i = 0; i < name.length; i++) if (b[start + i] !== name[i]) continue next;
    return type;
  }
  return FrameType.Unknown;
}
