import type { ClusterEvent } from './cluster-event.js';
import type { ClusterState } from './cluster-state.js';
import type { NodeInfo } from './node-info.js';
import type { PodInfo } from './pod-info.js';
import type { Rejection } from './rejection.js';

/** The highest score of a node. */
export const maxScore = 100;

/** A filter prepared for one pod: says of each node whether the pod can run there. */
export interface NodeFilter {
  /** The only nodes that come into question. Undefined: all. */
  readonly nodeNames?: ReadonlySet<string> | undefined;
  /** Returns why the pod cannot run on the node, or undefined if it can. */
  check(node: NodeInfo): Rejection | undefined;
  /** Takes into account that a pod came to a node (`by` is 1) or went from it (-1). */
  shift?(pod: PodInfo, node: NodeInfo, by: 1 | -1): void;
  /** Returns a copy that `shift` may change. A filter without `shift` is its own copy. */
  clone?(): NodeFilter;
}

/** A scorer prepared for one pod. */
export interface NodeScorer {
  /** Returns a number for the node. Without `normalize`, it is the score, from 0 to 100. */
  score(node: NodeInfo): number;
  /** Brings the numbers of all nodes into the range from 0 to 100, in place. */
  normalize?(scores: number[], nodes: readonly NodeInfo[]): void;
}

/** A rule of scheduling. Its name is that of kube-scheduler's plugin, which events, metrics and configurations use. */
export interface Plugin {
  readonly name: string;
  /**
   * Prepares the filter for a pod. Returns undefined if all nodes pass, and a rejection if none can.
   */
  filter?(pod: PodInfo, cluster: ClusterState): NodeFilter | Rejection | undefined;
  /** Prepares the scorer for a pod and the nodes it fits on. Returns undefined if the plugin prefers no node. */
  scorer?(pod: PodInfo, cluster: ClusterState, nodes: readonly NodeInfo[]): NodeScorer | undefined;
  /** The weight of the score. Default 1. */
  readonly weight?: number | undefined;
  /** Tells whether a pod that this plugin rejected may pass after the event. */
  mayHelp(event: ClusterEvent, pod: PodInfo): boolean;
}

/** Brings scores from 0 up into the range from 0 to 100 by their maximum; `reverse` if less is better. */
export function normalizeByMaximum(scores: number[], reverse: boolean): void {
  let most = 0;
  for (const score of scores) if (score > most) most = score;
  for (let i = 0; i < scores.length; i++) {
    const share = most === 0 ? 0 : Math.floor((maxScore * (scores[i] ?? 0)) / most);
    scores[i] = reverse ? maxScore - share : share;
  }
}

/** Tells whether a filter was refused as a whole. */
export function isRejection(filter: NodeFilter | Rejection): filter is Rejection {
  return 'reasons' in filter;
}
