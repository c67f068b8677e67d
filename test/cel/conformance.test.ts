import { tests as conformance } from '@bufbuild/cel-spec/testdata/conformance.js';
import { describe, expect, it } from 'vitest';
import { Environment } from '../../src/cel/cel-environment.js';
import { Meter } from '../../src/cel/meter.js';
import { formatType } from '../../src/cel/types.js';
import { type CelValue, equalValues, typeOf } from '../../src/cel/values.js';
import { knownDifferences, otherSuites } from './conformance-differences.js';
import { celValue, typeOfJson } from './conformance-values.js';

interface Case {
  readonly name?: string;
  readonly expr: string;
  readonly value?: { readonly [key: string]: unknown };
  readonly evalError?: unknown;
  readonly typedResult?: {
    readonly result?: { readonly [key: string]: unknown };
    readonly deducedType?: { readonly [key: string]: unknown };
  };
  readonly typeEnv?: readonly {
    readonly name: string;
    readonly ident?: { readonly type: { readonly [key: string]: unknown } };
  }[];
  readonly bindings?: { readonly [name: string]: { readonly value?: { readonly [key: string]: unknown } } };
  readonly disableCheck?: boolean;
  readonly container?: string;
  readonly checkOnly?: boolean;
}

interface Suite {
  readonly name: string;
  readonly suites?: readonly Suite[];
  readonly tests?: readonly { readonly original: Case }[];
}

function casesOf(suite: Suite, path: readonly string[] = []): { path: string; test: Case }[] {
  const own = (suite.tests ?? []).map(({ original }) => ({
    path: [...path, original.name ?? original.expr].join(' / '),
    test: original,
  }));
  return [...own, ...(suite.suites ?? []).flatMap((inner) => casesOf(inner, [...path, inner.name]))];
}

/** Runs a case. Returns undefined if it passes, else the difference. */
function difference(test: Case): string | undefined {
  const variables = new Map(
    (test.typeEnv ?? []).map(({ name, ident }) => [name, typeOfJson(ident?.type ?? {})] as const),
  );
  const values = new Map<string, CelValue>(
    Object.entries(test.bindings ?? {}).map(([name, { value }]) => [name, celValue(value ?? {})] as const),
  );
  const program = new Environment(variables).compile(test.expr);
  if (typeof program === 'string') return test.evalError === undefined ? program : undefined;
  const deduced = test.typedResult?.deducedType;
  if (deduced !== undefined) {
    const [type, expected] = [formatType(program.type), formatType(typeOfJson(deduced))];
    if (type !== expected) return `is of type ${type}, not ${expected}`;
  }
  const wanted = test.value ?? test.typedResult?.result ?? (deduced === undefined ? { boolValue: true } : undefined);
  if (test.checkOnly === true || wanted === undefined) return undefined;
  const outcome = program.run((name) => values.get(name));
  if ('error' in outcome) return test.evalError === undefined ? outcome.error : undefined;
  if (test.evalError !== undefined) return 'does not fail';
  return sameValue(outcome.value, celValue(wanted))
    ? undefined
    : `is ${String(outcome.value)}, not ${JSON.stringify(wanted)}`;
}

function sameValue(a: CelValue, b: CelValue): boolean {
  return (
    typeOf(a).name === typeOf(b).name &&
    (equalValues(a, b, new Meter(Number.POSITIVE_INFINITY)) || (Number.isNaN(a) && Number.isNaN(b)))
  );
}

/** Returns the reason why a case does not apply to the CEL of Kubernetes, as far as its suite or its types tell. */
function notApplicable(path: string, test: Case): string | undefined {
  const [suite = ''] = path.split(' / ');
  if (Object.hasOwn(otherSuites, suite)) return otherSuites[suite];
  if (test.container !== undefined || /TestAllTypes|GlobalEnum|NestedEnum/.test(JSON.stringify(test)))
    return 'uses messages of the test suite, which Kubernetes does not declare';
  if (/"messageType":"google.protobuf.(?!Duration)/.test(JSON.stringify(test.typeEnv ?? [])))
    return 'has a variable that is a message, which Kubernetes does not have';
  if (test.typeEnv?.some(({ ident }) => ident === undefined) === true) return 'declares functions of its own';
  return undefined;
}

const cases = casesOf(conformance)
  .filter(({ path, test }) => notApplicable(path, test) === undefined)
  .map(({ path, test }) => [path, test] as const);
const differences = new Map(
  Object.entries(knownDifferences).flatMap(([reason, paths]) => paths.map((path) => [path, reason] as const)),
);

describe('the conformance suite of the CEL specification', () => {
  it('is almost complete', () => {
    expect(cases.length).toBeGreaterThan(1_400);
  });

  it.each(cases.filter(([path]) => !differences.has(path)))('%s', (_path, test) => {
    expect(difference(test)).toBeUndefined();
  });

  it.each(cases.filter(([path]) => differences.has(path)))('%s differs in Kubernetes', (_path, test) => {
    expect(difference(test)).toBeDefined();
  });

  it('has every case that is listed as a difference', () => {
    const known = new Set(cases.map(([path]) => path));
    expect([...differences.keys()].filter((path) => !known.has(path))).toEqual([]);
  });
});
