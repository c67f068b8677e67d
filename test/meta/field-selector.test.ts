import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  escapeFieldValue,
  FormatError,
  fieldQueryString,
  fields,
  parseFieldSelector,
  toFieldSelector,
  unescapeFieldValue,
} from '../../src/meta/index.js';

describe('parseFieldSelector', () => {
  it.each([
    ['', ''],
    ['a=b', 'a=b'],
    ['b==c,a!=d', 'a!=d,b=c'],
    [',a=a,', 'a=a'],
    ['k=\\,,k2=v2', 'k2=v2,k=\\,'],
    ['k=\\\\,k2=v2', 'k2=v2,k=\\\\'],
    ['함=수,목=록', '목=록,함=수'],
    ['=', ''],
    ['k=', 'k='],
  ])('reads %j', (text, written) => {
    expect(parseFieldSelector(text).toString()).toBe(written);
  });

  // The first two recorded from a Kubernetes 1.36 API server.
  it.each([
    ['metadata.name', "invalid selector: 'metadata.name'; can't understand 'metadata.name'"],
    ['metadata.name in (a)', "invalid selector: 'metadata.name in (a)'; can't understand 'metadata.name in (a)'"],
    ['b,a', "invalid selector: 'b,a'; can't understand 'a'"],
    ['a=b=c', 'invalid field selector: unescaped character in value: 61'],
    ['a=\\x', 'invalid field selector: invalid escape sequence: \\x'],
    ['a=\\', 'invalid field selector: invalid escape sequence: \\'],
  ])('refuses %j in the words of an API server', (text, message) => {
    expect(() => parseFieldSelector(text)).toThrow(new FormatError('field selector', message));
  });
});

describe('a field selector', () => {
  it('is built in words, or comes from text or a record', () => {
    const built = fields.eq('spec.nodeName', 'n1').notEq('status.phase', 'Running');
    expect(String(built)).toBe('spec.nodeName=n1,status.phase!=Running');
    expect(built.exactMatch('spec.nodeName')).toBe('n1');
    expect(built.exactMatch('status.phase')).toBeUndefined();
    expect(fieldQueryString({ b: 'x,y', a: '' })).toBe('a=,b=x\\,y');
    expect(fieldQueryString(undefined)).toBe('');
    expect(String(fields.and({ c: 'd' }).and('a=b'))).toBe('a=b,c=d');
  });

  it('is refused rather than widened when a part is missing or wrong', () => {
    const bad: unknown[] = [{ 'spec.nodeName': undefined }, { a: true }, null, 5];
    // biome-ignore lint/suspicious/noExplicitAny: what JavaScript callers may pass
    for (const query of bad) expect(() => toFieldSelector(query as any), JSON.stringify(query)).toThrow(FormatError);
    for (const path of ['', 'a=b', 'a,b', 'a!']) expect(() => fields.eq(path, 'x')).toThrow(FormatError);
  });

  it('takes an absent field as empty', () => {
    expect(parseFieldSelector('a=').matches({})).toBe(true);
    expect(parseFieldSelector('a!=x').matches({})).toBe(true);
    expect(parseFieldSelector('constructor!=').matches({})).toBe(false);
    expect(parseFieldSelector('a=x,b!=y').matches({ a: 'x', b: 'z' })).toBe(true);
    expect(parseFieldSelector('a=x,b!=y').matches({ a: 'x', b: 'y' })).toBe(false);
  });
});

describe('field selector properties', () => {
  const text = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom('\\', ',', '=', '!', 'a', '☸') }));

  it('escaping is undone', () => {
    fc.assert(
      fc.property(text, (value) => {
        expect(unescapeFieldValue(escapeFieldValue(value))).toBe(value);
      }),
    );
  });

  it('what is built reads back the same, whatever the values', () => {
    const term = fc.record({
      field: fc.constantFrom('metadata.name', 'spec.x', 'a'),
      operator: fc.constantFrom('=' as const, '!=' as const),
      value: text,
    });
    fc.assert(
      fc.property(fc.array(term), (terms) => {
        const built = terms.reduce(
          (s, t) => (t.operator === '=' ? s.eq(t.field, t.value) : s.notEq(t.field, t.value)),
          fields,
        );
        const shown = (list: typeof terms | typeof built.requirements) =>
          list.map((t) => JSON.stringify([t.field, t.operator, t.value])).sort();
        const again = parseFieldSelector(built.toString());
        expect(shown(again.requirements)).toEqual(shown(terms));
        expect(parseFieldSelector(again.toString()).toString()).toBe(again.toString());
      }),
    );
  });

  it('any text either parses to a fixpoint or is refused with a FormatError', () => {
    fc.assert(
      fc.property(text, (any) => {
        try {
          const written = parseFieldSelector(any).toString();
          expect(parseFieldSelector(written).toString()).toBe(written);
        } catch (error) {
          if (!(error instanceof FormatError)) throw error;
        }
      }),
    );
  });
});
