import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JsonObject, type SchemaResolver, trackCreation } from '../../../src/patch/index.js';
import { decodeKind } from '../../../src/server/scheme/decode-object.js';
import { finish } from '../../../src/util/steps.js';
import { objectsOf } from '../arbitrary.js';
import { creatableKinds, customResolver, resolverOf } from '../facts.js';

interface Subject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly schema: SchemaResolver;
  /** Shared by all objects of the kind, as the server shares it. */
  readonly blank: JsonObject;
}

const kinds = fc.constantFrom(
  ...creatableKinds().map(({ apiVersion, kind }): Subject => {
    const blank = { ...decodeKind({}, { apiVersion, kind }) };
    return { apiVersion, kind, schema: resolverOf(apiVersion, kind), blank };
  }),
);

const now = '2026-01-01T00:00:00Z';
const filter = { without: [['status']] };

function created({ apiVersion, schema, blank }: Subject, object: JsonObject): JsonObject {
  return finish(trackCreation({ created: object, apiVersion, schema, blank, filter, manager: 'me', now }));
}

/** The same worked out from the object as a whole: who asks for managedFields to be forgotten is remembered by nothing. */
function createdAnew(subject: Subject, object: JsonObject): JsonObject {
  const metadata = object.metadata as JsonObject;
  return created(subject, { ...object, metadata: { ...metadata, managedFields: [] } });
}

/** Other values in the same places, zeros and empty things among them. */
function changed(value: unknown, random: () => number): unknown {
  const pick = <T>(...choices: readonly T[]): T | undefined => choices[Math.floor(random() * choices.length)];
  if (Array.isArray(value)) return random() < 0.1 ? [] : value.map((item) => changed(item, random));
  if (typeof value === 'object' && value !== null) {
    if (random() < 0.05) return {};
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, changed(inner, random)]));
  }
  if (random() < 0.4) return value;
  switch (typeof value) {
    case 'string':
      return pick('', '0', 'a', 'web', value);
    case 'number':
      return pick(0, 1, 7, value);
    case 'boolean':
      return !value;
    default:
      return value;
  }
}

describe('who owns what in a new object', () => {
  it('is the same whether an object of its shape was made before or not', () => {
    const objects = kinds.chain((subject) =>
      fc.tuple(
        fc.constant(subject),
        objectsOf(subject.apiVersion, subject.kind, subject.schema),
        fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })),
      ),
    );
    fc.assert(
      fc.property(objects, ([subject, object, numbers]) => {
        const random = () => numbers.next().value ?? 0;
        let next = object;
        for (let i = 0; i < 6; i++) {
          expect(created(subject, next)).toEqual(createdAnew(subject, next));
          const other = changed(object, random) as JsonObject;
          const { metadata = {} } = other;
          next = { ...other, metadata, apiVersion: object.apiVersion, kind: object.kind };
        }
      }),
      { numRuns: 150 },
    );
  });

  it('differs where keys of list items, fields, or empty values do', () => {
    const schema = customResolver({
      type: 'object',
      properties: {
        spec: {
          type: 'object',
          properties: {
            items: {
              type: 'array',
              listType: 'map',
              listMapKeys: ['name'],
              items: { type: 'object', properties: { name: { type: 'string' }, size: { type: 'integer' } } },
            },
            tags: { type: 'array', listType: 'set', items: { type: 'string' } },
            free: { type: 'object', additional: true },
          },
        },
      },
    });
    const subject = { apiVersion: 'x.io/v1', kind: 'X', schema, blank: {} };
    const specs = [
      { items: [{ name: 'a', size: 1 }] },
      { items: [{ name: 'b', size: 1 }] },
      { items: [{ name: 'b', size: 1 }, { name: 'b' }] },
      { items: [] },
      { tags: ['a', 'b'] },
      { tags: ['ab'] },
      { free: { a: { b: 1 } } },
      { free: { 'a:b': 1 } },
      { free: { a: {} } },
    ];
    const owned = specs.map((spec) => {
      const object = { apiVersion: 'x.io/v1', kind: 'X', metadata: { name: 'x' }, spec };
      const tracked = created(subject, object);
      expect(tracked).toEqual(createdAnew(subject, object));
      return JSON.stringify(tracked.metadata);
    });
    expect(new Set(owned).size).toBe(specs.length);
  });
});
