import type { NodeSelectorRequirement, NodeSelectorTerm } from '../../../generated/core/v1.js';
import type { DeepReadonly, Labels } from '../../meta/index.js';
import type { NodeAffinityRules } from './pod-info.js';

/** A node as far as selectors look at it. */
export interface LabelledNode {
  readonly name: string;
  readonly labels: Labels;
}

/** Tells whether a node satisfies the node selector and the required node affinity of a pod. */
export function matchesRequiredAffinity(rules: NodeAffinityRules, node: LabelledNode): boolean {
  for (const key in rules.nodeSelector) {
    if (!Object.hasOwn(node.labels, key) || node.labels[key] !== rules.nodeSelector[key]) return false;
  }
  return rules.required === undefined || rules.required.some((term) => matchesTerm(term, node));
}

/** Tells whether a node satisfies a term. An empty term matches no node. */
export function matchesTerm(term: DeepReadonly<NodeSelectorTerm>, node: LabelledNode): boolean {
  const { matchExpressions = [], matchFields = [] } = term;
  if (matchExpressions.length === 0 && matchFields.length === 0) return false;
  return (
    matchExpressions.every((one) => matchesRequirement(one, labelValue(node.labels, one.key))) &&
    matchFields.every((one) => matchesField(one, node))
  );
}

/** Returns the value of a label, or undefined if the object does not have the label. */
export function labelValue(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}

function matchesField(requirement: DeepReadonly<NodeSelectorRequirement>, { name }: LabelledNode): boolean {
  const { key, operator, values = [] } = requirement;
  if (values.length !== 1 || (operator !== 'In' && operator !== 'NotIn')) return false;
  const value = key === 'metadata.name' ? name : '';
  return (value === values[0]) === (operator === 'In');
}

function matchesRequirement(
  { operator, values = [] }: DeepReadonly<NodeSelectorRequirement>,
  value: string | undefined,
): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return values.length > 0 && (value === undefined || !values.includes(value));
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
    case 'Lt': {
      const [actual, bound] = [integer(value), integer(values[0])];
      if (actual === undefined || bound === undefined || values.length !== 1) return false;
      return operator === 'Gt' ? actual > bound : actual < bound;
    }
    default:
      return false;
  }
}

function integer(text: string | undefined): bigint | undefined {
  return text !== undefined && /^[+-]?\d+$/.test(text) ? BigInt(text) : undefined;
}
