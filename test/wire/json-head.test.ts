import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { BracketMatcher } from '../../src/wire/bracket-matcher.js';
import { MalformedError } from '../../src/wire/codec.js';
import { jsonObjectCodec } from '../../src/wire/json-object-codec.js';
import type { ObjectHead } from '../../src/wire/object-codec.js';
import { anyJson, objectLike, style, write } from './arbitrary-json.js';

const head = jsonObjectCodec.head();

afterEach(() => vi.restoreAllMocks());

/** The bytes before a scanned object, as in a chunk with several frames. */
const before = '"}] ';
const after = '"}]{["';

function scan(document: string, into: ObjectHead = head): { head: ObjectHead; stored: Buffer } {
  const bytes = Buffer.from(before + document + after);
  const end = bytes.length - after.length;
  into.scan(bytes, before.length, end);
  const stored = Buffer.alloc(into.storedLength + 3, 0xff);
  expect(into.copyTo(stored, 2)).toBe(into.storedLength);
  expect([stored[0], stored[1], stored.at(-1)]).toEqual([0xff, 0xff, 0xff]);
  return { head: into, stored: stored.subarray(2, -1) };
}

function fields(from: ObjectHead): unknown {
  const { key, namespace, name, uid, resourceVersion, generation, deletionTimestamp, finalizers } = from;
  const { labels, annotations, ownerReferences } = from;
  const maps = { labels: Object.entries(labels), annotations: Object.entries(annotations) };
  return {
    key,
    namespace,
    name,
    uid,
    resourceVersion,
    generation,
    deletionTimestamp,
    finalizers,
    ownerReferences,
    ...maps,
  };
}

const isRecord = (v: unknown): v is Record<string, unknown> => typeof v === 'object' && v !== null && !Array.isArray(v);
const own = (v: unknown, key: string) => (isRecord(v) && Object.hasOwn(v, key) ? v[key] : undefined);
const textOf = (v: unknown) => (typeof v === 'string' ? v : '');
const texts = (v: unknown) => (isRecord(v) ? Object.entries(v).filter(([, entry]) => typeof entry === 'string') : []);

/** Returns the expected head, from the object as `JSON.parse` reads it. */
function expected(object: unknown): unknown {
  const metadata = own(object, 'metadata');
  const name = textOf(own(metadata, 'name'));
  const namespace = textOf(own(metadata, 'namespace'));
  const generation = own(metadata, 'generation');
  const finalizers = own(metadata, 'finalizers');
  const owners = own(metadata, 'ownerReferences');
  return {
    key: namespace === '' ? name : `${namespace}/${name}`,
    namespace,
    name,
    uid: textOf(own(metadata, 'uid')),
    resourceVersion: textOf(own(metadata, 'resourceVersion')),
    generation: typeof generation === 'number' ? generation : undefined,
    deletionTimestamp: textOf(own(metadata, 'deletionTimestamp')),
    finalizers: Array.isArray(finalizers) ? finalizers.filter((f) => typeof f === 'string') : [],
    ownerReferences: Array.isArray(owners)
      ? owners.filter((o) => ['apiVersion', 'kind', 'name', 'uid'].every((k) => typeof own(o, k) === 'string'))
      : [],
    labels: texts(own(metadata, 'labels')),
    annotations: texts(own(metadata, 'annotations')),
  };
}

/** The object as JSON text without `metadata.managedFields`: text, so that the order of keys counts. */
function withoutManagedFields(document: string): string {
  const object: unknown = JSON.parse(document);
  const metadata = own(object, 'metadata');
  if (isRecord(metadata)) delete metadata.managedFields;
  return JSON.stringify(object);
}

const pod = {
  kind: 'Pod',
  apiVersion: 'v1',
  metadata: {
    name: 'web-0',
    generateName: 'web-',
    namespace: 'shop',
    uid: '0e6a',
    resourceVersion: '41',
    generation: 3,
    deletionTimestamp: '2026-11-20T10:00:00Z',
    labels: { app: 'web', tier: 'é' },
    annotations: {
      note: 'a "managedFields":[{}] in a string',
      'kubectl.kubernetes.io/last-applied-configuration': '{"metadata":{"managedFields":[{"a":[1]}]}}\n',
    },
    ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: 'u', controller: true }],
    finalizers: ['example.com/a'],
    managedFields: [{ manager: 'kubelet', fieldsV1: { 'f:metadata': { 'k:{"name":"]},"}': {}, '.': {} } } }],
  },
  spec: { template: { metadata: { name: 'inner', managedFields: [1] } } },
};

describe('the head of a JSON object', () => {
  it('says what the metadata says, and drops only the managedFields of the object itself', () => {
    const { head, stored } = scan(JSON.stringify(pod));
    expect(fields(head)).toEqual(expected(pod));
    expect(head.label('app')).toBe('web');
    expect(head.label('none')).toBeUndefined();
    expect(head.annotation('note')).toBe(pod.metadata.annotations.note);
    expect(stored.toString()).toBe(withoutManagedFields(JSON.stringify(pod)));
    expect(stored.toString()).toContain('"managedFields":[1]');
  });

  it('is right wherever managedFields stands, as in custom resources, whose keys are sorted', () => {
    const entries = Object.entries(pod.metadata);
    for (let turn = 0; turn < entries.length; turn++) {
      entries.push(...entries.splice(0, 1));
      const document = JSON.stringify({ ...pod, metadata: Object.fromEntries(entries) });
      const { head, stored } = scan(document);
      expect(fields(head)).toEqual(expected(pod));
      expect(stored.toString()).toBe(withoutManagedFields(document));
    }
  });

  it.each([
    ['is all there is', '{"metadata":{"managedFields":[{}]}}', '{"metadata":{}}'],
    ['is empty', '{"metadata":{"managedFields":[],"name":"a"}}', '{"metadata":{"name":"a"}}'],
    ['is null', '{"metadata":{"name":"a","managedFields":null}}', '{"metadata":{"name":"a"}}'],
    [
      'holds arrays',
      '{"metadata":{"managedFields":[{"a":[{"b":[]}]},{}],"name":"a"},"x":1}',
      '{"metadata":{"name":"a"},"x":1}',
    ],
    ['holds brackets in strings', '{"metadata":{"managedFields":[{"]},":"]},\\"x"}]},"x":1}', '{"metadata":{},"x":1}'],
    ['is absent', '{"metadata":{"name":"a"},"x":[]}', '{"metadata":{"name":"a"},"x":[]}'],
  ])('cuts managedFields that %s', (_, document, left) => {
    expect(scan(document).stored.toString()).toBe(left);
  });

  it('keeps managedFields where asked', () => {
    const document = JSON.stringify(pod);
    expect(scan(document, jsonObjectCodec.head({ managedFields: true })).stored.toString()).toBe(document);
  });

  it('takes the last of repeated keys, as JSON.parse does', () => {
    const { head, stored } = scan(
      '{"metadata":{"name":"a","managedFields":[1]},"metadata":{"name":"b","uid":"u","uid":7}}',
    );
    expect(head.name).toBe('b');
    expect(head.uid).toBe('');
    expect(JSON.parse(stored.toString())).toEqual({ metadata: { name: 'b', uid: 7 } });
  });

  it.each([
    ['with', BracketMatcher.forDocuments()],
    ['without', undefined],
  ])('agrees with JSON.parse on anything like an object, in any style, %s the bracket matcher', (_, matcher) => {
    vi.spyOn(BracketMatcher, 'forDocuments').mockReturnValue(matcher);
    fc.assert(
      fc.property(objectLike, style, (object, choices) => {
        const document = write(object, choices);
        const { head, stored } = scan(document);
        const want = expected(JSON.parse(document));
        expect(fields(head)).toEqual(want);
        expect(JSON.stringify(JSON.parse(stored.toString()))).toBe(withoutManagedFields(document));
        head.scanStored(stored, 0, stored.length);
        expect(fields(head)).toEqual(want);
        expect(head.storedLength).toBe(stored.length);
        for (const [key, label] of Object.entries(head.labels)) expect(head.label(key)).toBe(label);
      }),
      { numRuns: 2000 },
    );
  });

  it('keeps every byte where managedFields are kept and no key is repeated', () => {
    const keeping = jsonObjectCodec.head({ managedFields: true });
    fc.assert(
      fc.property(objectLike, style, (object, choices) => {
        const document = write(object, choices);
        const { head, stored } = scan(document, keeping);
        expect(JSON.stringify(JSON.parse(stored.toString()))).toBe(JSON.stringify(JSON.parse(document)));
        expect(fields(head)).toEqual(expected(JSON.parse(document)));
      }),
    );
  });

  it('refuses what is no object, and every document that ends too early', () => {
    fc.assert(
      fc.property(fc.oneof(anyJson, objectLike), style, fc.nat(), (any, choices, cut) => {
        const document = Buffer.from(write(any, choices));
        if (isRecord(JSON.parse(document.toString()))) {
          const end = cut % document.length;
          const error = caught(() => head.scan(document, 0, end));
          expect(error).toBeInstanceOf(MalformedError);
          expect(error).toHaveProperty(
            'offset',
            expect.toSatisfy((at: number) => at >= 0 && at <= end),
          );
        } else {
          expect(() => head.scan(document, 0, document.length)).toThrow(MalformedError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('after any damage agrees with JSON.parse, or hydrating fails where JSON.parse fails', () => {
    fc.assert(
      fc.property(
        objectLike,
        style,
        fc.array(fc.tuple(fc.nat(), fc.constantFrom(...'"\\{}[],:a1 ')), { minLength: 1, maxLength: 3 }),
        (object, choices, damages) => {
          const document = Buffer.from(write(object, choices));
          for (const [at, byte] of damages) document[at % document.length] = byte.charCodeAt(0);
          const text = document.toString();
          const seen = caught(() => JSON.parse(text));
          const error = caught(() => head.scan(document, 0, document.length));
          if (error !== undefined) expect(error).toBeInstanceOf(MalformedError);
          if (seen !== undefined) {
            expect(caught(() => jsonObjectCodec.hydrate(document, 0, document.length))).toBeInstanceOf(MalformedError);
          } else if (isRecord(JSON.parse(text)) && Buffer.from(text).equals(document)) {
            expect(error).toBeUndefined();
            expect(fields(head)).toEqual(expected(JSON.parse(text)));
          }
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('bounds nesting, and neither recurses nor hangs', () => {
    const deep = (levels: number) => Buffer.from(`{"metadata":${'['.repeat(levels)}${']'.repeat(levels)}}`);
    expect(() => head.scan(deep(9_000), 0, deep(9_000).length)).not.toThrow();
    expect(() => head.scan(deep(1_000_000), 0, deep(1_000_000).length)).toThrow(/nested deeper/);
    const twice = Buffer.from(`{"metadata":{},"metadata":${'['.repeat(9_999)}${']'.repeat(9_999)}}`);
    expect([undefined, MalformedError]).toContain(caught(() => head.scan(twice, 0, twice.length))?.constructor);
  });

  it('refuses to write beyond the target', () => {
    scan(JSON.stringify(pod));
    expect(() => head.copyTo(Buffer.alloc(10), 0)).toThrow(RangeError);
  });

  it('reads a ConfigMap of 1.5 MiB', () => {
    const data = { script: 'line "quoted" \\ and é\n'.repeat(60_000) };
    const document = JSON.stringify({ kind: 'ConfigMap', apiVersion: 'v1', metadata: pod.metadata, data });
    expect(scan(document).stored.toString()).toBe(withoutManagedFields(document));
  });
});

function caught(run: () => unknown): Error | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
