import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyJsonPatch } from '../../src/patch/index.js';
import { type JsonDiffStep, jsonDiff } from '../../src/util/json-diff.js';

/** Applies the steps as the server does: documents are objects there. */
const apply = (before: unknown, steps: readonly JsonDiffStep[]): unknown =>
  (
    applyJsonPatch(
      { doc: before },
      steps.map((step) => ({ ...step, path: `/doc${step.path}` })),
    ) as { doc: unknown }
  ).doc;

const container = (name: string, image: string) => ({ name, image, args: ['--port', '80'] });

describe('jsonDiff', () => {
  it('gives steps that make one document into the other, as the server applies them', () => {
    const json = fc
      .jsonValue({ maxDepth: 4, noUnicodeString: false })
      .map((value) => JSON.parse(JSON.stringify(value)));
    fc.assert(
      fc.property(json, json, (before, after) => {
        expect(apply(before, jsonDiff(before, after))).toEqual(after);
      }),
      { numRuns: 500 },
    );
  });

  it('does so for documents that are alike: lists with items added, removed, moved and changed', () => {
    const item = fc.record(
      { name: fc.constantFrom('a', 'b', 'c', 'd'), value: fc.nat(2), tags: fc.array(fc.nat(2), { maxLength: 3 }) },
      { requiredKeys: [] },
    );
    const document = fc.record({
      items: fc.array(item, { maxLength: 6 }),
      words: fc.array(fc.nat(3), { maxLength: 8 }),
    });
    fc.assert(
      fc.property(document, document, (before, after) => {
        const steps = jsonDiff(before, after);
        expect(apply(before, steps)).toEqual(after);
        // Never more to say than the parts that changed: whole lists are the most it may be.
        const most = before.items.length + after.items.length + before.words.length + after.words.length;
        expect(steps.length).toBeLessThanOrEqual(most * 5);
      }),
      { numRuns: 1000 },
    );
  });

  it('says nothing where nothing changed, whatever the order of the keys', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(jsonDiff(value, structuredClone(value))).toEqual([]);
      }),
    );
    expect(jsonDiff({ a: 1, b: { c: [2], d: undefined } }, { b: { c: [2] }, a: 1 })).toEqual([]);
  });

  it('is small where little changed', () => {
    const before = { spec: { containers: [container('web', 'nginx:1'), container('log', 'fluent:2')] } };
    const changed = structuredClone(before);
    changed.spec.containers.unshift(container('proxy', 'envoy:3'));
    const web = changed.spec.containers[1];
    if (web !== undefined) web.image = 'nginx:9';
    expect(jsonDiff(before, changed)).toEqual([
      { op: 'add', path: '/spec/containers/0', value: container('proxy', 'envoy:3') },
      { op: 'replace', path: '/spec/containers/1/image', value: 'nginx:9' },
    ]);
    expect(jsonDiff([1, 2, 3, 4, 5], [1, 3, 4, 6, 5])).toEqual([
      { op: 'remove', path: '/1' },
      { op: 'add', path: '/3', value: 6 },
    ]);
    expect(jsonDiff({ labels: {} }, { labels: { 'a/b~c': 'd' } })).toEqual([
      { op: 'add', path: '/labels/a~1b~0c', value: 'd' },
    ]);
    expect(jsonDiff({ a: null }, {})).toEqual([{ op: 'remove', path: '/a' }]);
  });

  it('takes keys of every name, and long lists in little time', () => {
    const odd = JSON.parse('{"__proto__":{"a":1},"constructor":1,"":{"x":2}}');
    const other = JSON.parse('{"__proto__":{"a":2},"":{"x":3}}');
    expect(apply(odd, jsonDiff(odd, other))).toEqual(other);
    const long = Array.from({ length: 20_000 }, (_, i) => i);
    const reversed = [...long].reverse();
    // kube-apiserver takes at most ten thousand steps.
    expect(jsonDiff({ long, same: 1 }, { long: reversed, same: 1 })).toEqual([
      { op: 'replace', path: '/long', value: reversed },
    ]);
    expect(jsonDiff(long, [...long, 1])).toHaveLength(1);
  });
});
