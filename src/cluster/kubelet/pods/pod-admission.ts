import type { Node, Pod } from '../../../../generated/core/v1.js';
import type { DeepReadonly } from '../../../meta/index.js';
import { addAmounts, amountsOf } from '../../resources/amounts.js';
import { podRequests } from '../../resources/pod-requests.js';
import { conflicts, type HostPort, hostPortsOf } from '../../scheduler/host-ports.js';
import { matchesRequiredAffinity } from '../../scheduler/node-selector.js';
import { nodeAffinityOf } from '../../scheduler/pod-info.js';
import { untoleratedTaint } from '../../scheduler/tolerations.js';

const osLabel = 'kubernetes.io/os';

/** The reason why a pod cannot run on a node. */
export interface Rejection {
  readonly reason: string;
  readonly message: string;
}

/** A node as its kubelet checks pods against it. */
export type AdmittingNode = DeepReadonly<Pick<Node, 'metadata' | 'spec' | 'status'>>;

/**
 * Checks whether a pod may run beside the others on a node that it was bound to, by whomever. Returns the first objection, in the order
 * of the kubelet's predicates, or undefined.
 */
export function admitPod(
  pod: DeepReadonly<Pod>,
  others: readonly DeepReadonly<Pod>[],
  node: AdmittingNode,
): Rejection | undefined {
  return otherSystem(pod, node) ?? outOfResources(pod, others, node) ?? misplaced(pod, others, node);
}

function otherSystem({ metadata, spec }: DeepReadonly<Pod>, node: AdmittingNode): Rejection | undefined {
  const os = node.metadata?.labels?.[osLabel];
  const wanted = metadata?.labels?.[osLabel];
  if (wanted !== undefined && os !== undefined && wanted !== os) {
    const message = "Failed to admit pod as the `kubernetes.io/os` label doesn't match node label";
    return { reason: 'PodOSSelectorNodeLabelDoesNotMatch', message };
  }
  if (spec?.os?.name !== undefined && os !== undefined && spec.os.name !== os)
    return { reason: 'PodOSNotSupported', message: "Failed to admit pod as the OS field doesn't match node OS" };
  const strict = spec?.securityContext?.supplementalGroupsPolicy === 'Strict';
  if (!strict || node.status?.features?.supplementalGroupsPolicy === true) return undefined;
  const message = 'SupplementalGroupsPolicy=Strict is not supported in this node';
  return { reason: 'SupplementalGroupsPolicyNotSupported', message };
}

function outOfResources(
  pod: DeepReadonly<Pod>,
  others: readonly DeepReadonly<Pod>[],
  node: AdmittingNode,
): Rejection | undefined {
  const used = { pods: others.length };
  for (const other of others) addAmounts(used, podRequests(other));
  return outOf({ pods: 1, ...podRequests(pod) }, used, amountsOf(node.status?.allocatable));
}

/** Checks what the scheduler checks, for pods that it did not place. */
function misplaced(
  { spec }: DeepReadonly<Pod>,
  others: readonly DeepReadonly<Pod>[],
  node: AdmittingNode,
): Rejection | undefined {
  const { name = '', labels = {} } = node.metadata ?? {};
  const rules = nodeAffinityOf(spec);
  if (rules !== undefined && !matchesRequiredAffinity(rules, { name, labels }))
    return failedPredicate('NodeAffinity', "node(s) didn't match Pod's node affinity/selector");
  if (spec?.nodeName !== undefined && name !== '' && spec.nodeName !== name)
    return failedPredicate('NodeName', "node(s) didn't match the requested node name");
  const taken = others.flatMap((other) => portsOf(other.spec));
  if (portsOf(spec).some((port) => taken.some((other) => conflicts(port, other))))
    return failedPredicate('NodePorts', "node(s) didn't have free ports for the requested pod ports");
  const evicting = (node.spec?.taints ?? []).filter(({ effect }) => effect === 'NoExecute');
  return untoleratedTaint(evicting, spec?.tolerations ?? []) === undefined
    ? undefined
    : failedPredicate('TaintToleration', "node(s) had taints that the pod didn't tolerate");
}

function portsOf(spec: DeepReadonly<Pod>['spec']): HostPort[] {
  const sidecars = (spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  return hostPortsOf([...(spec?.containers ?? []), ...sidecars]);
}

function failedPredicate(reason: string, why: string): Rejection {
  return { reason, message: `Predicate ${reason} failed: ${why}` };
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
