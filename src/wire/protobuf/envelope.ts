import type { WireReader } from './wire-reader.js';

/** `k8s` and a zero: what every object in protobuf begins with. */
export const magic: Uint8Array = Uint8Array.of(0x6b, 0x38, 0x73, 0x00);

/** Reports whether an object in protobuf begins here. */
export function isEnvelope(b: Uint8Array, start: number, end: number): boolean {
  return end - start >= 4 && b[start] === 0x6b && b[start + 1] === 0x38 && b[start + 2] === 0x73 && b[start + 3] === 0;
}

/** The apiVersion, kind and other data of an object in protobuf, before its fields. */
export interface Envelope {
  readonly apiVersion: string;
  readonly kind: string;
  /** Where the object's own message is. */
  readonly start: number;
  readonly end: number;
}

/** Reads the envelope that begins at `r.at`, its four bytes of magic included, and stands at the end afterwards. */
export function openEnvelope(r: WireReader, end: number): Envelope {
  if (!isEnvelope(r.bytes, r.at, end)) throw r.fault('no object in protobuf begins here');
  r.at += magic.length;
  let apiVersion = '';
  let kind = '';
  let start = end;
  let stop = end;
  while (r.at < end) {
    const tag = r.tag(end);
    if (tag === 0x0a) {
      const inner = r.length(end);
      while (r.at < inner) {
        const field = r.tag(inner);
        if (field === 0x0a) apiVersion = r.text(inner);
        else if (field === 0x12) kind = r.text(inner);
        else r.skip(field, inner);
      }
    } else if (tag === 0x12) {
      stop = r.length(end);
      start = r.at;
      r.at = stop;
    } else if (tag === 0x1a) {
      const at = r.at;
      if (r.text(end) !== '') throw r.fault('the object is compressed or encrypted', at);
    } else r.skip(tag, end);
  }
  return { apiVersion, kind, start, end: stop };
}
