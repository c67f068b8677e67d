import fc from 'fast-check';
import type { JsonSchema } from '../../../src/meta/json-schema.js';

const names = ['a', 'b', 'c', '__proto__'];

/** Structural schemas of a few levels: objects, maps, lists of each type, scalars, defaults that fit, and what keeps the unknown. */
export const structuralSchema: fc.Arbitrary<JsonSchema> = fc.letrec<{ schema: JsonSchema; object: JsonSchema }>(
  (tie) => ({
    schema: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      fc.record(
        {
          type: fc.constant('integer'),
          default: fc.integer({ min: 0, max: 9 }),
          minimum: fc.constant(0),
          nullable: fc.boolean(),
        },
        { requiredKeys: ['type'] },
      ),
      fc.record(
        {
          type: fc.constant('string'),
          default: fc.constantFrom('x', 'y'),
          maxLength: fc.constant(3),
          nullable: fc.boolean(),
        },
        { requiredKeys: ['type'] },
      ),
      fc.constant({ 'x-kubernetes-int-or-string': true }),
      fc.constant({ type: 'object', 'x-kubernetes-preserve-unknown-fields': true }),
      tie('object'),
      fc.record({ type: fc.constant('array'), items: tie('schema') }),
      fc.record({ type: fc.constant('object'), additionalProperties: tie('schema') }),
    ),
    object: fc.record(
      {
        type: fc.constant('object'),
        properties: fc.dictionary(fc.constantFrom(...names), tie('schema'), { noNullPrototype: true }),
        required: fc.uniqueArray(fc.constantFrom(...names), { maxLength: 2 }),
        'x-kubernetes-preserve-unknown-fields': fc.constant(true),
      },
      { requiredKeys: ['type', 'properties'] },
    ),
  }),
).object;

/** JSON objects whose fields have the names that schemas know, and others. */
export const jsonObject: fc.Arbitrary<{ [field: string]: unknown }> = fc.dictionary(
  fc.constantFrom(...names, 'd'),
  fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      fc.integer({ min: -2, max: 9 }),
      fc.constantFrom('', 'x', 'long text', null, true, 1.5),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...names, 'd'), tie('value'), { noNullPrototype: true }),
    ),
  })).value,
  { noNullPrototype: true },
);
