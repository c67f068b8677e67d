import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonSyntaxProblem } from '../../../src/server/http/json-syntax.js';

describe('what is said of bad JSON', () => {
  it.each([
    ['not json', "invalid character 'o' in literal null (expecting 'u')"],
    ['', 'unexpected end of JSON input'],
    ['{"a":1', 'unexpected end of JSON input'],
    ['{"a" 1}', "invalid character '1' after object key"],
    ['{"a":1 "b"}', `invalid character '"' after object key:value pair`],
    ['{a:1}', "invalid character 'a' looking for beginning of object key string"],
    ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
    ['[1 2]', "invalid character '2' after array element"],
    ['[1,]', "invalid character ']' looking for beginning of value"],
    ['{} x', "invalid character 'x' after top-level value"],
    ['"\\x"', "invalid character 'x' in string escape code"],
    ['"\n"', "invalid character '\\n' in string literal"],
    ['-a', "invalid character 'a' in numeric literal"],
    ['1.x', "invalid character 'x' after decimal point in numeric literal"],
    ['01', "invalid character '1' after top-level value"],
    ['tru', 'unexpected end of JSON input'],
  ])('%j: %s', (text, problem) => {
    expect(jsonSyntaxProblem(text)).toBe(problem);
  });

  it('is nothing for good JSON, and something for what JSON.parse refuses', () => {
    const json = fc.oneof(
      fc.json(),
      fc.json().map((text) => text.slice(1)),
      fc.string(),
    );
    fc.assert(
      fc.property(json, (text) => {
        let good = true;
        try {
          JSON.parse(text);
        } catch {
          good = false;
        }
        expect(jsonSyntaxProblem(text) === undefined).toBe(good);
      }),
    );
  });

  it('stays below a bound of depth', () => {
    expect(jsonSyntaxProblem('['.repeat(20_000))).toBe('exceeded max depth');
  });
});
