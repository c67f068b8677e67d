import { type Codec, MalformedError, type UnknownFields, type WatchFrame } from '../codec.js';
import { asBuffer, decodeObject } from './decode.js';
import { encodeObject } from './encode.js';
import { LengthSplitter } from './length-splitter.js';
import { readEnvelope } from './message-plan.js';
import { WireReader } from './wire-reader.js';

// Decoding never gives way to other code, so one reader serves all.
const reader = new WireReader();

/**
 * Protobuf, as API servers speak it for built-in kinds: the same plain data as JSON gives, from fewer bytes, which cost the server less to
 * make. `encode` throws an `UnencodableError` for objects with fields that their kind, as it is known here, does not have: sent as
 * protobuf, they would be lost.
 */
export const protobufCodec: Codec = {
  mediaType: 'application/vnd.kubernetes.protobuf',
  watchMediaType: 'application/vnd.kubernetes.protobuf;stream=watch',
  encode: (value) => encodeObject(value, { strict: true }),
  decode: (bytes, unknown) => decodeObject(bytes, undefined, unknown),
  frames: () => new LengthSplitter(),
  decodeFrame,
};

/** A WatchEvent: 1 the type, 2 a RawExtension whose field 1 is an object in its envelope. */
function decodeFrame(frame: Uint8Array, unknown?: UnknownFields): WatchFrame {
  const bytes = asBuffer(frame);
  const end = bytes.length;
  reader.reset(bytes, 0);
  let type = '';
  let object: unknown;
  while (reader.at < end) {
    const tag = reader.tag(end);
    if (tag === 0x0a) type = reader.text(end);
    else if (tag === 0x12) {
      const stop = reader.length(end);
      while (reader.at < stop) {
        const inner = reader.tag(stop);
        if (inner === 0x0a) object = readEnvelope(reader, reader.length(stop));
        else reader.skip(inner, stop);
      }
    } else reader.skip(tag, end);
  }
  if (unknown !== undefined && reader.hasUnknown) unknown.found = true;
  if (type === '' || object === undefined) throw new MalformedError('a watch frame without a type and an object', 0);
  return { type, object };
}
