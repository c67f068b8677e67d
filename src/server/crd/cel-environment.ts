import { FormatError, type ParsedQuantity, parseQuantity } from '../../meta/index.js';
import { equal } from '../patch/json-value.js';
import type { CelEnvironment, CelLibrary } from './cel-library.js';
import { goPattern } from './pattern.js';

/** Expressions are bounded before they run: in size here, in the work they can do by their cost. */
const limits = {
  maxAstNodes: 20_000,
  maxDepth: 100,
  maxListElements: 1_000,
  maxMapEntries: 1_000,
  maxCallArguments: 32,
};

/** A quantity as expressions handle it. */
class CelQuantity {
  constructor(readonly value: ParsedQuantity) {}
}

/**
 * The environment of expressions: `variables` (those of rules, unless told otherwise) and the functions Kubernetes adds to CEL
 * (https://kubernetes.io/docs/reference/using-api/cel/): lists, regular expressions, strings and quantities.
 */
export function celEnvironment(
  { Environment }: CelLibrary,
  variables: readonly string[] = ['self', 'oldSelf'],
): CelEnvironment {
  const env = new Environment({ enableOptionalTypes: true, homogeneousAggregateLiterals: false, limits });
  for (const name of variables) env.registerVariable(name, 'dyn');
  return quantities(strings(lists(env)));
}

function lists(env: CelEnvironment): CelEnvironment {
  type List = readonly (number | bigint | string | boolean)[];
  const least = (list: List, sign: number): unknown => {
    if (list.length === 0) throw new Error('min/max called on empty list');
    return list.reduce((a, b) => ((sign < 0 ? b < a : b > a) ? b : a));
  };
  return env
    .registerFunction('list<dyn>.isSorted(): bool', (list: List) =>
      list.every((b, i) => i === 0 || (list[i - 1] ?? b) <= b),
    )
    .registerFunction('list<dyn>.sum(): dyn', (list: readonly (number | bigint)[]) =>
      list.some((one) => typeof one === 'number')
        ? list.reduce<number>((a, b) => a + Number(b), 0)
        : list.reduce<bigint>((a, b) => a + BigInt(b), 0n),
    )
    .registerFunction('list<dyn>.min(): dyn', (list: List) => least(list, -1))
    .registerFunction('list<dyn>.max(): dyn', (list: List) => least(list, 1))
    .registerFunction('list<dyn>.indexOf(dyn): int', (list: readonly unknown[], value: unknown) =>
      BigInt(list.findIndex((one) => equal(one, value))),
    )
    .registerFunction('list<dyn>.lastIndexOf(dyn): int', (list: readonly unknown[], value: unknown) =>
      BigInt(list.findLastIndex((one) => equal(one, value))),
    );
}

function strings(env: CelEnvironment): CelEnvironment {
  const matcher = (pattern: string): RegExp => {
    const found = goPattern(pattern);
    if (found === undefined) throw new Error(`error parsing regexp: ${pattern}`);
    return found;
  };
  return env
    .registerFunction(
      'string.find(string): string',
      (text: string, pattern: string) => matcher(pattern).exec(text)?.[0] ?? '',
    )
    .registerFunction('string.findAll(string): list<string>', (text: string, pattern: string) => {
      const { source, flags } = matcher(pattern);
      return [...text.matchAll(new RegExp(source, `${flags}g`))].map(([all]) => all);
    })
    .registerFunction('string.charAt(int): string', (text: string, index: bigint) => [...text][Number(index)] ?? '')
    .registerFunction('string.replace(string, string): string', (text: string, from: string, to: string) =>
      text.replaceAll(from, () => to),
    )
    .registerFunction('string.reverse(): string', (text: string) => [...text].reverse().join(''));
}

function quantities(env: CelEnvironment): CelEnvironment {
  const parse = (text: string): ParsedQuantity | undefined => {
    try {
      return parseQuantity(text);
    } catch (error) {
      if (error instanceof FormatError) return undefined;
      throw error;
    }
  };
  const compare = (a: CelQuantity, b: CelQuantity): number => a.value.compare(b.value);
  return env
    .registerType('Quantity', { ctor: CelQuantity, fields: {} })
    .registerFunction('isQuantity(string): bool', (text: string) => parse(text) !== undefined)
    .registerFunction('quantity(string): Quantity', (text: string) => {
      const value = parse(text);
      if (value === undefined) throw new Error('quantities must match the regular expression of quantities');
      return new CelQuantity(value);
    })
    .registerFunction('Quantity.isLessThan(Quantity): bool', (a: CelQuantity, b: CelQuantity) => compare(a, b) < 0)
    .registerFunction('Quantity.isGreaterThan(Quantity): bool', (a: CelQuantity, b: CelQuantity) => compare(a, b) > 0)
    .registerFunction('Quantity.compareTo(Quantity): int', (a: CelQuantity, b: CelQuantity) => BigInt(compare(a, b)));
}
