import { InvalidRequestError } from '../../errors/index.js';
import { isObject } from '../../util/json-value.js';
import type { Stage } from './stage.js';

/** The fields that are understood, each with the fields below it; `true` for a value of any form, `[…]` for a list. */
type Known = true | readonly [Known] | { readonly [field: string]: Known };

const event: Known = { type: true, reason: true, message: true };
const finalizers: Known = { add: true, remove: true, empty: true };
const patch: Known = { subresource: true, root: true, template: true, type: true };
const valueFrom: Known = { expressionFrom: true, jq: { expression: true } };

const spec: Known = {
  resourceRef: { apiGroup: true, kind: true },
  selector: {
    matchLabels: true,
    matchAnnotations: true,
    matchExpressions: [{ key: true, operator: true, values: true, jq: { key: true, operator: true, values: true } }],
  },
  weight: true,
  weightFrom: valueFrom,
  delay: {
    durationMilliseconds: true,
    durationFrom: valueFrom,
    jitterDurationMilliseconds: true,
    jitterDurationFrom: valueFrom,
  },
  next: { event, finalizers, patches: [patch], statusTemplate: true, statusSubresource: true, delete: true },
  steps: [{ event, finalizers, patch, delete: true }],
  immediateNextStage: true,
};

/** Takes a parsed document for a Stage. Throws an `InvalidRequestError` for fields that would have no effect. */
export function stageOf(document: unknown): Stage {
  if (!isObject(document) || document.kind !== 'Stage' || document.apiVersion !== 'kwok.x-k8s.io/v1alpha1') {
    throw new InvalidRequestError('cannot use a document as a stage: it is not a Stage of kwok.x-k8s.io/v1alpha1');
  }
  const name = isObject(document.metadata) && typeof document.metadata.name === 'string' ? document.metadata.name : '';
  const problem = !isObject(document.spec) ? 'it has no spec' : problemIn(document.spec, spec, 'spec');
  if (problem !== undefined) throw new InvalidRequestError(`cannot use the stage ${name}: ${problem}`);
  // The decode boundary: the fields were checked above.
  return document as unknown as Stage;
}

function problemIn(value: unknown, known: Known, path: string): string | undefined {
  if (known === true || value === undefined || value === null) return undefined;
  if (isList(known)) {
    if (!Array.isArray(value)) return `${path} is not a list`;
    return value.map((one, index) => problemIn(one, known[0], `${path}[${index}]`)).find((one) => one !== undefined);
  }
  if (!isObject(value)) return `${path} is not an object`;
  for (const [field, one] of Object.entries(value)) {
    const below = Object.hasOwn(known, field) ? known[field] : undefined;
    if (below === undefined) return `${path}.${field} is not supported`;
    const problem = problemIn(one, below, `${path}.${field}`);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function isList(known: Known): known is readonly [Known] {
  return Array.isArray(known);
}
