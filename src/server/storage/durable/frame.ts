import { Buffer } from 'node:buffer';
import { crc32 } from 'node:zlib';

/*
 * Files of a data folder are sequences of frames. A frame is a header of 16 bytes and a payload:
 *
 *   magic | payload length | CRC-32 of the payload | CRC-32 of the 12 bytes before
 *
 * The header has a checksum of its own, so that a damaged length does not look like a file that ends early.
 */

const magic = Buffer.from([0x89, 0x4b, 0x4c, 0x0a]);
const headerLength = 16;

/** Disks write sectors of at least this many bytes as a whole. */
const sectorLength = 512;

/** No frame is longer: a length beyond it is damage. */
const maxPayloadLength = 256 * 1024 * 1024;

/** The result of reading a frame: its payload, or why there is none. */
export type FrameResult =
  | { readonly payload: Buffer; readonly end: number }
  /** The file ends where the frame would begin. */
  | 'end'
  /** The process or the machine stopped while it wrote the frame, which is the last one. */
  | 'torn'
  /** The bytes changed after they were written. */
  | 'damaged';

/** Returns a frame around the parts of a payload. */
export function encodeFrame(parts: readonly Uint8Array[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const frame = Buffer.allocUnsafe(headerLength + length);
  let at = headerLength;
  for (const part of parts) {
    frame.set(part, at);
    at += part.length;
  }
  frame.set(magic, 0);
  frame.writeUInt32LE(length, 4);
  frame.writeUInt32LE(crc32(frame.subarray(headerLength)), 8);
  frame.writeUInt32LE(crc32(frame.subarray(0, 12)), 12);
  return frame;
}

/** Reads the frame of `file` that begins at `at`. */
export function readFrame(file: Buffer, at: number): FrameResult {
  if (at === file.length) return 'end';
  const end = frameEnd(file, at);
  if (end !== undefined && end <= file.length) {
    const payload = file.subarray(at + headerLength, end);
    if (crc32(payload) === file.readUInt32LE(at + 8)) return { payload, end };
  }
  return isTorn(file, at, end) ? 'torn' : 'damaged';
}

/** Returns where the frame at `at` ends by its header, undefined if the header is not intact. */
function frameEnd(file: Buffer, at: number): number | undefined {
  if (at + headerLength > file.length) return undefined;
  if (crc32(file.subarray(at, at + 12)) !== file.readUInt32LE(at + 12)) return undefined;
  if (file.compare(magic, 0, magic.length, at, at + magic.length) !== 0) return undefined;
  const length = file.readUInt32LE(at + 4);
  return length > maxPayloadLength ? undefined : at + headerLength + length;
}

/**
 * Returns whether an unreadable frame is a write that was cut off. A frame is written after the one before it is on disk, so a frame
 * with an intact frame behind it was complete once. A write that was cut off is too short, or lacks a whole sector.
 */
function isTorn(file: Buffer, at: number, end: number | undefined): boolean {
  for (let next = file.indexOf(magic, at + 1); next !== -1; next = file.indexOf(magic, next + 1)) {
    const nextEnd = frameEnd(file, next);
    if (nextEnd === undefined || nextEnd > file.length) continue;
    if (crc32(file.subarray(next + headerLength, nextEnd)) === file.readUInt32LE(next + 8)) return false;
  }
  if (end === undefined ? file.length - at < headerLength : end > file.length) return true;
  const last = end ?? file.length;
  for (let start = at; start < last; ) {
    const next = Math.min(last, (Math.floor(start / sectorLength) + 1) * sectorLength);
    if (file.subarray(start, next).every((byte) => byte === 0)) return true;
    start = next;
  }
  return false;
}
