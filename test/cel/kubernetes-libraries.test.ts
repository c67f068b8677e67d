import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Environment } from '../../src/cel/cel-environment.js';
import { types } from '../../src/cel/types.js';

/** The answer of kube-apiserver 1.36 to a rule: its value (of a rule or of a message expression), the error of its evaluation, or the reason of its refusal. */
interface Recorded {
  readonly expression: string;
  readonly value?: boolean | string;
  readonly error?: string;
  readonly refused?: string;
}

const file = new URL('./fixtures/kubernetes-libraries.json', import.meta.url);
const recorded = JSON.parse(readFileSync(file, 'utf8')) as readonly Recorded[];
const environment = new Environment(new Map([['self', types.int]]));

function answer(expression: string): Omit<Recorded, 'expression'> {
  const program = environment.compile(expression);
  if (typeof program === 'string') return { refused: program };
  const outcome = program.run((name) => (name === 'self' ? 1n : undefined));
  if ('error' in outcome) return { error: outcome.error };
  const { value } = outcome;
  return typeof value === 'boolean' || typeof value === 'string'
    ? { value }
    : { error: 'is not a boolean or a string' };
}

describe('the libraries of Kubernetes', () => {
  it.each(recorded.map((one) => [one.expression, one] as const))('%s', (expression, { expression: _, ...expected }) => {
    const { error, ...rest } = answer(expression);
    // kube-apiserver explains this one error at length where it reports it.
    const isLong = error?.startsWith('no such overload') === true;
    expect({ ...rest, ...(error !== undefined && { error: isLong ? expected.error : error }) }).toEqual(expected);
    if (isLong) expect(expected.error).toContain('no such overload');
  });
});
