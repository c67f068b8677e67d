import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyDefaults } from '../../../src/server/custom/defaulting.js';
import { prune } from '../../../src/server/custom/pruning.js';
import { schemaErrors } from '../../../src/server/custom/schema-validation.js';
import { jsonObject, structuralSchema } from './schemas.js';

const copy = <T>(value: T): T => structuredClone(value);

describe('custom resources and their schemas', () => {
  it('pruning twice removes no more than pruning once, and adds nothing', () => {
    fc.assert(
      fc.property(structuralSchema, jsonObject, (schema, object) => {
        const once = copy(object);
        prune(once, schema);
        const twice = copy(once);
        expect(prune(twice, schema)).toEqual([]);
        expect(twice).toEqual(once);
      }),
    );
  });

  it('defaulting twice is defaulting once', () => {
    fc.assert(
      fc.property(structuralSchema, jsonObject, (schema, object) => {
        const once = copy(object);
        applyDefaults(once, schema);
        const twice = copy(once);
        applyDefaults(twice, schema);
        expect(twice).toEqual(once);
      }),
    );
  });

  it('what pruning leaves has no new faults: what was valid stays valid', () => {
    fc.assert(
      fc.property(structuralSchema, jsonObject, (schema, object) => {
        const before = schemaErrors(schema, object).map(({ field, message }) => `${field} ${message}`);
        const pruned = copy(object);
        prune(pruned, schema);
        const after = schemaErrors(schema, pruned).map(({ field, message }) => `${field} ${message}`);
        // Only fields the schema itself requires without knowing them can be missing afterwards.
        const isMissing = (text: string) => text.includes('Required value');
        expect(after.filter((text) => !before.includes(text) && !isMissing(text))).toEqual([]);
      }),
    );
  });

  it('an object that did not change is never refused for what it was', () => {
    fc.assert(
      fc.property(structuralSchema, jsonObject, (schema, object) => {
        expect(schemaErrors(schema, object, '', { value: copy(object) })).toEqual([]);
      }),
    );
  });

  it('defaults do not leak between objects', () => {
    const schema = {
      type: 'object',
      properties: { a: { type: 'object', default: { b: [1] }, 'x-kubernetes-preserve-unknown-fields': true } },
    };
    const first: { [field: string]: unknown } = {};
    const second: { [field: string]: unknown } = {};
    applyDefaults(first, schema);
    applyDefaults(second, schema);
    (first.a as { b: number[] }).b.push(2);
    expect(second).toEqual({ a: { b: [1] } });
  });
});
