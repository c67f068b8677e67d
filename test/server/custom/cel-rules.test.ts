import { describe, expect, it } from 'vitest';
import type { JsonSchema, ValidationRule } from '../../../src/meta/json-schema.js';
import { ruleChecker } from '../../../src/server/custom/cel-rules.js';
import { hasRules } from '../../../src/server/custom/has-rules.js';
import { ruleProblems } from '../../../src/server/custom/rule-problems.js';

const withRule = (rule: ValidationRule, properties: { [name: string]: JsonSchema }): JsonSchema => ({
  type: 'object',
  properties: { spec: { type: 'object', properties, 'x-kubernetes-validations': [rule] } },
});

const object = (spec: object) => ({ metadata: {}, spec });

describe('rules in CEL', () => {
  const check = (schema: JsonSchema, spec: object, old?: object): string[] =>
    ruleChecker(schema)(object(spec), old === undefined ? undefined : object(old)).map(
      ({ field, message }) => `${field}: ${message}`,
    );
  const int = { type: 'integer' };
  const text = { type: 'string' };

  it.each<[string, { [name: string]: JsonSchema }, object, boolean]>([
    ['self.min <= self.max', { min: int, max: int }, { min: 1, max: 2 }, true],
    ['self.min <= self.max', { min: int, max: int }, { min: 3, max: 2 }, false],
    ['!has(self.a) || self.a > 1', { a: int }, {}, true],
    ["self.l.all(x, x.startsWith('a'))", { l: { type: 'array', items: text } }, { l: ['ab', 'b'] }, false],
    ['self.a__dash__b == 1', { 'a-b': int }, { 'a-b': 1 }, true],
    ['self.__namespace__ == "x"', { namespace: text }, { namespace: 'x' }, true],
    ['quantity(self.q).isLessThan(quantity("1Gi"))', { q: text }, { q: '512Mi' }, true],
    ['self.l.isSorted() && self.l.sum() == 6', { l: { type: 'array', items: int } }, { l: [1, 2, 3] }, true],
    [
      'self.t < timestamp("2030-01-01T00:00:00Z")',
      { t: { type: 'string', format: 'date-time' } },
      { t: '2029-01-01T00:00:00Z' },
      true,
    ],
    ['self.d > 1.5', { d: { type: 'number' } }, { d: 2 }, true],
  ])('%s', (rule, properties, spec, holds) => {
    expect(check(withRule({ rule }, properties), spec)).toEqual(
      holds ? [] : [`spec: Invalid value: failed rule: ${rule}`],
    );
  });

  it('say what their author wants said, where, and why', () => {
    const rule = {
      rule: 'self.a < 3',
      messageExpression: "'a is ' + string(self.a)",
      reason: 'FieldValueForbidden',
      fieldPath: '.a',
    };
    expect(check(withRule(rule, { a: int }), { a: 5 })).toEqual(['spec.a: Forbidden: a is 5']);
  });

  it('compare with what was there, once something was', () => {
    const schema = withRule({ rule: 'self.a == oldSelf.a', message: 'a is immutable' }, { a: int });
    expect(check(schema, { a: 1 })).toEqual([]);
    expect(check(schema, { a: 1 }, { a: 1 })).toEqual([]);
    expect(check(schema, { a: 2 }, { a: 1 })).toEqual(['spec: Invalid value: a is immutable']);
  });

  it('let through what was wrong before and did not change', () => {
    const schema = withRule({ rule: 'self.a < 3' }, { a: int });
    expect(check(schema, { a: 5 }, { a: 5 })).toEqual([]);
    expect(check(schema, { a: 6 }, { a: 5 })).toHaveLength(1);
  });

  it('see nothing but what the schema declares', () => {
    const map = { type: 'object', additionalProperties: int } as const;
    const schema = withRule({ rule: "!has(self.m.constructor) && !('toString' in self.m)" }, { m: map });
    expect(check(schema, { hidden: 1, m: {} })).toEqual([]);
    const [wrong = ''] = check(withRule({ rule: '!has(self.hidden)' }, { a: int }), { hidden: 1 });
    expect(wrong).toContain("undefined field 'hidden'");
  });

  it('stop when they would do too much', () => {
    const rule = 'self.l.all(a, self.l.all(b, self.l.all(c, self.l.all(d, a + b + c + d > 0))))';
    const l = Array.from({ length: 200 }, () => 1);
    const [error = ''] = check(withRule({ rule }, { l: { type: 'array', items: int } }), { l });
    expect(error).toContain('call cost exceeds limit for rule');
    // None of these does too much by itself, but together they do.
    const some = { rule: 'self.l.all(a, self.l.all(b, a + b > 0))' };
    const items = {
      type: 'array',
      items: { type: 'object', properties: { l: { type: 'array', items: int } } },
    } as const;
    const [first, ...others] = check(
      {
        ...withRule({ rule: 'true' }, {}),
        properties: { spec: { ...items, items: { ...items.items, 'x-kubernetes-validations': [some] } } },
      },
      Array.from({ length: 100 }, () => ({ l })),
    );
    expect(first).toContain('running out of cost budget');
    expect(others).toEqual([]);
  });

  it('are refused with their definition when they cannot be read', () => {
    const problems = (rule: string) =>
      ruleProblems(withRule({ rule }, { a: int }), 'root', []).map(({ field }) => field);
    const at = 'root.properties[spec].x-kubernetes-validations[0].rule';
    expect(problems('self.a >')).toEqual([at]);
    expect(problems('nobody(self.a)')).toEqual([at]);
    expect(problems('"text"')).toEqual([at]);
    expect(problems('self.a > 1')).toEqual([]);
    expect(hasRules(withRule({ rule: 'true' }, {}))).toBe(true);
    expect(hasRules({ type: 'object' })).toBe(false);
  });
});
