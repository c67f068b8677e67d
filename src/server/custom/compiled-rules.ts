import { Environment, type Program } from '../../cel/cel-environment.js';
import { type DeclaredType, maxRequestBytes, sizeAlong, structsOf } from '../../cel/declared-type.js';
import { optionalType } from '../../cel/types.js';
import type { JsonSchema, ValidationRule } from '../../meta/json-schema.js';
import { fieldPathOf } from './field-path.js';

/** A rule made ready, or what is wrong with it. */
export interface CompiledRule {
  readonly rule: ValidationRule;
  /** Undefined where the rule is empty or wrong. */
  readonly program: Program | undefined;
  readonly problem: string | undefined;
  readonly message: Program | undefined;
  readonly messageProblem: string | undefined;
  readonly usesOldSelf: boolean;
  /** The greatest cost of one evaluation. */
  readonly maxCost: number;
  readonly maxMessageCost: number;
  /** Where errors are told to be, from the value on; '' for the value itself. */
  readonly fieldPath: string;
}

/** The rules that stand at one place of a schema. */
export function compileRules(schema: JsonSchema, declared: DeclaredType): CompiledRule[] {
  const rules = schema['x-kubernetes-validations'] ?? [];
  if (rules.length === 0) return [];
  const structs = structsOf(declared);
  const environment = (oldSelf: DeclaredType['type']): Environment =>
    new Environment(
      new Map([
        ['self', declared.type],
        ['oldSelf', oldSelf],
      ]),
      structs,
    );
  const [plain, optional] = [environment(declared.type), environment(optionalType(declared.type))];
  return rules.map((rule) => compile(rule, rule.optionalOldSelf === true ? optional : plain, schema, declared));
}

function compile(rule: ValidationRule, env: Environment, schema: JsonSchema, declared: DeclaredType): CompiledRule {
  const nothing = { program: undefined, message: undefined, messageProblem: undefined, maxCost: 0, maxMessageCost: 0 };
  const out = { rule, problem: undefined, usesOldSelf: false, ...nothing, fieldPath: '' };
  if (rule.rule.trim() === '') return out;
  const program = env.compile(rule.rule);
  if (typeof program === 'string') return { ...out, problem: program };
  if (program.type.kind !== 'bool') return { ...out, problem: 'cel expression must evaluate to a bool' };
  const sizes = (path: readonly string[]): number | undefined => sizeAlong(declared, path.slice(1));
  const compiled: CompiledRule = {
    ...out,
    program,
    usesOldSelf: program.uses('oldSelf'),
    maxCost: program.estimate(sizes).max,
    fieldPath: fieldPathOf(rule.fieldPath ?? '', schema) ?? '',
  };
  if ((rule.messageExpression ?? '') === '') return compiled;
  const message = env.compile(rule.messageExpression ?? '');
  if (typeof message === 'string')
    return { ...compiled, messageProblem: `messageExpression ${message.replace(/^program /, '')}` };
  if (message.type.kind !== 'string')
    return { ...compiled, messageProblem: 'messageExpression must evaluate to a string' };
  return { ...compiled, message, maxMessageCost: message.estimate(sizes).max };
}

/** Returns the greatest number of values of the type that fit into one object. */
export function maxCardinality({ minBytes }: DeclaredType): number {
  return Math.floor(maxRequestBytes / (minBytes + 1));
}
