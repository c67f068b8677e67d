import { compareText } from '../util/compare.js';
import { FormatError } from './format-error.js';
import { parseRequirements } from './label-parser.js';
import {
  formatRequirement,
  type LabelOperator,
  type LabelRequirement,
  type Labels,
  labelRequirement,
  requirementMatches,
} from './label-requirement.js';
import type { LabelSelector, LabelSelectorRequirement } from './object-meta.js';
import type { DeepReadonly } from './stored.js';

/**
 * A label selector, ready to be built upon, matched or written. Never changes: every method that adds a requirement gives a new
 * selector. Requirements are kept in the order of their keys, so that equal selectors are written alike.
 *
 * Begin with `labels`, which selects everything, or with `parseLabelSelector`.
 */
export class ParsedLabelSelector {
  /** The requirements, in canonical order. All must hold. */
  readonly requirements: readonly LabelRequirement[];

  /** Takes checked requirements; see `labelRequirement`. */
  constructor(requirements: readonly LabelRequirement[] = []) {
    this.requirements =
      requirements.length > 1 ? [...requirements].sort((a, b) => compareText(a.key, b.key)) : requirements;
  }

  /** True if this selects everything. */
  get isEmpty(): boolean {
    return this.requirements.length === 0;
  }

  /** The label has this value. Throws a `FormatError` for a key or value no label can have; so do all the others. */
  eq(key: string, value: string): ParsedLabelSelector {
    return this.#with(key, '=', [value]);
  }

  /** The label is absent or has another value. */
  notEq(key: string, value: string): ParsedLabelSelector {
    return this.#with(key, '!=', [value]);
  }

  /** The label has one of these values. */
  in(key: string, values: readonly string[]): ParsedLabelSelector {
    return this.#with(key, 'in', values);
  }

  /** The label is absent or has none of these values. */
  notIn(key: string, values: readonly string[]): ParsedLabelSelector {
    return this.#with(key, 'notin', values);
  }

  /** The label is there, whatever its value. */
  exists(key: string): ParsedLabelSelector {
    return this.#with(key, 'exists', []);
  }

  /** The label is absent. */
  notExists(key: string): ParsedLabelSelector {
    return this.#with(key, '!', []);
  }

  /** The label is a whole number greater than this one. */
  gt(key: string, value: number | bigint): ParsedLabelSelector {
    return this.#with(key, 'gt', [String(value)]);
  }

  /** The label is a whole number less than this one. */
  lt(key: string, value: number | bigint): ParsedLabelSelector {
    return this.#with(key, 'lt', [String(value)]);
  }

  /** Both this and the other must hold. */
  and(other: LabelQuery): ParsedLabelSelector {
    return new ParsedLabelSelector([...this.requirements, ...toLabelSelector(other).requirements]);
  }

  /** Reports whether an object with these labels is selected. */
  matches(labels: Labels | undefined): boolean {
    for (const requirement of this.requirements) if (!requirementMatches(requirement, labels)) return false;
    return true;
  }

  /** The selector as `labelSelector` query parameters carry it; empty when it selects everything. */
  toString(): string {
    return this.requirements.map(formatRequirement).join(',');
  }

  /** As `toString`. */
  toJSON(): string {
    return this.toString();
  }

  #with(key: string, operator: LabelOperator, values: readonly string[]): ParsedLabelSelector {
    return new ParsedLabelSelector([...this.requirements, labelRequirement(key, operator, values)]);
  }
}

/** Selects everything; the start of a selector: `labels.eq('app', 'web').in('tier', ['front', 'back'])`. */
export const labels: ParsedLabelSelector = /* @__PURE__ */ new ParsedLabelSelector();

/**
 * The label selector that options accept: a text (`app=web,tier in (a,b)`), label values that must all match
 * (`{ app: 'web' }`), the selector of an object (`deployment.spec.selector`), or a selector made with `labels`.
 */
export type LabelQuery = string | Labels | DeepReadonly<LabelSelector> | ParsedLabelSelector;

/**
 * Reads a label selector by the grammar API servers use: `a=b`, `a==b`, `a!=b`, `a in (b,c)`, `a notin (b,c)`, `a`, `!a`, `a>1`,
 * `a<1`, joined by commas. Throws a `FormatError` with the message an API server gives.
 */
export function parseLabelSelector(text: string): ParsedLabelSelector {
  return new ParsedLabelSelector(parseRequirements(text));
}

/** Whatever form a selector has, as one that can be matched. Throws a `FormatError` for one that no server would take. */
export function toLabelSelector(query: LabelQuery): ParsedLabelSelector {
  if (typeof query === 'string') return parseLabelSelector(query);
  if (query instanceof ParsedLabelSelector) return query;
  if (typeof query !== 'object' || query === null)
    throw fault(`a selector cannot be ${query === null ? 'null' : typeof query}`);
  return isLabelSelector(query) ? fromLabelSelector(query) : fromLabels(query);
}

/**
 * The text of a `labelSelector` query parameter, checked and in canonical order; empty when everything is selected. Throws a
 * `FormatError` for what no server would take.
 */
export function labelQueryString(query: LabelQuery | undefined): string {
  return query === undefined ? '' : toLabelSelector(query).toString();
}

/**
 * Reports whether the selector of an object (`spec.selector`) selects these labels. By the API's convention an absent selector selects
 * nothing and an empty one selects everything.
 */
export function matchesLabelSelector(
  selector: DeepReadonly<LabelSelector> | null | undefined,
  labels: Labels | undefined,
): boolean {
  return selector !== undefined && selector !== null && fromLabelSelector(selector).matches(labels);
}

function isLabelSelector(query: Labels | DeepReadonly<LabelSelector>): query is DeepReadonly<LabelSelector> {
  const isPart = (key: string, value: unknown) =>
    (key === 'matchLabels' || key === 'matchExpressions') && typeof value !== 'string';
  return Object.entries(query).some(([key, value]) => isPart(key, value));
}

function fromLabels(query: Labels): ParsedLabelSelector {
  const requirements = Object.entries(query).map(([key, value]) => {
    // Leaving out a label whose value is missing would select far more than was meant.
    if (typeof value !== 'string') throw fault(`the value of label '${key}' must be a string`);
    return labelRequirement(key, '=', [value]);
  });
  return new ParsedLabelSelector(requirements);
}

function fromLabelSelector(selector: DeepReadonly<LabelSelector>): ParsedLabelSelector {
  for (const key of Object.keys(selector)) {
    if (key !== 'matchLabels' && key !== 'matchExpressions') throw fault(`a label selector has no field '${key}'`);
  }
  const expressions = (selector.matchExpressions ?? []).map(fromExpression);
  return new ParsedLabelSelector([...fromLabels(selector.matchLabels ?? {}).requirements, ...expressions]);
}

function fromExpression({ key, operator, values = [] }: DeepReadonly<LabelSelectorRequirement>): LabelRequirement {
  switch (operator) {
    case 'In':
      return labelRequirement(key, 'in', values);
    case 'NotIn':
      return labelRequirement(key, 'notin', values);
    case 'Exists':
      return labelRequirement(key, 'exists', values);
    case 'DoesNotExist':
      return labelRequirement(key, '!', values);
    default:
      throw fault(`"${operator}" is not a valid label selector operator`);
  }
}

function fault(message: string): FormatError {
  return new FormatError('label selector', message);
}
