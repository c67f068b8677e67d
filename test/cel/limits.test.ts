import { describe, expect, it } from 'vitest';
import { Environment, type Outcome, perCallLimit } from '../../src/cel/cel-environment.js';
import { jsonValue } from '../../src/cel/json-values.js';
import { listType, types } from '../../src/cel/types.js';
import { type CelValue, markList } from '../../src/cel/values.js';

const large = 'a'.repeat(1_000_000);
const numbers = Array.from({ length: 100_000 }, (_, i) => i);
const nested = [Array.from({ length: 300_000 }, (_, i) => i)];

const json: { readonly [name: string]: unknown } = {
  s: large,
  text: 'a'.repeat(10_000),
  wide: '😀'.repeat(300_000),
  digits: '1'.repeat(100_000),
  spaces: `a${' '.repeat(100_000)}b`,
  l: numbers,
  a: { x: nested },
  b: { x: structuredClone(nested) },
  pairs: Array.from({ length: 600 }, (_, i) => [Array.from({ length: 2_000 }, () => 1), i]),
  names: Array.from({ length: 5_000 }, (_, i) => `item-${i}.example.com`),
  m: Object.fromEntries(numbers.slice(0, 5_000).map((i) => [`k${i}`, i])),
};
const values = new Map<string, CelValue>(Object.entries(json).map(([name, value]) => [name, jsonValue(value)]));
const set = (from: number): CelValue => {
  const list = Array.from({ length: 20_000 }, (_, i) => `item-${from + i}`);
  markList(list, []);
  return list;
};
values.set('set', set(0));
values.set('other', set(10_000));

const environment = new Environment(
  new Map([
    ...[...values.keys()].map((name) => [name, types.dyn] as const),
    ['s', types.string],
    ['l', listType(types.int)],
  ]),
);

/** A list of one list that names another twice, and so on: 2^30 items that take no memory. */
const shared = `[l].map(x, [x, x])${'.map(x, [x, x])'.repeat(30)}`;

/** Evaluates an expression. Fails the test if that takes more than four seconds of processor time. */
function run(expression: string): Outcome {
  const program = environment.compile(expression);
  if (typeof program === 'string') throw new Error(program);
  const before = process.cpuUsage();
  const outcome = program.run((name) => values.get(name));
  expect(process.cpuUsage(before).user).toBeLessThan(4_000_000);
  return outcome;
}

describe('an expression that does too much', () => {
  it.each([
    ['distinct', 'lists.range(30000).distinct().size() > 0'],
    ['distinct of nested lists', 'pairs.distinct().size() > 0'],
    ['range', 'lists.range(9223372036854775807).size() > 0'],
    ['replace', "s.replace('a', s).size() > 0"],
    ['replace of nothing', "s.replace('', s.substring(0, 1000)).size() > 0"],
    ['charAt', "lists.range(20000).all(i, s.charAt(i) != '')"],
    ['charAt beyond the basic plane', "lists.range(20000).all(i, wide.charAt(i) != '')"],
    ['size of a string', 'lists.range(100000).all(i, size(s) > 0)'],
    ['join', "lists.range(3000).map(i, s).join(',').size() > 0"],
    ['concatenation of strings', 'lists.range(5000).map(i, s + s).size() > 0'],
    ['concatenation of lists', 'lists.range(30000).map(i, l + l).size() > 0'],
    ['flatten', 'lists.range(30000).map(i, l).flatten().size() > 0'],
    [
      'flatten of shared lists',
      `${'[l, l].map(x, [x, x, x, x])'}${'.map(x, [x, x, x, x])'.repeat(8)}.flatten(20) == []`,
    ],
    ['deep equality', 'lists.range(100000).all(i, a == b)'],
    ['equality of shared lists', `dyn(${shared}) == dyn(${shared}.map(x, x))`],
    ['sets', 'sets.contains(l, l)'],
    ['nested comprehensions', 'l.all(x, l.all(y, l.all(z, x + y + z >= 0)))'],
    ['format', "lists.range(2000).map(i, '%s%s%s%s'.format([s, s, s, s])).size() > 0"],
    ['format of shared lists', "'%s'.format([lists.range(90).map(i, lists.range(90).map(j, l))]).size() > 0"],
    ['sort', 'lists.range(100000).sort().size() > 0'],
    ['matches', "lists.range(100000).all(i, !s.matches('(a+)+b$'))"],
    ['a pattern with many repetitions', "lists.range(100).all(i, !digits.matches('[0-9]{1,1000}x'))"],
    ['bytes', 'lists.range(20000).map(i, bytes(s)).size() > 0'],
    ['numbers from strings', 'lists.range(100000).all(i, int(digits) == 0 || true)'],
    ['doubles from strings', "lists.range(100000).all(i, double(digits + 'x') == 0.0 || true)"],
  ])('is stopped before it is done: %s', (_name, expression) => {
    expect(run(expression)).toMatchObject({
      error: 'operation cancelled: actual cost limit exceeded',
      exceeded: true,
    });
  });

  it('cannot hide that behind an operator', () => {
    expect(run('lists.range(9000000).size() > 0 || true')).toMatchObject({ exceeded: true });
  });
});

describe('an expression that does much', () => {
  it.each([
    ['a map of many items', 'lists.range(50000).map(i, i + 1).size() == 50000'],
    ['a filter of many items', 'lists.range(30000).filter(i, i % 2 == 0).size() == 15000'],
    ['a map with many entries', 'm.transformMap(k, v, v + 1).size() == 5000'],
    ['patterns', "names.all(n, n.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$'))"],
    ['characters', "lists.range(10000).all(i, text.charAt(i) == 'a')"],
    ['a deep comparison', 'a == b && a.x == b.x'],
    ['many small values in a large one', 'lists.range(20000).exists(i, l.exists(x, x == 3))'],
    ['the union of large sets', '(set + other).size() == 30000'],
    ['trim', 'spaces.trim().size() == 100002'],
  ])('is done where kube-apiserver does it: %s', (_name, expression) => {
    expect(run(expression)).toMatchObject({ value: true });
  });

  it('costs no more than its limit', () => {
    const outcome = run('l.all(x, x >= 0)');
    expect(outcome.cost).toBeLessThan(perCallLimit);
  });
});
