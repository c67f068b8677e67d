// The same figures for protobuf: what a frame and its head cost, what hydration costs beside JSON.parse of the same object, and what is kept.

import { FrameScan } from '../../dist/src/wire/index.js';
import { encodeObject, encodeWatchEvent } from '../../dist/src/wire/protobuf/encode.js';
import { protobufObjectCodec } from '../../dist/src/wire/protobuf/index.js';

/** One row of the table; undefined for kinds that have no form in protobuf. `compete` runs the contestants. */
export function measureProtobuf(kind, make, count, { compete, chunksOf, scratch }) {
  const { apiVersion, kind: name } = make(0);
  const codec = protobufObjectCodec({ apiVersion, kind: name });
  if (codec === undefined) return undefined;
  const frames = Array.from({ length: count }, (_, i) => frameOf(encodeWatchEvent('ADDED', encodeObject(make(i)))));
  const watch = chunksOf(Buffer.concat(frames));
  const head = codec.head();
  const scan = new FrameScan();
  const each = (take) => {
    const splitter = codec.frames();
    for (const chunk of watch) splitter.push(chunk, take);
  };
  const stored = [];
  each((b, start, end) => {
    codec.scanFrame(b, start, end, scan, head);
    const bytes = Buffer.alloc(head.storedLength);
    head.copyTo(bytes, 0);
    stored.push(bytes);
  });
  // What JSON.parse is measured with holds what hydration gives: no managedFields.
  const json = stored.map((bytes) => JSON.stringify(codec.hydrate(bytes, 0, bytes.length)));
  let read = 0;
  const best = compete({
    split: () => each(() => {}),
    scan: () => each((b, start, end) => codec.scanFrame(b, start, end, scan, head)),
    watch() {
      let at = 0;
      each((b, start, end) => {
        codec.scanFrame(b, start, end, scan, head);
        read += head.key.length + head.resourceVersion.length;
        if (at + head.storedLength > scratch.length) at = 0;
        at += head.copyTo(scratch, at);
      });
    },
    'stored head'() {
      for (const bytes of stored) head.scanStored(bytes, 0, bytes.length);
    },
    hydrate() {
      for (const bytes of stored) read += codec.hydrate(bytes, 0, bytes.length).kind.length;
    },
    'parse same'() {
      for (const text of json) read += JSON.parse(text).kind.length;
    },
  });
  if (read === 0) throw new Error('nothing was read');
  const total = (all) => all.reduce((sum, { length }) => sum + length, 0);
  const perObject = Object.fromEntries(
    Object.entries(best).map(([what, ms]) => [what, Math.round((ms * 1e6) / count)]),
  );
  return {
    kind,
    bytes: Math.round(total(frames) / count),
    kept: Math.round(total(stored) / count),
    ...perObject,
    'hydrate / parse': Number((best.hydrate / best['parse same']).toFixed(2)),
  };
}

function frameOf(event) {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(event.length);
  return Buffer.concat([length, event]);
}
