import { describe, expect, it } from 'vitest';
import type { JsonSchema, ValidationRule } from '../../../src/meta/json-schema.js';
import { keywordProblems } from '../../../src/server/custom/keyword-rules.js';
import { ruleProblems } from '../../../src/server/custom/rule-problems.js';

const int = { type: 'integer' } as const;
const text = { type: 'string' } as const;
const list = (items: JsonSchema, maxItems?: number, more: object = {}): JsonSchema => ({
  type: 'array',
  items,
  ...(maxItems !== undefined && { maxItems }),
  ...more,
});

function problems(rule: ValidationRule, properties: { [name: string]: JsonSchema }): string[] {
  const schema = { type: 'object', properties, 'x-kubernetes-validations': [rule] };
  const keywords = keywordProblems(schema, 'root');
  return [...keywords, ...ruleProblems(schema, 'root', keywords)].map(({ field, message }) => `${field}: ${message}`);
}

describe('the rules of a definition', () => {
  it('are shown as Go shows them where they are wrong', () => {
    expect(problems({ rule: 'self.a > "1"' }, { a: int })).toEqual([
      'root.x-kubernetes-validations[0].rule: Invalid value: {"Rule":"self.a \\u003e \\"1\\"","Message":"","MessageExpression":"","Reason":null,"FieldPath":"","OptionalOldSelf":null}: ' +
        "compilation failed: ERROR: <input>:1:8: found no matching overload for '_>_' applied to '(int, string)'\n | self.a > \"1\"\n | .......^",
    ]);
  });

  it.each<[string, ValidationRule, RegExp]>([
    ['give a bool', { rule: 'self.a' }, /rule: .*: cel expression must evaluate to a bool$/],
    [
      'give a text as message',
      { rule: 'true', messageExpression: '1' },
      /messageExpression: .*messageExpression must evaluate to a string$/,
    ],
    [
      'have messages that can be read',
      { rule: 'true', messageExpression: '1 +' },
      /messageExpression compilation failed: ERROR: <input>:1:4/,
    ],
    [
      'say that oldSelf may be absent only where they use it',
      { rule: 'true', optionalOldSelf: true },
      /optionalOldSelf: Invalid value: true: may not be set if oldSelf is not used in rule$/,
    ],
    ['lead to a field', { rule: 'true', fieldPath: '.b' }, /fieldPath: Invalid value: ".b": must be a valid path$/],
    [
      'have a reason there is',
      { rule: 'true', reason: 'Why' },
      /reason: Unsupported value: "Why": supported values: "FieldValueDuplicate"/,
    ],
  ])('have to %s', (_what, rule, expected) => {
    const found = problems(rule, { a: int });
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(expected);
  });

  it('take optional values for oldSelf where it may be absent', () => {
    expect(problems({ rule: 'oldSelf.a == self.a', optionalOldSelf: true }, { a: int }).join()).toContain(
      "'(optional_type(int), int)'",
    );
    expect(problems({ rule: 'oldSelf.?a.orValue(1) == self.a', optionalOldSelf: true }, { a: int })).toEqual([]);
  });

  it('compare with what was only where it is known which was which', () => {
    const rules = { 'x-kubernetes-validations': [{ rule: 'self == oldSelf' }] };
    const items = { type: 'object', required: ['k'], properties: { k: { ...text, maxLength: 9 } }, ...rules };
    const keyed = { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['k'] };
    expect(problems({ rule: 'true' }, { l: list(items, 5) }).join()).toContain(
      'rule: Invalid value: "self == oldSelf": oldSelf cannot be used on the uncorrelatable portion of the schema within root.properties[l]',
    );
    expect(problems({ rule: 'true' }, { l: list(items, 5, keyed) })).toEqual([]);
  });

  it.each<[string, { [name: string]: JsonSchema }, string]>([
    ['self.l.all(a, a == "x")', { l: list(text) }, ''],
    ['self.l.all(a, self.l.all(b, a == b))', { l: list(text) }, 'more than 100x'],
    ['self.l.all(a, self.l.all(b, a == b))', { l: list({ ...text, maxLength: 20 }, 100) }, ''],
    ['self.l.all(a, self.l.all(b, self.l.all(c, a == b + c)))', { l: list({ ...text, maxLength: 20 }, 100) }, '3.0x'],
    ['self.s.matches("^[a-z]+$")', { s: text }, ''],
    ['self.l.exists(x, x.contains(self.s))', { s: text, l: list(text, 10) }, 'more than 100x'],
  ])('cost at most a limit: %s', (rule, properties, factor) => {
    const [first = ''] = problems({ rule }, properties);
    if (factor === '') expect(first).toBe('');
    else expect(first).toContain(`.rule: Forbidden: estimated rule cost exceeds budget by factor of ${factor} (try`);
  });

  it('cost together at most another, of which the dearest are told', () => {
    const rule = { rule: 'self.all(a, self.all(b, a == b))' };
    const dear = { ...list({ ...text, maxLength: 50 }, 450), 'x-kubernetes-validations': [rule] };
    const all = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`l${i}`, dear]));
    const found = ruleProblems({ type: 'object', properties: all }, 'root', []).map(
      ({ field, message }) => `${field}: ${message}`,
    );
    expect(found.filter((one) => one.includes('contributed to estimated rule cost total'))).toHaveLength(4);
    expect(found.at(-1)).toMatch(
      /^root: Forbidden: x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema exceeds budget by factor of/,
    );
  });
});
