import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/util/random.js';
import { MalformedError } from '../../../src/wire/codec.js';
import { jsonObjectCodec } from '../../../src/wire/json-object-codec.js';
import { FrameScan, FrameType, type ObjectCodec, type ObjectHead } from '../../../src/wire/object-codec.js';
import { encodeMessage, encodeObject, encodeWatchEvent } from '../../../src/wire/protobuf/encode.js';
import { protobufObjectCodec } from '../../../src/wire/protobuf/protobuf-object-codec.js';
import { randomObject } from './random-object.js';

const kinds = [
  ['v1', 'Pod'],
  ['apps/v1', 'Deployment'],
  ['v1', 'Node'],
  ['v1', 'Secret'],
  ['coordination.k8s.io/v1', 'Lease'],
] as const;

function codecOf(apiVersion: string, kind: string): ObjectCodec {
  const codec = protobufObjectCodec({ apiVersion, kind });
  if (codec === undefined) throw new Error(`no codec for ${kind}`);
  return codec;
}

const seen = (head: ObjectHead) => ({
  key: head.key,
  namespace: head.namespace,
  name: head.name,
  uid: head.uid,
  resourceVersion: head.resourceVersion,
  generation: head.generation,
  deletionTimestamp: head.deletionTimestamp,
  labels: Object.entries(head.labels),
  annotations: Object.entries(head.annotations),
  ownerReferences: head.ownerReferences,
  finalizers: head.finalizers,
  label: head.label('kubernetes.io/arch'),
  annotation: head.annotation('constructor'),
});

/** Reads and keeps what is in a frame; what it may throw is a `MalformedError` that says where. */
function attempt(codec: ObjectCodec, frame: Buffer): void {
  const scan = new FrameScan();
  const head = codec.head();
  try {
    codec.scanFrame(frame, 0, frame.length, scan, head);
    if (scan.type === FrameType.Error) return;
    const copy = Buffer.alloc(head.storedLength);
    head.copyTo(copy, 0);
    const kept = seen(head);
    const object = codec.hydrate(frame, scan.objectStart, scan.objectEnd) as { metadata: { name?: string } };
    head.scanStored(copy, 0, copy.length);
    const found = JSON.stringify([codec.hydrate(copy, 0, copy.length), kept.name, seen(head)]);
    const expected = JSON.stringify([withoutManagedFields(object), object.metadata.name ?? '', kept]);
    // There are too many to be compared by `expect`.
    if (found !== expected) expect(found).toBe(expected);
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    expect(error.offset).toBeGreaterThanOrEqual(0);
    expect(error.offset).toBeLessThanOrEqual(frame.length);
  }
}

const withoutManagedFields = (object: object) => {
  const copy = JSON.parse(JSON.stringify(object));
  delete copy.metadata.managedFields;
  return copy;
};

describe('protobufObjectCodec', () => {
  it('is for kinds whose fields are known', () => {
    expect(protobufObjectCodec({ apiVersion: 'example.com/v1', kind: 'Website' })).toBeUndefined();
  });

  it('makes of a new version what it would without the old one, and shares what is large and written the same', () => {
    let shared = 0;
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer(),
        fc.constantFrom(...kinds),
        fc.constantFrom('metadata', 'spec', 'status', 'data'),
        (seed, other, [apiVersion, kind], part) => {
          const codec = codecOf(apiVersion, kind);
          const before = codec.encode(randomObject(apiVersion, kind, seededRandom(seed)));
          const old = codec.hydrate(before, 0, before.length);
          const changed = {
            ...Object(old),
            [part]: Reflect.get(randomObject(apiVersion, kind, seededRandom(other)), part),
          };
          const bytes = codec.encode(changed);
          const known = { bytes: before, start: 0, end: before.length, object: old };
          const object = Object(codec.rehydrate(bytes, 0, bytes.length, known));
          expect(JSON.stringify(object)).toBe(JSON.stringify(codec.hydrate(bytes, 0, bytes.length)));
          for (const name of ['metadata', 'spec', 'status']) {
            if (Reflect.has(object, name) && object[name] === Reflect.get(Object(old), name)) shared++;
          }
        },
      ),
      { numRuns: 300 },
    );
    expect(shared).toBeGreaterThan(100);
  });

  it('makes of whatever bytes what it would without another version', () => {
    const codec = codecOf('v1', 'Pod');
    const outcome = (work: () => unknown) => {
      try {
        return JSON.stringify(work());
      } catch (error) {
        if (!(error instanceof MalformedError)) throw error;
        return `${error.message} at ${error.offset}`;
      }
    };
    fc.assert(
      fc.property(
        fc.integer(),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }),
        fc.boolean(),
        (seed, changes, both) => {
          const before = Buffer.from(codec.encode(randomObject('v1', 'Pod', seededRandom(seed))));
          const old = codec.hydrate(before, 0, before.length);
          const bytes = Buffer.concat([before, both ? before : Buffer.alloc(0)]);
          for (const [at, value] of changes) bytes[at % bytes.length] = value;
          const known = { bytes: before, start: 0, end: before.length, object: old };
          const found = outcome(() => codec.rehydrate(bytes, 0, bytes.length, known));
          expect(found).toBe(outcome(() => codec.hydrate(bytes, 0, bytes.length)));
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('reads the head that JSON has, and keeps the object without managedFields', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat({ max: 9 }), fc.constantFrom(...kinds), (seed, pad, [apiVersion, kind]) => {
        const codec = codecOf(apiVersion, kind);
        const object = randomObject(apiVersion, kind, seededRandom(seed));
        const json = Buffer.from(JSON.stringify(object));
        const inJson = jsonObjectCodec.head();
        inJson.scan(json, 0, json.length);

        const event = encodeWatchEvent('MODIFIED', encodeObject(object));
        const bytes = Buffer.concat([Buffer.alloc(pad), event, Buffer.alloc(pad)]);
        const head = codec.head();
        const scan = new FrameScan();
        codec.scanFrame(bytes, pad, pad + event.length, scan, head);
        expect(scan.type).toBe(FrameType.Modified);
        expect(seen(head)).toEqual(seen(inJson));
        expect(codec.hydrate(bytes, scan.objectStart, scan.objectEnd)).toEqual(JSON.parse(json.toString()));

        const stored = Buffer.alloc(pad + head.storedLength + pad);
        expect(head.copyTo(stored, pad)).toBe(stored.length - 2 * pad);
        expect(stored.subarray(stored.length - pad).every((byte) => byte === 0)).toBe(true);
        expect(codec.hydrate(stored, pad, stored.length - pad)).toEqual(withoutManagedFields(object));
        const expected = withoutManagedFields(object);
        expect(Buffer.from(codec.encode(expected)).equals(stored.subarray(pad, stored.length - pad))).toBe(true);
        head.scanStored(stored, pad, stored.length - pad);
        expect(seen(head)).toEqual(seen(inJson));
        expect(head.storedLength).toBe(stored.length - 2 * pad);

        const whole = codec.head({ managedFields: true });
        whole.scan(bytes, scan.objectStart, scan.objectEnd);
        const copy = Buffer.alloc(whole.storedLength);
        whole.copyTo(copy, 0);
        expect(codec.hydrate(copy, 0, copy.length)).toEqual(JSON.parse(json.toString()));
      }),
      { numRuns: 300 },
    );
  });

  it.each([17 + 16, 17 + 16 * 80])(
    'leaves the field %d of metadata alone, whose tag begins as that of managedFields',
    (number) => {
      const codec = codecOf('v1', 'ConfigMap');
      const unknown = Buffer.from([(((number << 3) | 2) & 0x7f) | 0x80, number >> 4, 3, 0x61, 0x62, 0x63]);
      const plain = codec.encode({ metadata: { name: 'a', resourceVersion: '7' } });
      const metadata = Buffer.concat([Buffer.from(plain.subarray(2, 2 + (plain[1] ?? 0))), unknown]);
      const bytes = Buffer.concat([Buffer.from([0x0a, metadata.length]), metadata]);
      const head = codec.head();
      head.scan(bytes, 0, bytes.length);
      const kept = Buffer.alloc(head.storedLength);
      head.copyTo(kept, 0);
      expect(kept.equals(bytes)).toBe(true);
      expect([head.name, head.resourceVersion]).toEqual(['a', '7']);
    },
  );

  it('after any damage fails cleanly, or keeps what it shows: every prefix and changed bytes of frames', () => {
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom(...kinds), (seed, [apiVersion, kind]) => {
        const codec = codecOf(apiVersion, kind);
        const chance = seededRandom(seed);
        const frame = Buffer.from(encodeWatchEvent('ADDED', encodeObject(randomObject(apiVersion, kind, chance))));
        // The first bytes are the frame's and the envelope's, then come metadata.
        for (let at = 0; at < Math.min(frame.length, 400); at++) {
          const changed = Buffer.from(frame);
          changed[at] = Math.floor(chance() * 256);
          attempt(codec, changed);
          attempt(codec, frame.subarray(0, at));
        }
      }),
      { numRuns: 8 },
    );
  }, 120_000);

  it('refuses an object of another kind, whichever way its envelope is written', () => {
    const codec = codecOf('v1', 'ConfigMap');
    for (const other of [
      { kind: 'Secret', apiVersion: 'v1', metadata: { name: 'a' } },
      { kind: 'Deployment', apiVersion: 'apps/v1', metadata: { name: 'a' } },
    ]) {
      const event = encodeWatchEvent('ADDED', encodeObject(other));
      expect(() => codec.scanFrame(event, 0, event.length, new FrameScan(), codec.head())).toThrow(
        `${other.kind} where another kind was asked for`,
      );
    }
    const message = encodeMessage({ metadata: { name: 'a' } }, 'core/v1.ConfigMap');
    const bare = Buffer.concat([Buffer.from('k8s\0'), Uint8Array.of(0x12, message.length), message]);
    const head = codec.head();
    head.scan(bare, 0, bare.length);
    expect(head.name).toBe('a');
  });

  it('takes metadata that comes in two parts, as decoding does', () => {
    const codec = codecOf('v1', 'ConfigMap');
    const part = (metadata: object) => encodeMessage({ metadata }, 'core/v1.ConfigMap');
    const bytes = Buffer.concat([part({ name: 'a', namespace: 'x' }), part({ name: 'b', managedFields: [{}] })]);
    const head = codec.head();
    head.scan(bytes, 0, bytes.length);
    const hydrated = codec.hydrate(bytes, 0, bytes.length) as { metadata: { name: string; namespace?: string } };
    expect(head.name).toBe(hydrated.metadata.name);
    expect(head.namespace).toBe(hydrated.metadata.namespace ?? '');
  });

  it('says how far a bookmark goes, and shows the Status of an error', () => {
    const codec = codecOf('v1', 'Pod');
    const head = codec.head();
    const scan = new FrameScan();
    const metadata = { resourceVersion: '77', annotations: { 'k8s.io/initial-events-end': 'true' } };
    const bookmark = encodeWatchEvent('BOOKMARK', encodeObject({ kind: 'Pod', apiVersion: 'v1', metadata }));
    codec.scanFrame(bookmark, 0, bookmark.length, scan, head);
    expect(scan).toMatchObject({ type: FrameType.Bookmark, resourceVersion: '77', initialEventsEnd: true });
    const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', reason: 'Expired', code: 410 };
    const error = encodeWatchEvent('ERROR', encodeObject(status));
    codec.scanFrame(error, 0, error.length, scan, head);
    expect(scan).toMatchObject({ type: FrameType.Error, resourceVersion: '', initialEventsEnd: false });
    expect(codec.hydrate(error, scan.objectStart, scan.objectEnd)).toEqual(status);
    expect(() => codec.scanFrame(Uint8Array.of(0x0a, 0x00), 0, 2, scan, head)).toThrow(MalformedError);
  });
});

describe('a list in protobuf', () => {
  const codec = codecOf('v1', 'ConfigMap');

  it('comes apart into its items, however the chunks fall', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            metadata: fc.record({ name: fc.string({ minLength: 1 }) }),
            data: fc.constant({ k: 'v'.repeat(150) }),
          }),
        ),
        fc.array(fc.integer({ min: 1, max: 80 }), { minLength: 1 }),
        (items, cuts) => {
          const metadata = { resourceVersion: '5', continue: 'more', remainingItemCount: 3 };
          const bytes = encodeObject({ kind: 'ConfigMapList', apiVersion: 'v1', metadata, items });
          const splitter = codec.listItems();
          const found: unknown[] = [];
          for (let at = 0, cut = 0; at < bytes.length; at += cuts[cut++ % cuts.length] ?? 1) {
            splitter.push(bytes.subarray(at, at + (cuts[cut % cuts.length] ?? 1)), (b, start, end) => {
              found.push(codec.hydrate(b, start, end));
            });
          }
          expect(found).toEqual(items.map((item) => ({ kind: 'ConfigMap', apiVersion: 'v1', ...item })));
          expect(splitter.end()).toEqual({ apiVersion: 'v1', kind: 'ConfigMapList', items: items.length, ...metadata });
        },
      ),
    );
  });

  it.each([
    ['JSON', Buffer.from('{"kind":')],
    ['an item beyond the end of the list', Buffer.from([...Buffer.from('k8s\0'), 0x12, 4, 0x12, 9, 0, 0])],
    ['two lists', Buffer.from([...Buffer.from('k8s\0'), 0x12, 0, 0x12, 0])],
    ['an item larger than the bound', Buffer.from([...Buffer.from('k8s\0'), 0x12, 0xff, 0x7f, 0x12, 0xe9, 0x07])],
  ])('is refused at once: %s', (_what, bytes) => {
    expect(() => codec.listItems({ maxBytes: 1_000 }).push(bytes, () => {})).toThrow(MalformedError);
  });

  it('is refused at its end when it was not complete', () => {
    const bytes = encodeObject({ kind: 'ConfigMapList', apiVersion: 'v1', metadata: {}, items: [{}] });
    for (let length = 0; length < bytes.length - 4; length++) {
      const splitter = codec.listItems();
      splitter.push(bytes.subarray(0, length), () => {});
      expect(() => splitter.end()).toThrow(MalformedError);
    }
  });
});
