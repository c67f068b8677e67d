import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { BracketMatcher } from '../../src/wire/bracket-matcher.js';
import { MalformedError } from '../../src/wire/codec.js';
import { jsonObjectCodec as codec } from '../../src/wire/json-object-codec.js';
import type { ListScan } from '../../src/wire/object-codec.js';
import { anyJson, chunks, objectLike, style, type Written, write } from './arbitrary-json.js';

function split(body: Uint8Array, choices: readonly number[], maxBytes?: number): { items: unknown[]; list: ListScan } {
  const items: unknown[] = [];
  const splitter = codec.listItems({ maxBytes });
  for (const chunk of chunks(body, choices)) {
    splitter.push(chunk, (bytes, start, end) =>
      items.push(JSON.parse(Buffer.from(bytes.subarray(start, end)).toString())),
    );
    chunk.fill(0x21);
  }
  return { items, list: splitter.end() };
}

const podList = JSON.stringify({
  kind: 'PodList',
  apiVersion: 'v1',
  metadata: { resourceVersion: '9', continue: 'token', remainingItemCount: 3 },
  items: [
    { metadata: { name: 'a' } },
    { metadata: { name: 'b' }, spec: { volumeClaimTemplates: [{ metadata: {} }, { metadata: {} }] } },
  ],
});

const listLike: fc.Arbitrary<Written> = fc
  .uniqueArray(
    fc.oneof(
      fc.tuple(
        fc.constant('items'),
        fc.oneof(
          { weight: 5, arbitrary: fc.array(fc.oneof(objectLike, anyJson), { maxLength: 4 }) },
          { weight: 1, arbitrary: anyJson },
        ),
      ),
      fc.tuple(fc.constant('metadata'), fc.oneof(objectLike, anyJson)),
      fc.tuple(fc.constantFrom('kind', 'apiVersion', 'other'), anyJson),
      fc.tuple(fc.string(), anyJson),
    ),
    { maxLength: 6, selector: ([key]) => key },
  )
  .map((members) => ({ members }));

afterEach(() => vi.restoreAllMocks());

describe('splitting a list in JSON', () => {
  it('gives the items and what the list says about itself', () => {
    const { items, list } = split(Buffer.from(podList), []);
    expect(items).toEqual(JSON.parse(podList).items);
    expect(list).toEqual({
      kind: 'PodList',
      apiVersion: 'v1',
      resourceVersion: '9',
      continue: 'token',
      remainingItemCount: 3,
      items: 2,
    });
  });

  it.each(['{"items":[]}', '{"items":null}', '{}', ' { "items" : [ ] } \n'])('takes the empty list %s', (body) => {
    expect(split(Buffer.from(body), [0]).items).toEqual([]);
  });

  it.each([
    ['with', BracketMatcher.forLists()],
    ['without', undefined],
  ])(
    'agrees with JSON.parse in whatever order and style and wherever chunks end, %s the bracket matcher',
    (_, matcher) => {
      vi.spyOn(BracketMatcher, 'forLists').mockReturnValue(matcher);
      fc.assert(
        fc.property(listLike, style, style, (list, choices, sizes) => {
          const body = write(list, choices);
          const seen = new Map<string, unknown>(Object.entries(JSON.parse(body)));
          const metadata = new Map<string, unknown>(Object.entries(seen.get('metadata') ?? {}));
          const text = (value: unknown) => (typeof value === 'string' ? value : '');
          const result = split(Buffer.from(body), sizes);
          const items: unknown = seen.get('items');
          expect(JSON.stringify(result.items)).toBe(JSON.stringify(Array.isArray(items) ? items : []));
          expect(result.list).toMatchObject({
            kind: text(seen.get('kind')),
            apiVersion: text(seen.get('apiVersion')),
            resourceVersion: text(metadata.get('resourceVersion')),
            continue: text(metadata.get('continue')),
            items: result.items.length,
          });
        }),
        { numRuns: 1500 },
      );
    },
  );

  it('refuses every list that ends too early, at any chunk size', () => {
    fc.assert(
      fc.property(listLike, style, style, fc.nat(), (list, choices, sizes, cut) => {
        const body = Buffer.from(write(list, choices));
        expect(() => split(body.subarray(0, cut % body.length), sizes)).toThrow(MalformedError);
      }),
      { numRuns: 1000 },
    );
  });

  it('after any damage agrees with JSON.parse, or something fails where JSON.parse fails', () => {
    const damage = fc.tuple(fc.nat(), fc.constantFrom(...'"\\{}[],:a1 '));
    fc.assert(
      fc.property(listLike, style, style, damage, (list, choices, sizes, [at, byte]) => {
        const body = Buffer.from(write(list, choices));
        body[at % body.length] = byte.charCodeAt(0);
        let seen: unknown;
        try {
          seen = JSON.parse(body.toString());
        } catch {
          // Members nobody asked for are only skipped, so that a list may pass whose unused parts are broken.
          expect(() => {
            try {
              split(body, sizes);
            } catch (error) {
              if (!(error instanceof MalformedError || error instanceof SyntaxError)) throw error;
            }
          }).not.toThrow();
          return;
        }
        const keys = body.toString().match(/"items"|\\u/g) ?? [];
        if (typeof seen !== 'object' || seen === null || Array.isArray(seen) || keys.length > 1) return;
        const items: unknown = Reflect.get(seen, 'items');
        expect(JSON.stringify(split(body, sizes).items)).toBe(JSON.stringify(Array.isArray(items) ? items : []));
      }),
      { numRuns: 1500 },
    );
  });

  it('refuses a second array of items, since the first has been delivered', () => {
    expect(() => split(Buffer.from('{"items":[1],"items":[2]}'), [])).toThrow(/second array of items/);
  });

  it('bounds an item and nesting, and says where', () => {
    expect(() => split(Buffer.from(podList), [5], 60)).toThrow(/larger than 60 bytes/);
    expect(() => split(Buffer.from(`{"items":[${'['.repeat(20_000)}`), [])).toThrow(/nested deeper/);
    expect(() => split(Buffer.from('{"items":[1 2]}'), [1])).toThrow(
      expect.toSatisfy((e: unknown) => e instanceof MalformedError && e.offset === 12),
    );
  });
});
