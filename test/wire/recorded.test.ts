import { describe, expect, it } from 'vitest';
import { jsonObjectCodec as codec } from '../../src/wire/json-object-codec.js';
import { FrameScan, FrameType } from '../../src/wire/object-codec.js';
import { transcripts } from '../helpers/transcripts.js';

type Plain = { readonly [key: string]: unknown };
const isPlain = (value: unknown): value is Plain =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Everything in the recorded documents that looks like an object with metadata, and every list. */
function* found(value: unknown): Generator<Plain> {
  if (Array.isArray(value)) for (const entry of value) yield* found(entry);
  if (!isPlain(value)) return;
  if (isPlain(value.metadata)) yield value;
  for (const entry of Object.values(value)) yield* found(entry);
}

function* documents(): Generator<unknown> {
  for (const { steps } of transcripts()) for (const { response } of steps) yield [response.body, response.events];
}

function bare(object: Plain): Plain {
  if (!isPlain(object.metadata)) return object;
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

describe('what a real server wrote', () => {
  it('is read as it is, as objects, as frames and as lists', () => {
    const head = codec.head();
    const frame = new FrameScan();
    let seen = 0;
    for (const document of documents()) {
      const objects = [...found(document)];
      const items: Plain[] = [];
      const splitter = codec.listItems();
      splitter.push(
        Buffer.from(JSON.stringify({ kind: 'List', metadata: {}, items: objects })),
        (bytes, start, end) => {
          head.scan(bytes, start, end);
          const stored = Buffer.alloc(head.storedLength);
          head.copyTo(stored, 0);
          items.push(JSON.parse(stored.toString()));
        },
      );
      expect(splitter.end().items).toBe(objects.length);
      expect(items).toEqual(objects.map(bare));
      for (const object of objects) {
        seen++;
        const bytes = Buffer.from(JSON.stringify({ type: 'MODIFIED', object }));
        codec.scanFrame(bytes, 0, bytes.length, frame, head);
        expect(frame.type).toBe(FrameType.Modified);
        const metadata = isPlain(object.metadata) ? object.metadata : {};
        const text = (value: unknown) => (typeof value === 'string' ? value : '');
        for (const field of ['name', 'namespace', 'uid', 'resourceVersion', 'deletionTimestamp'] as const) {
          expect(head[field]).toBe(text(metadata[field]));
        }
        const labels = isPlain(metadata.labels) ? Object.entries(metadata.labels) : [];
        expect(Object.entries(head.labels)).toEqual(labels.filter(([, value]) => typeof value === 'string'));
        expect(head.finalizers).toEqual(Array.isArray(metadata.finalizers) ? metadata.finalizers : []);
        expect(codec.hydrate(bytes, frame.objectStart, frame.objectEnd)).toEqual(object);
      }
    }
    expect(seen).toBeGreaterThan(1000);
  });
});
