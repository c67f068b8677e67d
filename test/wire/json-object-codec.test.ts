import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MalformedError } from '../../src/wire/codec.js';
import { jsonObjectCodec as codec } from '../../src/wire/json-object-codec.js';
import { FrameScan, FrameType, type ObjectHead } from '../../src/wire/object-codec.js';
import { anyJson, chunks, objectLike, style, type Written, write } from './arbitrary-json.js';

const head = codec.head();
const frame = new FrameScan();

function scanFrame(document: string | Buffer): FrameScan {
  const bytes = Buffer.concat([Buffer.from('}}\n'), Buffer.from(document), Buffer.from('\n{"')]);
  codec.scanFrame(bytes, 3, bytes.length - 3, frame, head);
  return frame;
}

const isObject = (v: unknown) => typeof v === 'object' && v !== null && !Array.isArray(v);
const types = new Map<unknown, FrameType>([
  ['ADDED', FrameType.Added],
  ['MODIFIED', FrameType.Modified],
  ['DELETED', FrameType.Deleted],
  ['BOOKMARK', FrameType.Bookmark],
  ['ERROR', FrameType.Error],
]);
const typeNames = ['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR'];

describe('a frame of a watch in JSON', () => {
  it.each([
    ['ADDED', FrameType.Added],
    ['MODIFIED', FrameType.Modified],
    ['DELETED', FrameType.Deleted],
    ['ERROR', FrameType.Error],
    ['SOMETHING', FrameType.Unknown],
  ])('of type %s says so and where its object is', (type, expected) => {
    const object = { kind: 'Pod', apiVersion: 'v1', metadata: { name: 'a', namespace: 'n', resourceVersion: '7' } };
    scanFrame(JSON.stringify({ type, object }));
    expect(frame.type).toBe(expected);
    expect(frame.objectEnd - frame.objectStart).toBe(JSON.stringify(object).length);
    expect(head.key).toBe('n/a');
    expect([frame.resourceVersion, frame.initialEventsEnd]).toEqual(['', false]);
  });

  it('that is a bookmark tells its resourceVersion, and whether the initial state ends', () => {
    const bookmark = (annotations?: object) =>
      scanFrame(JSON.stringify({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '12', annotations } } }));
    expect(bookmark()).toMatchObject({ type: FrameType.Bookmark, resourceVersion: '12', initialEventsEnd: false });
    expect(bookmark({ 'k8s.io/initial-events-end': 'true' })).toMatchObject({
      resourceVersion: '12',
      initialEventsEnd: true,
    });
    expect(bookmark({ 'k8s.io/initial-events-end': 'false' })).toMatchObject({ initialEventsEnd: false });
    scanFrame(JSON.stringify({ type: 'ADDED', object: { metadata: { resourceVersion: '13' } } }));
    expect(frame).toMatchObject({ resourceVersion: '', initialEventsEnd: false });
  });

  it.each([
    '{}',
    '[]',
    '{"type":"ADDED"}',
    '{"type":"ADDED","object":[]}',
    '{"type":"ADDED","object":{}',
    '{"object":{}}x',
    '',
  ])('that is %s is malformed', (document) => {
    expect(() => scanFrame(document)).toThrow(MalformedError);
  });

  it('agrees with JSON.parse whatever its members, their order and their style', () => {
    const member: fc.Arbitrary<readonly [string, Written]> = fc.oneof(
      fc.tuple(fc.constant('type'), fc.oneof(fc.constantFrom(...typeNames), anyJson)),
      fc.tuple(
        fc.constant('object'),
        fc.oneof({ weight: 4, arbitrary: objectLike }, { weight: 1, arbitrary: anyJson }),
      ),
      fc.tuple(fc.string(), anyJson),
    );
    fc.assert(
      fc.property(fc.array(member, { maxLength: 4 }), style, (members, choices) => {
        const document = Buffer.from(write({ members }, choices));
        const seen = new Map<string, unknown>(Object.entries(JSON.parse(document.toString())));
        if (!isObject(seen.get('object'))) {
          expect(() => scanFrame(document)).toThrow(MalformedError);
          return;
        }
        scanFrame(document);
        const object = document.subarray(frame.objectStart - 3, frame.objectEnd - 3).toString();
        expect(JSON.stringify(JSON.parse(object))).toBe(JSON.stringify(seen.get('object')));
        expect(frame.type).toBe(types.get(seen.get('type')) ?? FrameType.Unknown);
        const stored = Buffer.alloc(head.storedLength);
        head.copyTo(stored, 0);
        const alone = codec.head();
        alone.scan(Buffer.from(object), 0, Buffer.byteLength(object));
        expect(alone.key).toBe(head.key);
        expect(alone.storedLength).toBe(stored.length);
      }),
      { numRuns: 1500 },
    );
  });

  it('costs no more than its length, however often its object is repeated', () => {
    const document = Buffer.from(`{${'"object":{"a":{}},'.repeat(200_000)}"object":{"metadata":{"name":"last"}}}`);
    scanFrame(document);
    // Quadratic it would take minutes, far beyond the test's timeout.
    expect(head.name).toBe('last');
  });

  it('is refused at every cut, with the position', () => {
    const document = JSON.stringify({
      type: 'ADDED',
      object: { metadata: { name: 'é', managedFields: [{ a: 1 }] }, spec: [1] },
    });
    const bytes = Buffer.from(document);
    for (let end = 0; end < bytes.length; end++) {
      expect(() => codec.scanFrame(bytes, 0, end, frame, head)).toThrow(MalformedError);
    }
    codec.scanFrame(bytes, 0, bytes.length, frame, head);
  });
});

describe('hydrating', () => {
  it('gives plain data in which __proto__ is a key like any other', () => {
    const bytes = Buffer.from('xx{"__proto__":{"polluted":true},"a":"é"}yy');
    const object = codec.hydrate(bytes, 2, bytes.length - 2);
    expect(JSON.stringify(object)).toBe('{"__proto__":{"polluted":true},"a":"é"}');
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });

  it('undoes encode', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const bytes = codec.encode(value);
        expect(JSON.stringify(codec.hydrate(bytes, 0, bytes.length))).toBe(JSON.stringify(value));
      }),
    );
  });

  it('tells where the bytes break, without quoting them', () => {
    const bytes = Buffer.from('--{"password":"secret",}--');
    expect(() => codec.hydrate(bytes, 2, bytes.length - 2)).toThrow(
      expect.toSatisfy((e: unknown) => e instanceof MalformedError && e.offset === 21 && !/secret/.test(String(e))),
    );
  });
});

describe('splitting a watch into frames', () => {
  it('gives every line at any chunk boundary, and knows how far it came', () => {
    fc.assert(
      fc.property(fc.array(objectLike, { maxLength: 6 }), style, fc.nat(40), (objects, choices, torn) => {
        const lines = objects.map((object) => write(object));
        const body = Buffer.from(
          lines.map((line, i) => `${line}${i % 3 === 2 ? '\r\n\n' : '\n'}`).join('') + '{'.repeat(torn),
        );
        const frames: string[] = [];
        const splitter = codec.frames();
        for (const chunk of chunks(body, choices)) {
          splitter.push(chunk, (bytes, start, end) =>
            frames.push(Buffer.from(bytes.subarray(start, end)).toString().trim()),
          );
          chunk.fill(0x21);
        }
        expect(frames).toEqual(lines);
        expect(splitter.pending).toBe(torn);
        expect(splitter.offset + splitter.pending).toBe(body.length);
      }),
    );
  });

  it('reads frames in the middle of their chunks as it reads each alone, whoever looks elsewhere in between', () => {
    const said = (from: ObjectHead) => {
      const stored = Buffer.alloc(from.storedLength);
      from.copyTo(stored, 0);
      const { key, namespace, resourceVersion, labels, annotations, ownerReferences, finalizers } = from;
      return JSON.stringify({
        key,
        namespace,
        resourceVersion,
        labels,
        annotations,
        ownerReferences,
        finalizers,
        stored,
      });
    };
    const alone = codec.head();
    const other = codec.head();
    const elsewhere = Buffer.from(
      JSON.stringify({ metadata: { name: 'x', labels: { a: 'b'.repeat(300) } }, spec: {} }),
    );
    const long = 'a{"b":"\\'.repeat(20_000);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(objectLike, fc.constantFrom(...typeNames), fc.nat(30)), { minLength: 1, maxLength: 8 }),
        style,
        style,
        (objects, choices, cuts) => {
          const lines = objects.map(([object, type, odd]) => {
            // Now and then one that is longer than all that is looked at at once.
            const isLong = odd === 0 && typeof object === 'object' && object !== null && 'members' in object;
            const value = isLong ? { members: [...object.members, ['long', long] as const] } : object;
            return `{"type":"${type}","object":${write(value, choices)}}`.replaceAll('\n', ' ');
          });
          const body = Buffer.from(`${lines.join('\n')}\n`);
          const splitter = codec.frames();
          let at = 0;
          const onFrame = (bytes: Uint8Array, start: number, end: number) => {
            const line = Buffer.from(lines[at] ?? '');
            if (objects[at]?.[2] === 1) other.scan(elsewhere, 0, elsewhere.length);
            codec.scanFrame(bytes, start, end, frame, head);
            const [type, from] = [frame.type, frame.objectStart - start];
            const here = said(head);
            codec.scanFrame(line, 0, line.length, frame, alone);
            expect([type, from, here]).toEqual([frame.type, frame.objectStart, said(alone)]);
            at++;
          };
          for (const chunk of cuts.length % 2 === 0 ? [Buffer.from(body)] : chunks(body, cuts)) {
            splitter.push(chunk, onFrame);
            chunk.fill(0x21);
          }
          expect(at).toBe(lines.length);
        },
      ),
    );
  });

  it('bounds a frame, whether it comes in one chunk or in many', () => {
    const line = Buffer.from(`${'x'.repeat(100)}\n`);
    const ignore = () => undefined;
    expect(() => codec.frames({ maxBytes: 99 }).push(line, ignore)).toThrow(MalformedError);
    const byByte = codec.frames({ maxBytes: 99 });
    expect(() => {
      for (const chunk of chunks(line, [0])) byByte.push(chunk, ignore);
    }).toThrow(MalformedError);
    const fits = codec.frames({ maxBytes: 100 });
    for (const chunk of chunks(line, [0])) fits.push(chunk, ignore);
    expect(fits.offset).toBe(101);
  });
});
