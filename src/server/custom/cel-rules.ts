import { celName } from '../../cel/cel-name.js';
import { type DeclaredType, declaredType } from '../../cel/declared-type.js';
import { jsonValue } from '../../cel/json-values.js';
import { CelOptional, type CelValue } from '../../cel/values.js';
import {
  childPath,
  type JsonSchema,
  propertySchema,
  type ValidationRule,
  valuesSchema,
} from '../../meta/json-schema.js';
import { isObject, own } from '../../util/json-value.js';
import { duplicate, type FieldError, forbiddenField, invalidValue, required } from '../object/field-error.js';
import { type CompiledRule, compileRules } from './compiled-rules.js';
import { Correlation } from './correlation.js';
import type { RuleChecker } from './rule-checker.js';

/** The work all rules of one write may do together, in the units of cel-go. */
const costBudget = 10_000_000;
const maxMessageLength = 5_120;

/** The rules of a schema and of all that is inside it, ready to run. */
interface RuleNode {
  readonly schema: JsonSchema;
  readonly declared: DeclaredType | undefined;
  readonly rules: readonly CompiledRule[];
  readonly items: RuleNode | undefined;
  readonly values: RuleNode | undefined;
  readonly properties: ReadonlyMap<string, RuleNode>;
}

/** The checker of all rules of a schema. */
export function ruleChecker(schema: JsonSchema): RuleChecker {
  const root = nodeOf(schema, declaredType(schema, true, 'selfType'));
  return (object, old) => {
    if (root === undefined) return [];
    const run = new RuleRun();
    const before = old === undefined ? undefined : new Correlation(schema, old, object);
    run.check(root, { value: object, before: old, old: before, nearest: undefined, path: '' });
    return run.errors;
  };
}

/** Compiles the rules of a schema. Returns undefined if neither it nor the schemas below have rules. */
function nodeOf(schema: JsonSchema, declared: DeclaredType | undefined): RuleNode | undefined {
  const below = (inner: JsonSchema, known: DeclaredType | undefined): RuleNode | undefined =>
    nodeOf(inner, known ?? declaredType(inner, inner['x-kubernetes-embedded-resource'] === true, 'selfType'));
  const rules = declared === undefined ? [] : compileRules(schema, declared);
  const items = schema.items === undefined ? undefined : below(schema.items, declared?.element);
  const inner = valuesSchema(schema);
  const values = inner === undefined ? undefined : below(inner, declared?.element);
  const properties = new Map<string, RuleNode>();
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const node = below(property, declared?.fields?.get(celName(name) ?? '')?.declared);
    if (node !== undefined) properties.set(name, node);
  }
  if (rules.length === 0 && items === undefined && values === undefined && properties.size === 0) return undefined;
  return { schema, declared, rules, items, values, properties };
}

/** One check of one object: the errors found, and what is left of the budget. */
class RuleRun {
  readonly errors: FieldError[] = [];
  #budget = costBudget;

  check(node: RuleNode, at: Spot): void {
    const { value, before, old, path } = at;
    if (value === null || value === undefined || this.#budget < 0) return;
    this.#rules(node, at);
    const nearest = old ?? at.nearest;
    if (Array.isArray(value)) {
      if (node.items === undefined) return;
      for (const [index, item] of value.entries()) {
        const was = itemBefore(node.schema, before, item);
        this.check(node.items, { value: item, before: was, old: old?.item(item), nearest, path: `${path}[${index}]` });
      }
    } else if (isObject(value)) {
      for (const name of Object.keys(value)) {
        const property = propertySchema(node.schema, name);
        const inner = property === undefined ? node.values : node.properties.get(name);
        if (inner === undefined) continue;
        const was = isObject(before) ? own(before, name) : undefined;
        const place = property === undefined ? `${path}[${name}]` : childPath(path, name);
        this.check(inner, { value: own(value, name), before: was, old: old?.field(name), nearest, path: place });
      }
    }
  }

  #rules({ schema, declared, rules }: RuleNode, at: Spot): void {
    if (rules.length === 0) return;
    const field = at.path === '' ? '<nil>' : at.path;
    const self = jsonValue(at.value, declared);
    const was = at.before === undefined || at.before === null ? undefined : jsonValue(at.before, declared);
    for (const rule of rules) {
      if (this.#budget < 0) return;
      if (this.#budget === 0) {
        this.#stop(field, schema, outOfBudget);
        return;
      }
      this.#rule(rule, { ...at, schema, field, self, was });
    }
  }

  /** Says why no more rules are run. */
  #stop(field: string, { type = '' }: JsonSchema, why: string): void {
    this.errors.push(invalidValue(field, type, why));
    this.#budget = -1;
  }

  #rule(compiled: CompiledRule, place: Place): void {
    const { rule, program, problem, usesOldSelf } = compiled;
    const { schema, value, field, was } = place;
    const type = schema.type ?? '';
    if (problem !== undefined) this.errors.push(invalidValue(field, type, `rule compile error: ${problem}`));
    if (program === undefined) return;
    const optional = rule.optionalOldSelf === true;
    if (usesOldSelf && was === undefined && !optional) return;
    const oldSelf = optional ? new CelOptional(was) : was;
    const variable = (name: string): CelValue | undefined => (name === 'self' ? place.self : oldSelf);
    const outcome = program.run(variable);
    if (outcome.cost > this.#budget) {
      this.#stop(field, schema, outOfBudget);
      return;
    }
    this.#budget -= outcome.cost;
    if ('error' in outcome) {
      this.#failed(outcome, rule, field, schema);
      return;
    }
    // What was as wrong before is let be, unless the rule is about the change itself.
    const known = place.old ?? place.nearest;
    if (outcome.value === true || (!usesOldSelf && known?.isUnchanged === true)) return;
    const inner = compiled.fieldPath;
    const at = inner === '' ? field : inner.startsWith('[') ? `${place.path}${inner}` : childPath(place.path, inner);
    const message = this.#message(compiled, variable, at, schema);
    if (message !== undefined) this.errors.push(errorOf(rule, at, value, message));
  }

  #failed(
    { error, exceeded }: { error: string; exceeded: boolean },
    rule: ValidationRule,
    field: string,
    schema: JsonSchema,
  ): void {
    const text = textOf(rule);
    if (exceeded) {
      const why = 'no further validation rules will be run due to call cost exceeds limit for rule';
      this.#stop(field, schema, `'${error}': ${why}: ${text}`);
      return;
    }
    const unmatched = 'call arguments did not match a supported operator, function or macro signature for rule';
    const why = error.startsWith('no such overload')
      ? `'${error}': ${unmatched}: ${text}`
      : `${error} evaluating rule: ${text}`;
    this.errors.push(invalidValue(field, schema.type ?? '', why));
  }

  /** Returns the message for a wrong value, or undefined if the budget is used up. */
  #message(
    { rule, message }: CompiledRule,
    variable: (name: string) => CelValue | undefined,
    at: string,
    schema: JsonSchema,
  ): string | undefined {
    if (message === undefined) return defaultMessage(rule);
    const outcome = message.run(variable);
    if (outcome.cost > this.#budget) {
      this.#stop(at, schema, `messageExpression evaluation failed due to running out of cost budget, ${noFurther}`);
      return undefined;
    }
    if ('error' in outcome && outcome.exceeded) {
      const shown = JSON.stringify(rule.messageExpression);
      this.#stop(at, schema, `${noFurther} due to call cost exceeds limit for messageExpression: ${shown}`);
      return undefined;
    }
    this.#budget -= outcome.cost;
    const text = 'value' in outcome && typeof outcome.value === 'string' ? outcome.value.trim() : '';
    const fits = text !== '' && !text.includes('\n') && Buffer.byteLength(text) <= maxMessageLength;
    return fits ? text : defaultMessage(rule);
  }
}

const noFurther = 'no further validation rules will be run';
const outOfBudget = `validation failed due to running out of cost budget, ${noFurther}`;

/** A value on its way through the rules. */
interface Spot {
  readonly value: unknown;
  /** The old value, for rules that compare. */
  readonly before: unknown;
  /** The same for letting through what has not changed; undefined where nobody knows which part was which. */
  readonly old: Correlation | undefined;
  /** The nearest enclosing value with a known old value. */
  readonly nearest: Correlation | undefined;
  readonly path: string;
}

interface Place extends Spot {
  readonly schema: JsonSchema;
  readonly field: string;
  readonly self: CelValue;
  readonly was: CelValue | undefined;
}

/** Returns the old value of an item: the item with the same keys, in lists that have keys. */
function itemBefore(schema: JsonSchema, before: unknown, item: unknown): unknown {
  return new Correlation(schema, before, undefined).item(item)?.old;
}

function defaultMessage(rule: ValidationRule): string {
  return (rule.message ?? '') === '' ? `failed rule: ${textOf(rule)}` : (rule.message ?? '').trim();
}

/** Returns the name of a rule in messages: its message, or the rule itself. */
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
