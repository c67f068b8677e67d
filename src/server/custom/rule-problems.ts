import { celName } from '../../cel/cel-name.js';
import { unlimited } from '../../cel/cost-numbers.js';
import { type DeclaredType, declaredType } from '../../cel/declared-type.js';
import type { JsonSchema, ValidationRule } from '../../meta/json-schema.js';
import { type FieldError, forbiddenField, invalidValue } from '../object/field-error.js';
import { type CompiledRule, compileRules, maxCardinality } from './compiled-rules.js';

/** The greatest cost of one rule, over all its evaluations, and of all rules of a version. */
const [ruleLimit, definitionLimit] = [10_000_000, 100_000_000];

/** A place of a schema, with what is known from the places above it. */
interface Place {
  readonly schema: JsonSchema;
  readonly at: string;
  readonly declared: DeclaredType | undefined;
  /** The greatest number of values here; undefined if a list or map above has no bound. */
  readonly cardinality: number | undefined;
  /** The list above in which nobody can tell which item was which before. */
  readonly uncorrelatable: string | undefined;
}

/**
 * Validates the rules of a schema: they must compile, compare comparable values, and not cost too much. Rules at and above the places of
 * `others`, which are errors of the schema itself, are skipped.
 */
export function ruleProblems(schema: JsonSchema, at: string, others: readonly FieldError[]): FieldError[] {
  const check = new RuleCheck(others.map(({ field }) => field));
  const declared = declaredType(schema, true, typeName);
  check.walk({ schema, at, declared, cardinality: 1, uncorrelatable: undefined });
  return [...check.errors, ...check.totalProblems(at)];
}

/** The name of the type of `self`. kube-apiserver appends a number that differs each time. */
const typeName = 'selfType';

class RuleCheck {
  readonly errors: FieldError[] = [];
  readonly #expensive: { field: string; cost: number }[] = [];
  #total = 0;

  constructor(private readonly wrong: readonly string[]) {}

  /** Visits the schemas below first, as kube-apiserver does. */
  walk(place: Place): void {
    const { schema, at, declared } = place;
    const count = elementsOf(schema);
    const cardinality = place.cardinality === undefined || count === undefined ? undefined : place.cardinality * count;
    const below = (inner: JsonSchema, path: string, own: DeclaredType | undefined, more: Partial<Place> = {}): void =>
      this.walk({
        ...place,
        schema: inner,
        at: path,
        declared: own ?? declaredType(inner, isEmbedded(inner), typeName),
        cardinality,
        ...more,
      });
    const { additionalProperties: values, properties = {}, items } = schema;
    if (typeof values === 'object') below(values, `${at}.additionalProperties`, declared?.element);
    for (const [name, inner] of Object.entries(properties)) {
      const field = declared?.fields?.get(celName(name) ?? '');
      below(inner, `${at}.properties[${name}]`, field?.declared);
    }
    if (items !== undefined) {
      const isMap = schema['x-kubernetes-list-type'] === 'map';
      below(items, `${at}.items`, declared?.element, isMap ? {} : { uncorrelatable: place.uncorrelatable ?? at });
    }
    if (!this.wrong.some((field) => field.startsWith(at)) && declared !== undefined) this.#rules(place, declared);
  }

  #rules({ schema, at, cardinality, uncorrelatable }: Place, declared: DeclaredType): void {
    for (const [index, compiled] of compileRules(schema, declared).entries()) {
      const path = `${at}.x-kubernetes-validations[${index}]`;
      const cost = product(compiled.maxCost, cardinality ?? maxCardinality(declared));
      this.#cost(`${path}.rule`, 'estimated rule cost', cost);
      this.#one(compiled, path, uncorrelatable);
    }
  }

  #cost(field: string, what: string, cost: number): void {
    if (cost > ruleLimit) this.errors.push(forbiddenField(field, costMessage(what, cost / ruleLimit)));
    this.#total = Math.min(unlimited, this.#total + cost);
    if (cost >= definitionLimit / 100) this.#expensive.push({ field, cost });
  }

  #one(compiled: CompiledRule, path: string, uncorrelatable: string | undefined): void {
    const { rule, problem, messageProblem, message, maxMessageCost } = compiled;
    if (problem !== undefined) this.errors.push(invalidRule(`${path}.rule`, rule, problem));
    const at = `${path}.messageExpression`;
    if (messageProblem !== undefined) this.errors.push(invalidRule(at, rule, messageProblem));
    else if (message !== undefined) this.#cost(at, 'estimated messageExpression cost', maxMessageCost);
    if (compiled.usesOldSelf) {
      if (uncorrelatable === undefined) return;
      const why = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${uncorrelatable}`;
      this.errors.push(invalidValue(`${path}.rule`, rule.rule, why));
    } else if (rule.optionalOldSelf !== undefined) {
      const why = 'may not be set if oldSelf is not used in rule';
      this.errors.push(invalidValue(`${path}.optionalOldSelf`, rule.optionalOldSelf, why));
    }
  }

  /** Validates the total cost of all rules. */
  totalProblems(at: string): FieldError[] {
    if (this.#total <= definitionLimit) return [];
    const most = [...this.#expensive].sort((a, b) => b.cost - a.cost).slice(0, 4);
    const why = 'contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema';
    const what = 'x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema';
    return [
      ...most.map(({ field }) => forbiddenField(field, why)),
      forbiddenField(at, costMessage(what, this.#total / definitionLimit)),
    ];
  }
}

const isEmbedded = (schema: JsonSchema): boolean => schema['x-kubernetes-embedded-resource'] === true;

/** Returns the greatest number of values inside a value, or undefined without a bound. */
function elementsOf({ type, additionalProperties, maxProperties, maxItems }: JsonSchema): number | undefined {
  if (type === 'object' && additionalProperties !== undefined)
    return maxProperties === undefined ? undefined : Math.max(0, maxProperties);
  if (type === 'array') return maxItems === undefined ? undefined : Math.max(0, maxItems);
  return 1;
}

function product(cost: number, count: number): number {
  return cost === 0 || count === 0 ? 0 : Math.min(unlimited, cost * count);
}

function costMessage(what: string, excess: number): string {
  const factor = excess > 100 ? 'more than 100x' : excess < 1.5 ? `${excess.toFixed(6)}x` : `${excess.toFixed(1)}x`;
  return `${what} exceeds budget by factor of ${factor} (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)`;
}

/** An error that shows the whole rule, as Go's types write it. */
function invalidRule(field: string, rule: ValidationRule, why: string): FieldError {
  const shown = JSON.stringify({
    Rule: rule.rule,
    Message: rule.message ?? '',
    MessageExpression: rule.messageExpression ?? '',
    Reason: rule.reason ?? null,
    FieldPath: rule.fieldPath ?? '',
    OptionalOldSelf: rule.optionalOldSelf ?? null,
  });
  const escaped = shown.replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return { field, reason: 'FieldValueInvalid', message: `Invalid value: ${escaped}: ${why}` };
}
