import type { Node, Pod } from '../../../../generated/core/v1.js';
import type { DeepReadonly } from '../../../meta/index.js';
import { addAmounts, amountsOf } from '../../resources/amounts.js';
import { podRequests } from '../../resources/pod-requests.js';

/** The reason why a pod cannot run on a node. */
export interface Rejection {
  readonly reason: string;
  readonly message: string;
}

/** Checks whether a pod may run beside the others. Returns the first objection, or undefined. */
export function admitPod(
  pod: DeepReadonly<Pod>,
  others: readonly DeepReadonly<Pod>[],
  node: DeepReadonly<Pick<Node, 'metadata' | 'status'>>,
): Rejection | undefined {
  const labels = node.metadata?.labels ?? {};
  const os = labels['kubernetes.io/os'];
  if (pod.spec?.os?.name !== undefined && os !== undefined && pod.spec.os.name !== os) {
    return { reason: 'PodOSNotSupported', message: "Failed to admit pod as the OS field doesn't match node OS" };
  }
  for (const [key, value] of Object.entries(pod.spec?.nodeSelector ?? {})) {
    if (labels[key] === value) continue;
    const message = "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector";
    return { reason: 'NodeAffinity', message };
  }
  const capacity = amountsOf(node.status?.allocatable);
  const used = { pods: others.length };
  for (const other of others) addAmounts(used, podRequests(other));
  return outOf({ pods: 1, ...podRequests(pod) }, used, capacity);
}

function outOf(
  requested: Readonly<Record<string, number>>,
  used: Readonly<Record<string, number>>,
  capacity: Readonly<Record<string, number>>,
): Rejection | undefined {
  for (const [resource, amount] of Object.entries(requested)) {
    const has = capacity[resource];
    // Resources that the node does not have are the cluster's, such as those of a device plugin elsewhere.
    if (amount === 0 || has === undefined) continue;
    const before = used[resource] ?? 0;
    if (before + amount <= has) continue;
    return {
      reason: `OutOf${resource}`,
      message: `Node didn't have enough resource: ${resource}, requested: ${amount}, used: ${before}, capacity: ${has}`,
    };
  }
  return undefined;
}
