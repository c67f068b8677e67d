import { parseTime } from '../../../meta/index.js';
import { compareText } from '../../../util/compare.js';
import { timeOf } from '../base/time-of.js';
import { type CachedPod, isPodReady, readyCondition } from './pod-state.js';

const COST = 'controller.kubernetes.io/pod-deletion-cost';
const PHASES = ['Pending', 'Unknown', 'Running'];

/** A pod with everything that decides when it is deleted. */
interface Ranked {
  readonly pod: CachedPod;
  readonly assigned: boolean;
  readonly phase: number;
  readonly ready: boolean;
  readonly cost: number;
  /** The number of related pods on the same node. */
  readonly crowd: number;
  readonly readyAge: number;
  readonly restarts: readonly [number, number];
  readonly age: number;
}

/**
 * Returns the pods in the order in which a scale-down deletes them: unassigned, pending and unready pods first, then those with the
 * lowest deletion cost, on the most crowded nodes, ready for the shortest time, with the most restarts, and the youngest.
 *
 * Ages count by powers of two, and pods of one age class are ordered by uid, so that old pods are not always the survivors.
 */
export function inDeletionOrder(
  pods: readonly CachedPod[],
  crowdOn: (node: string) => number,
  now: number,
): CachedPod[] {
  return pods
    .map((pod) => rank(pod, crowdOn, now))
    .sort(compare)
    .map(({ pod }) => pod);
}

function rank(pod: CachedPod, crowdOn: (node: string) => number, now: number): Ranked {
  const node = pod.spec?.nodeName ?? '';
  const ready = isPodReady(pod);
  const since = timeOf(readyCondition(pod)?.lastTransitionTime);
  return {
    pod,
    assigned: node !== '',
    phase: Math.max(0, PHASES.indexOf(pod.status?.phase ?? 'Pending')),
    ready,
    cost: deletionCost(pod.metadata.annotations?.[COST]),
    crowd: crowdOn(node),
    readyAge: ready && since !== undefined ? ageClass(now - since) : 0,
    restarts: mostRestarts(pod),
    age: ageClass(now - parseTime(pod.metadata.creationTimestamp)),
  };
}

function compare(a: Ranked, b: Ranked): number {
  return (
    Number(a.assigned) - Number(b.assigned) ||
    a.phase - b.phase ||
    Number(a.ready) - Number(b.ready) ||
    a.cost - b.cost ||
    b.crowd - a.crowd ||
    a.readyAge - b.readyAge ||
    b.restarts[0] - a.restarts[0] ||
    b.restarts[1] - a.restarts[1] ||
    a.age - b.age ||
    compareText(a.pod.metadata.uid, b.pod.metadata.uid)
  );
}

function deletionCost(text: string | undefined): number {
  return text !== undefined && /^-?(0|[1-9]\d{0,9})$/.test(text) ? Number(text) : 0;
}

/** Returns the class of an age in milliseconds: pods of one class differ by less than a factor of two. */
function ageClass(ms: number): number {
  return ms > 0 ? Math.floor(Math.log2(ms * 1_000_000)) : -1;
}

/** Returns the most restarts of a container, and those of a sidecar. */
function mostRestarts(pod: CachedPod): [number, number] {
  const most = (counts: readonly number[]) => counts.reduce((a, b) => Math.max(a, b), 0);
  const sidecars = new Set(
    pod.spec?.initContainers?.filter(({ restartPolicy }) => restartPolicy === 'Always').map(({ name }) => name),
  );
  return [
    most((pod.status?.containerStatuses ?? []).map(({ restartCount }) => restartCount)),
    most(
      (pod.status?.initContainerStatuses ?? [])
        .filter(({ name }) => sidecars.has(name))
        .map(({ restartCount }) => restartCount),
    ),
  ];
}
