import { type Amounts, amountsOf, type QuantityList } from '../../resources/amounts.js';
import type { NodeInfo } from '../node-info.js';
import { maxScore, type Plugin } from '../plugin.js';
import type { PodInfo } from '../pod-info.js';
import type { Rejection } from '../rejection.js';

const name = 'NodeResourcesFit';

/** Keeps pods off nodes that do not have what the pods request, and prefers nodes of which less is requested. */
export const nodeResourcesFit: Plugin = {
  name,
  filter: (pod) => ({ check: (node) => insufficient(pod, node) }),
  scorer: ({ assumed }) => ({
    score({ allocatable, assumedCpu, assumedMemory }) {
      const cpu = freeShare(assumedCpu + assumed.cpu, allocatable.cpu ?? 0);
      const memory = freeShare(assumedMemory + assumed.memory, allocatable.memory ?? 0);
      // A resource that the node does not have does not count.
      if (cpu < 0 || memory < 0) return Math.max(0, cpu, memory);
      return Math.floor((cpu + memory) / 2);
    },
  }),
  mayHelp(event, pod) {
    switch (event.type) {
      case 'NodeAdd':
        return fits(pod, amountsOf(event.node.status?.allocatable));
      case 'NodeUpdate':
        return allocatableHelps(pod, event.node.status?.allocatable, event.old.status?.allocatable);
      case 'AssignedPodDelete':
        return true;
      case 'AssignedPodUpdate':
        return pod.requests.some(([resource]) => requestOf(event.pod, resource) < requestOf(event.old, resource));
      default:
        return event.type === 'UnscheduledPodUpdate';
    }
  },
};

function insufficient(pod: PodInfo, { allocatable, requested, pods }: NodeInfo): Rejection | undefined {
  let reasons: string[] | undefined;
  let resolvable = true;
  if (pods.size + 1 > (allocatable.pods ?? 0)) reasons = ['Too many pods'];
  for (const [resource, amount] of pod.requests) {
    const capacity = allocatable[resource] ?? 0;
    if (amount <= capacity - (requested[resource] ?? 0)) continue;
    reasons ??= [];
    reasons.push(`Insufficient ${resource}`);
    if (amount > capacity) resolvable = false;
  }
  return reasons === undefined ? undefined : { plugin: name, reasons, resolvable };
}

/** Returns the free share of a resource in percent, or -1 if the node has none of it. */
function freeShare(used: number, capacity: number): number {
  if (capacity === 0) return -1;
  return used > capacity ? 0 : Math.floor(((capacity - used) * maxScore) / capacity);
}

function fits(pod: PodInfo, allocatable: Amounts): boolean {
  return (
    (allocatable.pods ?? 0) >= 1 && pod.requests.every(([resource, amount]) => amount <= (allocatable[resource] ?? 0))
  );
}

function allocatableHelps(pod: PodInfo, now: QuantityList | undefined, before: QuantityList | undefined): boolean {
  const [after, old] = [amountsOf(now), amountsOf(before)];
  if (!fits(pod, after)) return false;
  const grew = (resource: string) => (after[resource] ?? 0) > (old[resource] ?? 0);
  return grew('pods') || pod.requests.some(([resource]) => grew(resource));
}

function requestOf({ requests }: PodInfo, resource: string): number {
  return requests.find(([name]) => name === resource)?.[1] ?? 0;
}
