import type { TopologySpreadConstraint } from '../../../generated/core/v1.js';
import { type DeepReadonly, type ParsedLabelSelector, toLabelSelector } from '../../meta/index.js';
import { selectorOf } from './affinity-term.js';
import type { NodeInfo } from './node-info.js';
import { labelValue, matchesRequiredAffinity } from './node-selector.js';
import type { PodInfo } from './pod-info.js';
import { untoleratedTaint } from './tolerations.js';

/** A topology spread constraint, ready to be evaluated. */
export interface SpreadConstraint {
  readonly maxSkew: number;
  readonly topologyKey: string;
  /** Undefined: selects no pod. */
  readonly selector: ParsedLabelSelector | undefined;
  readonly minDomains: number;
  readonly honorsAffinity: boolean;
  readonly honorsTaints: boolean;
}

/** Parses the constraints of a pod that say so when they cannot be met. */
export function constraintsOf(
  pod: PodInfo,
  constraints: readonly DeepReadonly<TopologySpreadConstraint>[],
  whenUnsatisfiable: 'DoNotSchedule' | 'ScheduleAnyway',
): SpreadConstraint[] {
  return constraints
    .filter((constraint) => constraint.whenUnsatisfiable === whenUnsatisfiable)
    .map((constraint) => ({
      maxSkew: constraint.maxSkew,
      topologyKey: constraint.topologyKey,
      selector: withMatchLabels(selectorOf(constraint.labelSelector), pod, constraint.matchLabelKeys ?? []),
      minDomains: constraint.minDomains ?? 1,
      honorsAffinity: (constraint.nodeAffinityPolicy ?? 'Honor') === 'Honor',
      honorsTaints: (constraint.nodeTaintsPolicy ?? 'Ignore') === 'Honor',
    }));
}

function withMatchLabels(
  selector: ParsedLabelSelector | undefined,
  { labels }: PodInfo,
  keys: readonly string[],
): ParsedLabelSelector | undefined {
  const own = keys.flatMap((key) => {
    const value = labelValue(labels, key);
    return value === undefined ? [] : [[key, value] as const];
  });
  return own.length === 0 ? selector : selector?.and(toLabelSelector(Object.fromEntries(own)));
}

/** Tells whether the pods on a node count for a constraint of the pod. */
export function includesNode(constraint: SpreadConstraint, pod: PodInfo, node: NodeInfo): boolean {
  if (constraint.honorsAffinity && pod.nodeAffinity !== undefined && !matchesRequiredAffinity(pod.nodeAffinity, node)) {
    return false;
  }
  return !constraint.honorsTaints || untoleratedTaint(node.taints, pod.tolerations) === undefined;
}

/** Tells whether a node has the labels of all constraints. */
export function hasTopologyKeys({ labels }: NodeInfo, constraints: readonly SpreadConstraint[]): boolean {
  return constraints.every(({ topologyKey }) => labelValue(labels, topologyKey) !== undefined);
}
