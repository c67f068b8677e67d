import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JSONSchemaProps } from '../../src/crd/json-schema-props.js';
import { re2Of } from '../../src/crd/schema/re2.js';
import { RegexProblem } from '../../src/crd/schema/regex-parser.js';
import type { JsonSchema } from '../../src/meta/json-schema.js';
import { schemaErrors } from '../../src/server/custom/schema-validation.js';

/** Pieces that JavaScript and Go read differently, or that need care when they are put together. */
const piece = fc.constantFrom(
  ...[
    'a',
    'K',
    '.',
    '\\s',
    '\\S',
    '\\d',
    '\\W',
    '\\b',
    '\\.',
    '\\/',
    '-',
    ' ',
    '\\t',
    '\\x41',
    '\\u00e9',
    'é',
    '}',
    ']',
    '#',
  ],
  ...[
    '[a-c]',
    '[^a-c]',
    '[\\s\\d]',
    '[.*+?^$]',
    '[\\]\\\\-]',
    '[^\\n]',
    '[a-]',
    '[]',
    '[^]',
    '[\\b]',
    '\\0',
    '\\cA',
    '\\q',
  ],
);
const times = fc.constantFrom('', '', '', '*', '+', '?', '{2}', '{1,}', '{0,2}', '*?', '+?');
const source = fc
  .letrec<{ part: string; whole: string }>((tie) => ({
    part: fc.oneof(
      { maxDepth: 3, depthSize: 'small' },
      fc.tuple(piece, times).map(([text, count]) => (text === '\\b' ? text : text + count)),
      fc.tuple(tie('whole'), times).map(([text, count]) => `(?:${text})${count}`),
      fc.tuple(tie('whole'), times).map(([text, count]) => `(${text})${count}`),
      fc.tuple(tie('whole'), tie('whole')).map(([a, b]) => `(?<n${'x'}>${a}|${b})`.replace('?<nx>', '')),
    ),
    whole: fc.array(tie('part'), { maxLength: 4 }).map((parts) => parts.join('')),
  }))
  .whole.chain((body) =>
    fc.tuple(fc.constantFrom('^', '', '^(?=.*a)', '^(?!a)'), fc.constant(body), fc.constantFrom('$', '')),
  )
  .map((parts) => parts.join(''));
const text = fc.string({
  unit: fc.constantFrom(
    ...'aAkKbc-.*1 _é]}#/\\',
    '\n',
    '\r',
    '\t',
    '\v',
    '\u00a0',
    '\u2028',
    '\u0000',
    '\u0008',
    '\u0001',
    '\u212a',
    '\u017f',
  ),
  maxLength: 6,
});

/** Reports whether the server's validator accepts a value, by a schema that was sent and received. */
function takes(schema: JSONSchemaProps, value: string): boolean {
  const served = JSON.parse(JSON.stringify({ ...schema, type: 'string' })) as JsonSchema;
  return schemaErrors(served, value).length === 0;
}

describe('a regular expression of JavaScript in RE2', () => {
  it('takes the same strings', () => {
    let compared = 0;
    fc.assert(
      fc.property(
        source,
        fc.constantFrom('', 'i', 's', 'u', 'iu', 'g'),
        fc.array(text, { minLength: 5, maxLength: 5 }),
        (body, flags, texts) => {
          let regex: RegExp;
          try {
            regex = new RegExp(body, flags.replace('g', ''));
          } catch {
            return;
          }
          let schema: JSONSchemaProps;
          try {
            schema = re2Of(new RegExp(body, flags));
          } catch (error) {
            expect(error).toBeInstanceOf(RegexProblem);
            return;
          }
          compared++;
          const wrong = texts.filter((value) => takes(schema, value) !== regex.test(value));
          if (wrong.length > 0) expect({ wrong, schema }).toEqual({ wrong: [], schema });
        },
      ),
      { numRuns: 600 },
    );
    expect(compared).toBeGreaterThan(100);
  });

  it.each([
    /(?<=a)b/,
    /(?<!a)b/,
    /a(?=b)/,
    /(a)\1/,
    /(?<n>a)\k<n>/,
    /^a$/m,
    /a/y,
    /(?:a{500}){3}/,
    /\p{Emoji}/u,
    /é/i,
    /[\ud800]/,
  ])('is refused where RE2 has no words: %s', (regex) => {
    expect(() => re2Of(regex)).toThrow(RegexProblem);
  });
});
