import { goPatternFault } from '../util/go-pattern.js';
import { type Call, descendants, type Expr } from './ast.js';
import type { Issue } from './cel-source.js';
import type { Checked } from './checker.js';
import { invoke } from './functions.js';
import { Meter } from './meter.js';
import { readDuration, readTime } from './time-values.js';
import { type CelType, formatType, sameType, unwrapOptional } from './types.js';
import { CelError } from './values.js';

/**
 * Returns the issues that Kubernetes finds in literals after the types: durations, moments and patterns. Lists and maps must also be of
 * one type.
 */
export function literalIssues(checked: Checked): Issue[] {
  const all = descendants(checked.expr);
  const calls = all.filter((expr): expr is Call => expr.kind === 'call');
  const exempt = new Set(calls.filter(({ name }) => name === 'format').flatMap(descendants));
  return [
    ...argumentIssues(calls, 'duration', (text) => readDuration(text) !== undefined),
    ...argumentIssues(calls, 'timestamp', (text) => readTime(text) !== undefined),
    ...argumentIssues(calls, 'matches', (text) => goPatternFault(text) === undefined),
    ...calls.flatMap((call) => formatIssues(call, checked)),
    ...all.filter((expr) => !exempt.has(expr)).flatMap((expr) => mixedIssues(expr, checked)),
  ];
}

function argumentIssues(calls: readonly Call[], name: string, isRight: (text: string) => boolean): Issue[] {
  return calls.flatMap((call) => {
    const [arg] = call.args;
    if (call.name !== name || arg?.kind !== 'literal' || typeof arg.value !== 'string' || isRight(arg.value)) return [];
    return [{ offset: arg.offset, message: `invalid ${name} argument` }];
  });
}

function mixedIssues(expr: Expr, checked: Checked): Issue[] {
  if (expr.kind === 'list') {
    const [issue] = differences(expr.items, checked);
    return issue === undefined ? [] : [issue];
  }
  if (expr.kind !== 'map') return [];
  const keys = expr.entries.map(({ key }) => ({ value: key, optional: false }));
  return [...differences(keys, checked), ...differences(expr.entries, checked)];
}

function differences(
  items: readonly { readonly value: Expr; readonly optional: boolean }[],
  checked: Checked,
): Issue[] {
  const typed = items.map(({ value, optional }) => {
    const type = checked.typeOf(value);
    return { value, type: optional ? (unwrapOptional(type) ?? type) : type };
  });
  const first = typed[0]?.type;
  if (first === undefined) return [];
  return typed
    .filter(({ type }) => !equivalent(first, type))
    .map(({ value, type }) => ({
      offset: value.offset,
      message: `expected type '${formatType(first)}' but found '${formatType(type)}'`,
    }));
}

/** The same type, where types that were not found out are any. */
function equivalent(a: CelType, b: CelType): boolean {
  return sameType(a, b);
}

const clauses: { readonly [verb: string]: readonly [types: string, why: string] } = {
  d: ['int uint', 'decimal clause can only be used on integers'],
  f: ['double', 'fixed-point clause can only be used on doubles'],
  e: ['double', 'scientific clause can only be used on doubles'],
  b: ['int uint bool', 'only integers and bools can be formatted as binary'],
  o: ['int uint', 'octal clause can only be used on integers'],
  x: ['int uint string bytes', 'only integers, byte buffers, and strings can be formatted as hex'],
  X: ['int uint string bytes', 'only integers, byte buffers, and strings can be formatted as hex'],
};

/** Arguments of a literal text's `format` that its clauses cannot be used on. */
function formatIssues({ name, target, args: [list] }: Call, checked: Checked): Issue[] {
  if (name !== 'format' || target?.kind !== 'literal' || typeof target.value !== 'string') return [];
  if (list?.kind !== 'list') return [];
  const verbs = [...target.value.matchAll(/%(?:%|(?:\.\d+)?(.))/gu)].flatMap(([, verb]) => verb ?? []);
  return list.items.flatMap(({ value }, index) => {
    const [types, why] = clauses[verbs[index] ?? ''] ?? [];
    const { kind } = checked.typeOf(value);
    if (types === undefined || kind === 'dyn' || types.split(' ').includes(kind)) return [];
    if (value.kind === 'literal' && /^(?:NaN|-?Infinity)$/.test(String(value.value))) return [];
    const message = `error during formatting: ${why}, was given ${checked.typeOf(value).name}`;
    return [{ offset: value.offset, message }];
  });
}

/** The functions whose literal pattern is compiled with the expression. */
const searches = new Set(['find', 'findAll']);

const conversions = new Set(['bool', 'bytes', 'double', 'duration', 'int', 'string', 'timestamp', 'uint']);

/** Returns the fault of a conversion of a literal, which is made only once, or undefined if all can be made. */
export function conversionFault(checked: Checked): string | undefined {
  for (const call of descendants(checked.expr)) {
    if (call.kind === 'call' && searches.has(call.name)) {
      const [pattern] = call.args;
      const fault =
        pattern?.kind === 'literal' && typeof pattern.value === 'string' ? goPatternFault(pattern.value) : undefined;
      if (fault !== undefined) return fault;
    }
    if (call.kind !== 'call' || !conversions.has(call.name) || call.args.length !== 1) continue;
    const [arg] = call.args;
    const overloads = checked.resolution(call)?.overloads ?? [];
    if (arg?.kind !== 'literal' || overloads.length !== 1) continue;
    try {
      invoke(call.name, overloads, [arg.value], new Meter(Number.POSITIVE_INFINITY));
    } catch (error) {
      if (error instanceof CelError) return error.message;
      throw error;
    }
  }
  return undefined;
}
