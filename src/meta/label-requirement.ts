import { goQuote } from '../util/go-quote.js';
import { FormatError } from './format-error.js';
import { labelValueProblems, qualifiedNameProblems } from './names.js';

/** The operators between a label and its values, in the words of k8s.io/apimachinery. `=` and `==` mean the same. */
export type LabelOperator = '=' | '==' | '!=' | 'in' | 'notin' | 'exists' | '!' | 'gt' | 'lt';

/** A requirement on one label. All requirements of a selector must hold. */
export interface LabelRequirement {
  readonly key: string;
  readonly operator: LabelOperator;
  /** One for `=`, `==`, `!=`, `gt` and `lt`; one or more for `in` and `notin`; none for `exists` and `!`. */
  readonly values: readonly string[];
}

/** The labels of an object. */
export type Labels = { readonly [key: string]: string };

/** Checks and makes a requirement. Throws a `FormatError` with the messages an API server gives. */
export function labelRequirement(key: string, operator: LabelOperator, values: readonly string[]): LabelRequirement {
  const problems = [
    ...qualifiedName('key', key),
    ...countProblems(operator, values),
    ...values.flatMap((value, i) => numberProblems(operator, value, i)),
    ...values.flatMap((value, i) => invalid(`values[${i}][${key}]`, value, labelValueProblems(value))),
  ];
  if (problems.length > 0) throw new FormatError('label selector', aggregate(problems));
  return { key, operator, values };
}

/** The faults of a label key, under the name of the field that holds it. */
export function qualifiedName(field: string, key: string): string[] {
  return invalid(field, key, qualifiedNameProblems(key));
}

function invalid(field: string, value: string, problems: readonly string[]): string[] {
  return problems.length === 0 ? [] : [`${field}: Invalid value: ${goQuote(value)}: ${problems.join('; ')}`];
}

function countProblems(operator: LabelOperator, values: readonly string[]): string[] {
  const shown = () => (values.length === 0 ? '[]' : JSON.stringify(values));
  const problem = (rule: string) => [`values: Invalid value: ${shown()}: ${rule}`];
  switch (operator) {
    case 'in':
    case 'notin':
      return values.length > 0 ? [] : problem("for 'in', 'notin' operators, values set can't be empty");
    case '=':
    case '==':
    case '!=':
      return values.length === 1 ? [] : problem('exact-match compatibility requires one single value');
    case 'exists':
    case '!':
      return values.length === 0 ? [] : problem('values set must be empty for exists and does not exist');
    case 'gt':
    case 'lt':
      return values.length === 1 ? [] : problem("for 'Gt', 'Lt' operators, exactly one value is required");
  }
}

function numberProblems(operator: LabelOperator, value: string, index: number): string[] {
  if ((operator !== 'gt' && operator !== 'lt') || parseInt64(value) !== undefined) return [];
  return [`values[${index}]: Invalid value: ${goQuote(value)}: for 'Gt', 'Lt' operators, the value must be an integer`];
}

/** Several faults as one message, each said once, as Kubernetes' aggregate errors do. */
function aggregate(problems: readonly string[]): string {
  const distinct = [...new Set(problems)];
  return distinct.length === 1 ? String(distinct[0]) : `[${distinct.join(', ')}]`;
}

/** Reports whether an object with these labels fulfils the requirement. A missing label fulfils `!`, `!=` and `notin`. */
export function requirementMatches(requirement: LabelRequirement, labels: Labels | undefined): boolean {
  const { key, operator, values } = requirement;
  // Labels come off the wire: `constructor` is a valid key, and must not be found on the prototype.
  const value = labels !== undefined && Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case '=':
    case '==':
    case 'in':
      return value !== undefined && values.includes(value);
    case '!=':
    case 'notin':
      return value === undefined || !values.includes(value);
    case 'exists':
      return value !== undefined;
    case '!':
      return value === undefined;
    case 'gt':
    case 'lt': {
      const have = value === undefined ? undefined : parseInt64(value);
      const bound = parseInt64(values[0] ?? '');
      if (have === undefined || bound === undefined) return false;
      return operator === 'gt' ? have > bound : have < bound;
    }
  }
}

/** The requirement as a selector writes it: `app=web`, `tier in (a,b)`, `!gone`, `n>5`. */
export function formatRequirement({ key, operator, values }: LabelRequirement): string {
  const joined = values.length > 1 ? [...values].sort().join(',') : (values[0] ?? '');
  switch (operator) {
    case 'exists':
      return key;
    case '!':
      return `!${key}`;
    case 'in':
    case 'notin':
      return `${key} ${operator} (${joined})`;
    case 'gt':
      return `${key}>${joined}`;
    case 'lt':
      return `${key}<${joined}`;
    default:
      return `${key}${operator}${joined}`;
  }
}

/** A whole number of 64 bits, as Go's `strconv.ParseInt(text, 10, 64)` reads it. */
function parseInt64(text: string): bigint | undefined {
  if (!/^[+-]?[0-9]{1,64}$/.test(text)) return undefined;
  const value = BigInt(text.startsWith('+') ? text.slice(1) : text);
  return BigInt.asIntN(64, value) === value ? value : undefined;
}
