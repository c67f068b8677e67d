import type {
  Node,
  NodeSelectorTerm,
  Pod,
  PodAffinityTerm,
  Taint,
  TopologySpreadConstraint,
} from '../../../generated/core/v1.js';
import { matchesLabelSelector, parseQuantity } from '../../../src/meta/index.js';

/** A cluster as plain lists. The naive scheduler computes everything from them anew for each question. */
export interface NaiveCluster {
  readonly nodes: readonly Node[];
  /** All pods that have `spec.nodeName`. */
  readonly pods: readonly Pod[];
}

const labelsOf = (object: Node | Pod) => object.metadata?.labels ?? {};
const podsOn = (cluster: NaiveCluster, node: Node) =>
  cluster.pods.filter((pod) => pod.spec?.nodeName === node.metadata?.name);
const cpu = (pod: Pod) => sum((pod.spec?.containers ?? []).map((one) => milli(one.resources?.requests?.cpu)));
const milli = (quantity: string | number | undefined) =>
  quantity === undefined ? 0 : Number(parseQuantity(quantity).milliValue());
const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);
const used = (cluster: NaiveCluster, node: Node) => sum(podsOn(cluster, node).map(cpu));

/** Tells whether a pod may run on a node: the rules one after the other, from the documentation. */
export function naiveFits(cluster: NaiveCluster, pod: Pod, node: Node): boolean {
  return (
    (cpu(pod) === 0 || milli(node.status?.allocatable?.cpu) - used(cluster, node) >= cpu(pod)) &&
    podsOn(cluster, node).length < milli(node.status?.allocatable?.pods) / 1000 &&
    (!node.spec?.unschedulable ||
      isTolerated(pod, { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' })) &&
    (node.spec?.taints ?? []).every((taint) => taint.effect === 'PreferNoSchedule' || isTolerated(pod, taint)) &&
    selects(pod, node) &&
    hostPortsFree(cluster, pod, node) &&
    spreads(cluster, pod, node) &&
    affinityHolds(cluster, pod, node)
  );
}

function isTolerated(pod: Pod, taint: Taint): boolean {
  return (pod.spec?.tolerations ?? []).some(
    ({ key, value, operator, effect }) =>
      (key === undefined || key === taint.key) &&
      (effect === undefined || effect === taint.effect) &&
      (operator === 'Exists' || (value ?? '') === (taint.value ?? '')),
  );
}

function selects(pod: Pod, node: Node): boolean {
  const selector = Object.entries(pod.spec?.nodeSelector ?? {});
  const terms = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  return (
    selector.every(([key, value]) => labelsOf(node)[key] === value) &&
    (terms === undefined || terms.some((term) => termHolds(term, node)))
  );
}

function termHolds({ matchExpressions = [] }: NodeSelectorTerm, node: Node): boolean {
  return matchExpressions.every(({ key, operator, values = [] }) => {
    const value = labelsOf(node)[key];
    if (operator === 'Exists') return value !== undefined;
    if (operator === 'DoesNotExist') return value === undefined;
    const isIn = value !== undefined && values.includes(value);
    return operator === 'In' ? isIn : !isIn;
  });
}

const hostPorts = (pod: Pod) =>
  (pod.spec?.containers ?? []).flatMap(({ ports = [] }) => ports.map(({ hostPort }) => hostPort));

function hostPortsFree(cluster: NaiveCluster, pod: Pod, node: Node): boolean {
  const taken = podsOn(cluster, node).flatMap(hostPorts);
  return hostPorts(pod).every((port) => !taken.includes(port));
}

function spreads(cluster: NaiveCluster, pod: Pod, node: Node): boolean {
  const constraints = (pod.spec?.topologySpreadConstraints ?? []).filter(
    (one) => one.whenUnsatisfiable === 'DoNotSchedule',
  );
  const counted = cluster.nodes.filter(
    (one) => selects(pod, one) && constraints.every(({ topologyKey }) => labelsOf(one)[topologyKey] !== undefined),
  );
  return constraints.every((constraint) => {
    const domain = labelsOf(node)[constraint.topologyKey];
    if (domain === undefined) return false;
    const counts = new Map<string, number>();
    for (const one of counted) {
      const key = labelsOf(one)[constraint.topologyKey] ?? '';
      counts.set(
        key,
        (counts.get(key) ?? 0) + podsOn(cluster, one).filter((other) => isSelected(constraint, other)).length,
      );
    }
    const least = counts.size < (constraint.minDomains ?? 1) ? 0 : Math.min(...counts.values());
    return (counts.get(domain) ?? 0) + (isSelected(constraint, pod) ? 1 : 0) - least <= constraint.maxSkew;
  });
}

function isSelected({ labelSelector }: TopologySpreadConstraint | PodAffinityTerm, pod: Pod): boolean {
  return labelSelector !== undefined && matchesLabelSelector(labelSelector, labelsOf(pod));
}

function affinityHolds(cluster: NaiveCluster, pod: Pod, node: Node): boolean {
  const { podAffinity, podAntiAffinity } = pod.spec?.affinity ?? {};
  const wanted = podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  const avoided = podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  const near = (term: PodAffinityTerm, at: Node) =>
    cluster.pods.filter((other) => {
      const home = cluster.nodes.find((one) => one.metadata?.name === other.spec?.nodeName);
      const [a, b] = [labelsOf(at)[term.topologyKey], home && labelsOf(home)[term.topologyKey]];
      return a !== undefined && a === b;
    });
  const matchesAll = (other: Pod) => wanted.every((term) => isSelected(term, other));
  // A pod on a node that is in no domain of the terms does not count.
  const isCounted = (other: Pod) => {
    const home = cluster.nodes.find((one) => one.metadata?.name === other.spec?.nodeName);
    return home !== undefined && wanted.some(({ topologyKey }) => labelsOf(home)[topologyKey] !== undefined);
  };
  const isFirst = matchesAll(pod) && !cluster.pods.some((other) => matchesAll(other) && isCounted(other));
  return (
    wanted.every(
      (term) => labelsOf(node)[term.topologyKey] !== undefined && (isFirst || near(term, node).some(matchesAll)),
    ) &&
    avoided.every((term) => !near(term, node).some((other) => isSelected(term, other))) &&
    cluster.pods.every((other) =>
      (other.spec?.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).every(
        (term) => !isSelected(term, pod) || !near(term, node).includes(other),
      ),
    )
  );
}

/** Scores the nodes that fit, with the weights of kube-scheduler. */
export function naiveScores(cluster: NaiveCluster, pod: Pod, nodes: readonly Node[]): number[] {
  const parts = [
    byMaximum(
      nodes.map((node) => untoleratedPreferences(pod, node)),
      true,
    ).map((one) => 3 * one),
    byMaximum(
      nodes.map((node) => preferredTerms(pod, node)),
      false,
    ).map((one) => 2 * one),
    nodes.map((node) => leastAllocated(cluster, pod, node)),
    podPreferences(cluster, pod, nodes).map((one) => 2 * one),
    softSpread(cluster, pod, nodes).map((one) => 2 * one),
  ];
  return nodes.map((_, index) => sum(parts.map((part) => part[index] ?? 0)));
}

function byMaximum(scores: readonly number[], reverse: boolean): number[] {
  const most = Math.max(0, ...scores);
  return scores.map((score) => {
    const share = most === 0 ? 0 : Math.floor((100 * score) / most);
    return reverse ? 100 - share : share;
  });
}

function untoleratedPreferences(pod: Pod, node: Node): number {
  return (node.spec?.taints ?? []).filter((taint) => taint.effect === 'PreferNoSchedule' && !isTolerated(pod, taint))
    .length;
}

function preferredTerms(pod: Pod, node: Node): number {
  const terms = pod.spec?.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  return sum(terms.map(({ weight, preference }) => (termHolds(preference, node) ? weight : 0)));
}

/** CPU counts 100m for a container without a request, and memory 200 MiB, of which nodes have 8 GiB. */
function leastAllocated(cluster: NaiveCluster, pod: Pod, node: Node): number {
  const pods = [...podsOn(cluster, node), pod];
  const containers = pods.flatMap((one) => one.spec?.containers ?? []);
  const cpus = sum(
    containers.map((one) => (one.resources?.requests?.cpu === undefined ? 100 : milli(one.resources.requests.cpu))),
  );
  const memory = containers.length * 200 * 2 ** 20;
  const share = (use: number, all: number) => (use > all ? 0 : Math.floor(((all - use) * 100) / all));
  return Math.floor((share(cpus, milli(node.status?.allocatable?.cpu)) + share(memory, 8 * 2 ** 30)) / 2);
}

function podPreferences(cluster: NaiveCluster, pod: Pod, nodes: readonly Node[]): number[] {
  const raw = nodes.map((node) => {
    let score = 0;
    for (const other of cluster.pods) {
      const home = cluster.nodes.find((one) => one.metadata?.name === other.spec?.nodeName);
      const add = (term: PodAffinityTerm, of: Pod, weight: number) => {
        const domain = labelsOf(node)[term.topologyKey];
        if (
          domain !== undefined &&
          home !== undefined &&
          labelsOf(home)[term.topologyKey] === domain &&
          isSelected(term, of)
        )
          score += weight;
      };
      for (const [owner, target] of [
        [pod, other],
        [other, pod],
      ] as const) {
        const { podAffinity, podAntiAffinity } = owner.spec?.affinity ?? {};
        for (const { weight, podAffinityTerm } of podAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [])
          add(podAffinityTerm, target, weight);
        for (const { weight, podAffinityTerm } of podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ??
          [])
          add(podAffinityTerm, target, -weight);
      }
      for (const term of other.spec?.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [])
        add(term, pod, 1);
    }
    return score;
  });
  const [least, most] = [Math.min(...raw), Math.max(...raw)];
  return raw.map((score) => (most > least ? Math.trunc((100 * (score - least)) / (most - least)) : 0));
}

function softSpread(cluster: NaiveCluster, pod: Pod, nodes: readonly Node[]): number[] {
  const constraints = (pod.spec?.topologySpreadConstraints ?? []).filter(
    (one) => one.whenUnsatisfiable === 'ScheduleAnyway',
  );
  if (constraints.length === 0) return nodes.map(() => 0);
  const has = (node: Node) => constraints.every(({ topologyKey }) => labelsOf(node)[topologyKey] !== undefined);
  const raw = nodes.map((node) => {
    if (!has(node)) return undefined;
    const parts = constraints.map((constraint) => {
      const key = constraint.topologyKey;
      const isHost = key === 'kubernetes.io/hostname';
      const size = isHost ? nodes.filter(has).length : new Set(nodes.filter(has).map((one) => labelsOf(one)[key])).size;
      const domain = cluster.nodes.filter(
        (one) => has(one) && (isHost || selects(pod, one)) && labelsOf(one)[key] === labelsOf(node)[key],
      );
      const count = sum(
        domain.map((one) => podsOn(cluster, one).filter((other) => isSelected(constraint, other)).length),
      );
      return count * Math.log(size + 2) + constraint.maxSkew - 1;
    });
    return Math.round(sum(parts));
  });
  const known = raw.filter((score) => score !== undefined);
  const [least, most] = [Math.min(...known), Math.max(0, ...known)];
  return raw.map((score) => {
    if (score === undefined) return 0;
    return most === 0 ? 100 : Math.trunc((100 * (most + least - score)) / most);
  });
}
