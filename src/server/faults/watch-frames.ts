import { Buffer } from 'node:buffer';
import { encodeObject, encodeWatchEvent } from '../../wire/protobuf/encode.js';
import { failure } from '../object/status-error.js';

/** The types of the events of a watch. */
export type WatchEventType = 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';

/** The frames of a chunk that a server sent, which holds whole ones: lines of JSON, or lengths and messages of protobuf. */
export function framesOf(chunk: Uint8Array, protobuf: boolean): Uint8Array[] {
  const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  const frames: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const newline = protobuf ? at + 3 + bytes.readUInt32BE(at) : bytes.indexOf(10, at);
    const end = newline < 0 ? bytes.length : newline + 1;
    frames.push(bytes.subarray(at, end));
    at = end;
  }
  return frames;
}

/** The type of the event in a frame. */
export function typeOfFrame(frame: Uint8Array, protobuf: boolean): WatchEventType {
  const bytes = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength);
  // A length of four bytes, the tag of the first field and its length come first in protobuf, `{"type":"` in JSON.
  const start = protobuf ? 6 : 9;
  const end = protobuf ? start + (bytes[5] ?? 0) : bytes.indexOf('"', start);
  return bytes.toString('latin1', start, end) as WatchEventType;
}

/** The frame that ends a watch whose history is gone. */
export function expiredFrame(protobuf: boolean): Uint8Array {
  const { status } = failure(410, 'Expired', 'too old resource version: the history has been compacted');
  if (!protobuf) return Buffer.from(`${JSON.stringify({ type: 'ERROR', object: status })}\n`);
  const event = encodeWatchEvent('ERROR', encodeObject(status));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(event.length);
  return Buffer.concat([length, event]);
}
