import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/patch/index.js';
import { decodeKind } from '../../../src/server/scheme/decode-object.js';
import { objectsOf } from '../../patch/arbitrary.js';
import { creatableKinds, resolverOf } from '../../patch/facts.js';

const kinds = creatableKinds();
const objects = fc
  .constantFrom(...kinds)
  .chain(({ apiVersion, kind }) => objectsOf(apiVersion, kind, resolverOf(apiVersion, kind)));
const chances = fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }));

/** The value with a little of everything that a client may get wrong, and its fields in another order. */
function disturbed(value: unknown, random: () => number): unknown {
  if (random() < 0.03) {
    const wrong = [null, '', 0, false, [], {}, 'x', 3, { bogus: 1 }];
    return wrong[Math.floor(random() * wrong.length)];
  }
  if (Array.isArray(value)) return value.map((item) => disturbed(item, random));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, disturbed(inner, random)] as const);
  if (random() < 0.3) entries.reverse();
  if (random() < 0.05) entries.push(['bogus', 1]);
  return Object.fromEntries(entries);
}

interface Outcome {
  readonly text?: string;
  readonly problem?: string;
  readonly strict: readonly string[];
}

function decoded(value: JsonObject, how: { readonly given: boolean; readonly keepEmpty: boolean }): Outcome {
  const strict: string[] = [];
  const { apiVersion, kind } = value;
  try {
    const object = decodeKind(value, { apiVersion: String(apiVersion), kind: String(kind) }, strict, how);
    return { text: JSON.stringify(object), strict };
  } catch (error) {
    return { problem: String(error), strict };
  }
}

describe('the form of a kind', () => {
  it('is the same whether the value is given up for it or not, and neither changes the value', () => {
    fc.assert(
      fc.property(objects, chances, fc.boolean(), (object, numbers, keepEmpty) => {
        const random = () => numbers.next().value ?? 0;
        const { apiVersion, kind } = object;
        const value = { ...(disturbed(object, random) as JsonObject), apiVersion, kind };
        const before = JSON.stringify(value);
        expect(decoded(value, { given: true, keepEmpty })).toEqual(decoded(value, { given: false, keepEmpty }));
        expect(JSON.stringify(value)).toBe(before);
      }),
      { numRuns: 500 },
    );
  });

  it('of what is in that form already is that, and nothing of it is copied where it is given up', () => {
    fc.assert(
      fc.property(objects, (object) => {
        const { apiVersion, kind } = object;
        const expected = { apiVersion: String(apiVersion), kind: String(kind) };
        const { text } = decoded(object, { given: false, keepEmpty: false });
        fc.pre(text !== undefined);
        const value = JSON.parse(text ?? '') as JsonObject;
        const given = decodeKind(value, expected, [], { given: true });
        expect(JSON.stringify(given)).toBe(text);
        for (const field of Object.keys(value)) expect(given[field]).toBe(value[field]);
        const copied = decodeKind(value, expected);
        expect(JSON.stringify(copied)).toBe(text);
        expect(copied.metadata).not.toBe(value.metadata);
      }),
      { numRuns: 300 },
    );
  });

  it('has the fields in one order, those that always show among them', () => {
    const pod = decodeKind(
      {
        spec: { restartPolicy: 'Never', containers: [{ resources: {}, image: 'b', name: 'a' }] },
        metadata: { name: 'x' },
      },
      { apiVersion: 'v1', kind: 'Pod' },
    );
    expect(JSON.stringify(pod)).toBe(
      '{"kind":"Pod","apiVersion":"v1","metadata":{"name":"x"},"spec":{"containers":[{"name":"a","image":"b","resources":{}}],"restartPolicy":"Never"},"status":{}}',
    );
  });
});
