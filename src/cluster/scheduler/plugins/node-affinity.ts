import type { NodeSelectorTerm } from '../../../../generated/core/v1.js';
import type { DeepReadonly } from '../../../meta/index.js';
import type { NodeObject } from '../../objects.js';
import { matchesRequiredAffinity, matchesTerm } from '../node-selector.js';
import { normalizeByMaximum, type Plugin } from '../plugin.js';
import { unresolvable } from '../rejection.js';

const name = 'NodeAffinity';

/** Keeps pods to the nodes that their node selector and node affinity ask for, and adds up the weights of preferences. */
export const nodeAffinity: Plugin = {
  name,
  weight: 2,
  filter({ nodeAffinity: rules }) {
    if (rules === undefined) return undefined;
    const nodeNames = namesIn(rules.required);
    if (nodeNames?.size === 0) return unresolvable(name, 'pod affinity terms conflict');
    return {
      nodeNames,
      check: (node) =>
        matchesRequiredAffinity(rules, node)
          ? undefined
          : unresolvable(name, "node(s) didn't match Pod's node affinity/selector"),
    };
  },
  scorer({ nodeAffinity: rules }) {
    const preferred = rules?.preferred.filter(({ weight }) => weight !== 0) ?? [];
    if (preferred.length === 0) return undefined;
    return {
      score: (node) =>
        preferred.reduce((sum, { weight, preference }) => sum + (matchesTerm(preference, node) ? weight : 0), 0),
      normalize: (scores) => normalizeByMaximum(scores, false),
    };
  },
  mayHelp(event, { nodeAffinity: rules }) {
    const matches = ({ metadata }: NodeObject) =>
      rules === undefined || matchesRequiredAffinity(rules, { name: metadata.name, labels: metadata.labels ?? {} });
    if (event.type === 'NodeAdd') return matches(event.node);
    if (event.type === 'NodeUpdate') return matches(event.node) && !matches(event.old);
    return event.type === 'UnscheduledPodUpdate';
  },
};

/** Returns the nodes that terms name. Undefined if one term names none, as the other nodes come into question too. */
function namesIn(terms: readonly DeepReadonly<NodeSelectorTerm>[] | undefined): Set<string> | undefined {
  if (terms === undefined || terms.length === 0) return undefined;
  const names = new Set<string>();
  for (const { matchFields = [] } of terms) {
    const lists = matchFields.flatMap(({ key, operator, values = [] }) =>
      key === 'metadata.name' && operator === 'In' ? [values] : [],
    );
    const [first, ...others] = lists;
    if (first === undefined) return undefined;
    for (const one of first) if (others.every((list) => list.includes(one))) names.add(one);
  }
  return names;
}
