import { equal, isObject, own } from '../patch/json-value.js';
import { duplicate, type FieldError, forbiddenField, invalidValue, required } from '../validation/field-error.js';
import { celEnvironment } from './cel-environment.js';
import type { CelEnvironment, CelLibrary, CelProgram } from './cel-library.js';
import { celValue, sizeOf } from './cel-values.js';
import { Correlation } from './correlation.js';
import type { RuleChecker } from './custom-strategy.js';
import { innerSchemas } from './inner-schemas.js';
import { childPath, type JsonSchema, propertySchema, type ValidationRule, valuesSchema } from './json-schema.js';

/** The work all rules of one write may do together, in values looked at. */
const costBudget = 10_000_000;
const maxMessageLength = 5_120;

interface CompiledRule {
  readonly rule: ValidationRule;
  readonly program: CelProgram | undefined;
  readonly problem: string | undefined;
  readonly message: CelProgram | undefined;
  readonly usesOldSelf: boolean;
  /** How deep loops stand inside loops, and how many steps one turn has. */
  readonly loops: number;
  readonly steps: number;
}

/** What every root has, of which rules see the names. */
const rootMeta: { readonly [name: string]: JsonSchema } = {
  apiVersion: { type: 'string' },
  kind: { type: 'string' },
  metadata: { type: 'object', properties: { name: { type: 'string' }, generateName: { type: 'string' } } },
};

/** Whether a schema has rules anywhere. */
export function hasRules(schema: JsonSchema): boolean {
  return (
    (schema['x-kubernetes-validations'] ?? []).length > 0 ||
    innerSchemas(schema, '').some((one) => hasRules(one.schema))
  );
}

/** The checker of all rules of a schema. */
export function ruleChecker(library: CelLibrary, schema: JsonSchema): RuleChecker {
  const env = celEnvironment(library);
  const compiled = new Map<JsonSchema, readonly CompiledRule[]>();
  const root: JsonSchema = { ...schema, properties: { ...schema.properties, ...rootMeta } };
  compiled.set(root, compileAll(env, schema));
  return (object, old) => {
    const run = new RuleRun(library, env, compiled);
    run.check(root, object, old === undefined ? undefined : new Correlation(schema, old, object), '');
    return run.errors;
  };
}

/** What is wrong with the rules of a schema as expressions. */
export function ruleProblems(library: CelLibrary, schema: JsonSchema, at: string): FieldError[] {
  const env = celEnvironment(library);
  const own = compileAll(env, schema).flatMap(({ rule, problem }, index) =>
    problem === undefined
      ? []
      : [invalidValue(`${at}.x-kubernetes-validations[${index}].rule`, rule, `compilation failed: ERROR: ${problem}`)],
  );
  return [...own, ...innerSchemas(schema, at).flatMap((inner) => ruleProblems(library, inner.schema, inner.at))];
}

function compileAll(env: CelEnvironment, schema: JsonSchema): CompiledRule[] {
  return (schema['x-kubernetes-validations'] ?? []).map((rule) => compile(env, rule));
}

function compile(env: CelEnvironment, rule: ValidationRule): CompiledRule {
  const { program, problem } = parse(env, rule.rule, 'bool');
  const message = rule.messageExpression === undefined ? undefined : parse(env, rule.messageExpression, 'string');
  const { loops, steps } = shapeOf(program?.ast);
  return {
    rule,
    program,
    problem: problem ?? message?.problem,
    message: message?.program,
    usesOldSelf: mentions(program?.ast, 'oldSelf'),
    loops,
    steps,
  };
}

function parse(env: CelEnvironment, text: string, type: string): { program?: CelProgram; problem?: string } {
  try {
    const program = env.parse(text);
    const { valid, error, type: found } = program.check();
    if (!valid) return { problem: firstLine(error) };
    if (String(found) !== type && String(found) !== 'dyn')
      return { problem: `cel expression must evaluate to a ${type}` };
    return { program };
  } catch (error) {
    return { problem: firstLine(error) };
  }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : 'unknown').split('\n')[0] ?? '';
}

const macros = new Set(['all', 'exists', 'exists_one', 'map', 'filter']);

interface Node {
  readonly op?: unknown;
  readonly args?: unknown;
}

function shapeOf(ast: unknown): { loops: number; steps: number } {
  if (typeof ast !== 'object' || ast === null) return { loops: 0, steps: 1 };
  const { op, args } = ast as Node;
  const inner = Array.isArray(ast) ? ast : Array.isArray(args) ? args : [args];
  const shapes = inner.map(shapeOf);
  const deepest = shapes.reduce((most, { loops }) => Math.max(most, loops), 0);
  const loop = op === 'rcall' && Array.isArray(args) && macros.has(String(args[0])) ? 1 : 0;
  return { loops: deepest + loop, steps: shapes.reduce((sum, { steps }) => sum + steps, 1) };
}

function mentions(ast: unknown, name: string): boolean {
  if (Array.isArray(ast)) return ast.some((one) => mentions(one, name));
  if (typeof ast !== 'object' || ast === null) return false;
  const { op, args } = ast as Node;
  return (op === 'id' && args === name) || mentions(args, name);
}

/** One check of one object: the errors found, and what is left of the budget. */
class RuleRun {
  readonly errors: FieldError[] = [];
  #budget = costBudget;

  constructor(
    private readonly library: CelLibrary,
    private readonly env: CelEnvironment,
    private readonly compiled: Map<JsonSchema, readonly CompiledRule[]>,
  ) {}

  check(schema: JsonSchema, value: unknown, old: Correlation | undefined, path: string): void {
    if (value === null || value === undefined || this.#budget < 0) return;
    this.#rules(schema, value, old, path);
    if (Array.isArray(value)) {
      const { items } = schema;
      if (items === undefined) return;
      for (const [index, item] of value.entries()) this.check(items, item, old?.item(item), `${path}[${index}]`);
    } else if (isObject(value)) {
      for (const name of Object.keys(value)) {
        const property = propertySchema(schema, name);
        const inner = property ?? valuesSchema(schema);
        const at = property === undefined ? `${path}[${name}]` : childPath(path, name);
        if (inner !== undefined) this.check(inner, own(value, name), old?.field(name), at);
      }
    }
  }

  #rules(schema: JsonSchema, value: unknown, old: Correlation | undefined, path: string): void {
    let rules = this.compiled.get(schema);
    if (rules === undefined) {
      rules = compileAll(this.env, schema);
      this.compiled.set(schema, rules);
    }
    if (rules.length === 0) return;
    const self = celValue(value, schema);
    const before = old === undefined ? undefined : celValue(old.old, schema);
    const size = sizeOf(value);
    for (const rule of rules) this.#rule(rule, { schema, value, old, path, self, before, size });
  }

  #rule(compiled: CompiledRule, place: Place): void {
    const { rule, program, problem, usesOldSelf } = compiled;
    const { schema, value, old, path, before } = place;
    const field = path === '' ? '<nil>' : path;
    const type = schema.type ?? '';
    if (this.#budget < 0) return;
    if (program === undefined) {
      this.errors.push(invalidValue(field, type, `rule compile error: ${problem ?? ''}`));
      return;
    }
    const optional = rule.optionalOldSelf === true;
    if (usesOldSelf && old === undefined && !optional) return;
    const cost = compiled.steps * Math.max(1, place.size) ** compiled.loops;
    if (cost > costBudget) {
      this.#budget = -1;
      const why = 'no further validation rules will be run due to call cost exceeds limit for rule';
      const detail = `'operation cancelled: actual cost limit exceeded': ${why}: ${textOf(rule)}`;
      this.errors.push(invalidValue(field, type, detail));
      return;
    }
    this.#budget -= cost;
    if (this.#budget < 0) {
      const why = 'validation failed due to running out of cost budget, no further validation rules will be run';
      this.errors.push(invalidValue(field, type, why));
      return;
    }
    const { Optional } = this.library;
    const oldSelf = optional ? (old === undefined ? Optional.none() : Optional.of(before)) : before;
    let result: unknown;
    try {
      result = program({ self: place.self, oldSelf });
    } catch (error) {
      this.errors.push(invalidValue(field, type, `${firstLine(error)} evaluating rule: ${textOf(rule)}`));
      return;
    }
    // What was as wrong before is let be, unless the rule is about the change itself.
    if (result === true || (!usesOldSelf && old !== undefined && equal(value, old.old))) return;
    const named = (rule.fieldPath ?? '').trim();
    const at =
      named === ''
        ? field
        : `${path}${path === '' ? named.replace(/^\./, '') : named}`.replaceAll("['", '[').replaceAll("']", ']');
    this.errors.push(errorOf(rule, at, value, this.#message(compiled, place.self, oldSelf)));
  }

  #message({ rule, message }: CompiledRule, self: unknown, oldSelf: unknown): string {
    try {
      const text = message?.({ self, oldSelf });
      if (typeof text === 'string') {
        const trimmed = text.trim();
        if (trimmed !== '' && trimmed.length <= maxMessageLength && !/[\n\r]/.test(trimmed)) return trimmed;
      }
    } catch {
      // A message that cannot be made is none.
    }
    return (rule.message ?? '') === '' ? `failed rule: ${textOf(rule)}` : (rule.message ?? '').trim();
  }
}

interface Place {
  readonly schema: JsonSchema;
  readonly value: unknown;
  readonly old: Correlation | undefined;
  readonly path: string;
  readonly self: unknown;
  readonly before: unknown;
  readonly size: number;
}

/** How a rule is named in messages: by its message, else by itself. */
function textOf({ message = '', rule }: ValidationRule): string {
  return message === '' ? rule.trim() : message.trim();
}

function errorOf(rule: ValidationRule, field: string, value: unknown, detail: string): FieldError {
  const omitted = typeof value === 'object' && value !== null;
  switch (rule.reason) {
    case 'FieldValueForbidden':
      return forbiddenField(field, detail);
    case 'FieldValueRequired':
      return required(field, detail);
    case 'FieldValueDuplicate':
      return omitted ? { field, reason: 'FieldValueDuplicate', message: 'Duplicate value' } : duplicate(field, value);
    default:
      return omitted
        ? { field, reason: 'FieldValueInvalid', message: `Invalid value: ${detail}` }
        : invalidValue(field, value, detail);
  }
}
