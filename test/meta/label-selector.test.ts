import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type DeepReadonly,
  FormatError,
  type LabelOperator,
  type LabelRequirement,
  type LabelSelector,
  labelQueryString,
  labelRequirement,
  labels,
  matchesLabelSelector,
  ParsedLabelSelector,
  parseLabelSelector,
  toLabelSelector,
} from '../../src/meta/index.js';

const qualifiedRule =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

describe('parseLabelSelector', () => {
  it.each([
    ['x=a,y=b,z=c', 'x=a,y=b,z=c'],
    ['', ''],
    ['  ', ''],
    ['x==a', 'x==a'],
    ['z!=a,y', 'y,z!=a'],
    ['x= ,z= ', 'x=,z='],
    ['! x', '!x'],
    ['x>1,z<5', 'x>1,z<5'],
    ['x in (b,a, a)', 'x in (a,b)'],
    ['x notin ()', 'x notin ()'],
    ['x in (,a)', 'x in (,a)'],
    ['x in (a,,b)', 'x in (,a,b)'],
    ['x in (a,)', 'x in (,a)'],
    ['x in (,)', 'x in ()'],
    ['in in (in,notin)', 'in in (in,notin)'],
    ['notin=in', 'notin=in'],
    ['example.com/a\tin\n(b)', 'example.com/a in (b)'],
  ])('reads %j', (text, written) => {
    expect(parseLabelSelector(text).toString()).toBe(written);
  });

  // Recorded from a Kubernetes 1.36 API server.
  it.each([
    ['env=env=', "found '=', expected: ',' or 'end of string'"],
    ['=x', "found '=', expected: !, identifier, or 'end of string'"],
    ['env in prod', "unable to parse requirement: found 'prod' expected: '('"],
    ['env in (prod', "unable to parse requirement: found '', expected: ',' or ')'"],
    ['bad key=x', "unable to parse requirement: found 'key', expected: in, notin, =, ==, !=, gt, lt"],
    ['env=bad value', "found 'value', expected: ',' or 'end of string'"],
    ['!', "unable to parse requirement: found '', expected: identifier"],
    ['-bad-', `unable to parse requirement: <nil>: Invalid value: "-bad-": name part ${qualifiedRule}`],
    [
      'n>x',
      "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must be an integer",
    ],
  ])('refuses %j in the words of an API server', (text, message) => {
    expect(() => parseLabelSelector(text)).toThrow(new FormatError('label selector', message));
  });

  it.each([
    ['a=b,', "found '', expected: identifier after ','"],
    ['a,(', "found '(', expected: identifier after ','"],
    ['!x=a', "found '=', expected: ',' or 'end of string'"],
    ['x=(', "unable to parse requirement: found '(', expected: identifier"],
    ['x in (a=', "unable to parse requirement: found '=', expected: ',' or ')'"],
    ['x in (=', "unable to parse requirement: found '=', expected: ',', ')' or identifier"],
    ['x in (a,', "unable to parse requirement: found '', expected: ',', or identifier"],
    ['x in', "unable to parse requirement: found '' expected: '('"],
    ['x)', "unable to parse requirement: found ')', expected: in, notin, =, ==, !=, gt, lt"],
    [
      'x=a||y=b',
      /^unable to parse requirement: values\[0\]\[x\]: Invalid value: "a\|\|y": a valid label must be an empty string or consist of alphanumeric/,
    ],
    ['x>-1', /^unable to parse requirement: values\[0\]\[x\]: Invalid value: "-1": /],
    ['a/b/c', /^unable to parse requirement: <nil>: Invalid value: "a\/b\/c": a valid label key must consist of/],
    ['/a', /prefix part must be non-empty$/],
    ['x=a\0b', "found 'b', expected: ',' or 'end of string'"],
  ])('refuses %j', (text, message) => {
    expect(() => parseLabelSelector(text)).toThrow(message);
  });
});

describe('a selector', () => {
  it('is built in words', () => {
    const built = labels
      .eq('app', 'web')
      .in('tier', ['b', 'a'])
      .notIn('env', ['dev'])
      .notEq('x', 'y')
      .exists('e')
      .notExists('n');
    expect(String(built.gt('size', 3).lt('size', 9n))).toBe(
      'app=web,e,env notin (dev),!n,size>3,size<9,tier in (a,b),x!=y',
    );
    expect(String(labels)).toBe('');
    expect(JSON.stringify({ s: labels.eq('a', 'b').and({ c: 'd' }).and('e!=f') })).toBe('{"s":"a=b,c=d,e!=f"}');
  });

  it('comes from text, a record, the selector of an object, or itself', () => {
    expect(labelQueryString(undefined)).toBe('');
    expect(labelQueryString('b=c,a')).toBe('a,b=c');
    expect(labelQueryString({ b: '', a: 'x' })).toBe('a=x,b=');
    expect(labelQueryString({})).toBe('');
    expect(labelQueryString(labels.exists('a'))).toBe('a');
    expect(
      labelQueryString({
        matchLabels: { app: 'web' },
        matchExpressions: [
          { key: 'tier', operator: 'In', values: ['b', 'a'] },
          { key: 'env', operator: 'NotIn', values: ['dev'] },
          { key: 'gone', operator: 'DoesNotExist' },
          { key: 'here', operator: 'Exists', values: [] },
        ],
      }),
    ).toBe('app=web,env notin (dev),!gone,here,tier in (a,b)');
    expect(labelQueryString({ matchLabels: 'odd' })).toBe('matchLabels=odd');
  });

  it('is refused rather than widened when a part is missing or wrong', () => {
    const bad: unknown[] = [{ app: undefined }, { app: 1 }, null, 5, { matchLabels: { a: 'b' }, matchFields: {} }];
    // biome-ignore lint/suspicious/noExplicitAny: what JavaScript callers may pass
    for (const query of bad) expect(() => toLabelSelector(query as any), JSON.stringify(query)).toThrow(FormatError);
    expect(() => toLabelSelector({ matchExpressions: [{ key: 'a', operator: 'Is' }] })).toThrow(
      '"Is" is not a valid label selector operator',
    );
    expect(() => labels.in('a', [])).toThrow(
      "values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty",
    );
    expect(() => labels.eq('a b', 'c d')).toThrow(
      /^\[key: Invalid value: "a b": .*, values\[0\]\[a b\]: Invalid value: "c d": /,
    );
  });

  it('of an object selects nothing when absent and everything when empty', () => {
    expect([undefined, null, {}].map((s) => matchesLabelSelector(s, { a: 'b' }))).toEqual([false, false, true]);
    expect(matchesLabelSelector({ matchLabels: { a: 'b' } }, undefined)).toBe(false);
  });

  it('compares numbers as 64-bit integers and never finds what is on the prototype', () => {
    const at = (selector: string, n: string) => parseLabelSelector(selector).matches({ n });
    expect([at('n>9', '10'), at('n<9', '10'), at('n>9', 'ten'), at('n>9', '9')]).toEqual([true, false, false, false]);
    expect(at('n>9223372036854775806', '9223372036854775807')).toBe(true);
    expect(at('n>1', '9223372036854775808')).toBe(false);
    expect(parseLabelSelector('constructor').matches({})).toBe(false);
    expect(parseLabelSelector('!constructor').matches(undefined)).toBe(true);
  });
});

const word = fc.constantFrom('a', 'b', 'c', 'in', 'notin', '1', '22', 'x.y', 'A-b_c');
const key = fc.oneof(word, fc.constantFrom('example.com/a', 'k8s.io/in', 'app'));
const value = fc.oneof(word, fc.constant(''));
const anyRequirement: fc.Arbitrary<LabelRequirement> = fc
  .oneof(
    fc.tuple(key, fc.constantFrom<LabelOperator>('=', '==', '!='), fc.tuple(value)),
    fc.tuple(key, fc.constantFrom<LabelOperator>('in', 'notin'), fc.uniqueArray(value, { minLength: 1 })),
    fc.tuple(key, fc.constantFrom<LabelOperator>('exists', '!'), fc.constant([])),
    fc.tuple(key, fc.constantFrom<LabelOperator>('gt', 'lt'), fc.tuple(fc.nat().map(String))),
  )
  .map(([k, operator, values]) => labelRequirement(k, operator, values));

describe('selector properties', () => {
  it('what is written reads back the same', () => {
    fc.assert(
      fc.property(fc.array(anyRequirement), (requirements) => {
        const selector = new ParsedLabelSelector(requirements);
        const sorted = selector.requirements.map((r) => ({ ...r, values: [...r.values].sort() }));
        const again = parseLabelSelector(selector.toString());
        expect(again.requirements).toEqual(sorted);
        expect(again.toString()).toBe(selector.toString());
      }),
    );
  });

  it('matching agrees with a naive model', () => {
    const has = (r: LabelRequirement, all: Map<string, string>): boolean => {
      const v = all.get(r.key);
      const set = new Set(r.values);
      if (r.operator === 'exists') return v !== undefined;
      if (r.operator === '!') return v === undefined;
      if (r.operator === '!=' || r.operator === 'notin') return v === undefined || !set.has(v);
      if (v === undefined) return false;
      if (r.operator === 'gt' || r.operator === 'lt') {
        if (!/^\d+$/.test(v)) return false;
        return r.operator === 'gt' ? Number(v) > Number(r.values[0]) : Number(v) < Number(r.values[0]);
      }
      return set.has(v);
    };
    fc.assert(
      fc.property(fc.array(anyRequirement, { maxLength: 4 }), fc.dictionary(key, value), (requirements, object) => {
        const all = new Map(Object.entries(object));
        expect(new ParsedLabelSelector(requirements).matches(object)).toBe(requirements.every((r) => has(r, all)));
      }),
    );
  });

  it('any text either parses to a fixpoint or is refused with a FormatError', () => {
    const tokens = fc.array(
      fc.oneof(word, fc.constantFrom('=', '==', '!=', '!', '(', ')', ',', '>', '<', ' ', '\0', 'é', '-')),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          tokens.map((t) => t.join('')),
          fc.string(),
        ),
        (text) => {
          try {
            const written = parseLabelSelector(text).toString();
            expect(parseLabelSelector(written).toString()).toBe(written);
          } catch (error) {
            if (!(error instanceof FormatError)) throw error;
          }
        },
      ),
    );
  });
});

describe('selector types', () => {
  it('take what caches hand out: deep-readonly selectors', () => {
    const cached: DeepReadonly<LabelSelector> = {
      matchLabels: { a: 'b' },
      matchExpressions: [{ key: 'c', operator: 'Exists' }],
    };
    expect(matchesLabelSelector(cached, { a: 'b', c: '' })).toBe(true);
    expect(labelQueryString(cached)).toBe('a=b,c');
  });
});
