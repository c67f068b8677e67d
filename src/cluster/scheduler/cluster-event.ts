import { deepEqual } from '../../meta/index.js';
import type { NodeObject } from '../objects.js';
import type { PodInfo } from './pod-info.js';

/**
 * A change in the cluster after which a pod that could not be scheduled may fit. Each plugin that rejected the pod is asked whether
 * the event may change its mind.
 */
export type ClusterEvent =
  | { readonly type: 'NodeAdd'; readonly node: NodeObject }
  | { readonly type: 'NodeUpdate'; readonly node: NodeObject; readonly old: NodeObject }
  | { readonly type: 'AssignedPodAdd'; readonly pod: PodInfo }
  | { readonly type: 'AssignedPodUpdate'; readonly pod: PodInfo; readonly old: PodInfo }
  | { readonly type: 'AssignedPodDelete'; readonly pod: PodInfo }
  /** The waiting pod itself has changed. */
  | { readonly type: 'UnscheduledPodUpdate'; readonly pod: PodInfo; readonly old: PodInfo }
  | { readonly type: 'NamespaceUpdate' }
  | { readonly type: 'VolumeChange' }
  /** The pod has waited for so long that it is tried whatever happened. */
  | { readonly type: 'UnschedulableTimeout' };

/** Tells whether what changed in a node can matter to a decision: its heartbeats alone do not. */
export function isNodeChange(node: NodeObject, old: NodeObject): boolean {
  return (
    !deepEqual(node.spec, old.spec) ||
    !deepEqual(node.metadata.labels, old.metadata.labels) ||
    !deepEqual(node.status?.allocatable, old.status?.allocatable) ||
    !deepEqual(node.status?.images, old.status?.images)
  );
}
