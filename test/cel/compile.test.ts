import { describe, expect, it } from 'vitest';
import { Environment } from '../../src/cel/cel-environment.js';
import { listType, mapType, structType, types } from '../../src/cel/types.js';

const environment = new Environment(
  new Map([
    ['self', structType('self')],
    ['any', types.dyn],
  ]),
  new Map([
    [
      'self',
      new Map([
        ['a', types.int],
        ['s', types.string],
        ['l', listType(types.string)],
        ['m', mapType(types.string, types.int)],
      ]),
    ],
  ]),
);

/** Returns the problems of an expression, each with its line and column. */
function faults(expression: string): string[] {
  const program = environment.compile(expression);
  if (typeof program !== 'string') return [];
  return [...program.matchAll(/ERROR: <input>:(-?\d+:\d+): (.*)/g)].map(([, at, message]) => `${at} ${message}`);
}

const anyExpression =
  "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";

describe('an expression that cannot be read', () => {
  it.each<[string, ...string[]]>([
    ['self.a ==', `1:10 Syntax error: mismatched input '<EOF>' expecting ${anyExpression}`],
    ['1 + * 2', `1:5 Syntax error: extraneous input '*' expecting ${anyExpression}`],
    ['self any', "1:6 Syntax error: extraneous input 'any' expecting <EOF>"],
    ['self any any', "1:6 Syntax error: mismatched input 'any' expecting <EOF>"],
    ['(1 + 2', "1:7 Syntax error: missing ')' at '<EOF>'"],
    ['[1, 2', "1:6 Syntax error: mismatched input '<EOF>' expecting {']', ','}"],
    ['{1}', "1:3 Syntax error: mismatched input '}' expecting ':'"],
    ['size(1 2)', "1:8 Syntax error: extraneous input '2' expecting ')'"],
    ['self..a', "1:6 Syntax error: no viable alternative at input '..'"],
    ['self.true', "1:6 Syntax error: mismatched input 'true' expecting IDENTIFIER"],
    ['true ? 1', "1:9 Syntax error: mismatched input '<EOF>' expecting ':'"],
    [
      'true & true',
      "1:6 Syntax error: token recognition error at: '& '",
      "1:8 Syntax error: extraneous input 'true' expecting <EOF>",
    ],
    ['package', '1:1 reserved identifier: package'],
    ['99999999999999999999', '1:1 invalid int literal'],
    ['self.all(1, true)', '1:10 argument must be a simple name'],
    ['has(self)', '1:5 invalid argument to has() macro'],
    ['self.l.all(x, y, x == y, 1)', "1:11 undeclared reference to 'all' (in container '')"],
    [
      "'no end",
      "1:1 Syntax error: token recognition error at: ''no end'",
      `1:8 Syntax error: mismatched input '<EOF>' expecting ${anyExpression}`,
    ],
  ])('%s', (expression, first, ...more) => {
    expect(faults(expression).slice(0, more.length + 1)).toEqual([first, ...more]);
  });

  it('is shown with a mark where it goes wrong, also beyond the first line and behind wide characters', () => {
    expect(environment.compile("'é' == 'ü' &&\n  'é' == nobody")).toBe(
      "compilation failed: ERROR: <input>:2:10: undeclared reference to 'nobody' (in container '')\n |   'é' == nobody\n | ...．.....^",
    );
  });

  it('is refused before it nests too deeply, whatever it nests', () => {
    for (const text of ['('.repeat(5000), '['.repeat(5000), '{1:'.repeat(5000), 'self.l.map(x, '.repeat(1000)])
      expect(faults(text)).toHaveLength(1);
    expect(faults(Array.from({ length: 2000 }, () => '1').join('+'))).toEqual(['-1:0 max recursion depth exceeded']);
    expect(faults(Array.from({ length: 2000 }, () => 'true').join(' && '))).toEqual([]);
  });
});

describe('an expression of the wrong types', () => {
  it.each([
    ['self.nope == 1', "1:5 undefined field 'nope'"],
    ['nobody', "1:1 undeclared reference to 'nobody' (in container '')"],
    ["self.a == 'x'", "1:8 found no matching overload for '_==_' applied to '(int, string)'"],
    ["self.s + 1 == 'x'", "1:8 found no matching overload for '_+_' applied to '(string, int)'"],
    ['self.l.all(x, x > 1)', "1:17 found no matching overload for '_>_' applied to '(string, int)'"],
    [
      'self.a.all(x, true)',
      "1:5 expression of type 'int' cannot be range of a comprehension (must be list, map, or dynamic)",
    ],
    ['self.a.b', "1:7 type 'int' does not support field selection"],
    ['self.a && true', "1:5 expected type 'bool' but found 'int'"],
    ["[1, 'a'].size() > 1", "1:5 expected type 'int' but found 'string'"],
    ['self.s.startsWith(1)', "1:18 found no matching overload for 'startsWith' applied to 'string.(int)'"],
    ["self.s.matches('[')", '1:16 invalid matches argument'],
    ["duration('a day') > duration('1h')", '1:10 invalid duration argument'],
    [
      "'%d'.format(['x'])",
      '1:14 error during formatting: decimal clause can only be used on integers, was given string',
    ],
  ])('%s', (expression, fault) => {
    expect(faults(expression)).toEqual([fault]);
  });

  it('fails once and for all where a literal cannot be converted', () => {
    expect(environment.compile("int('x') == 1")).toBe(
      "program instantiation failed: type conversion error from 'string' to 'int'",
    );
  });
});
