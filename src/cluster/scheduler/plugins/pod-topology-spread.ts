import type { ParsedLabelSelector } from '../../../meta/index.js';
import type { ClusterState } from '../cluster-state.js';
import type { NodeInfo } from '../node-info.js';
import { labelValue } from '../node-selector.js';
import { maxScore, type NodeFilter, type NodeScorer, type Plugin } from '../plugin.js';
import type { PodInfo } from '../pod-info.js';
import { unresolvable, unschedulable } from '../rejection.js';
import { constraintsOf, hasTopologyKeys, includesNode, type SpreadConstraint } from '../spread-constraint.js';

const name = 'PodTopologySpread';
const hostname = 'kubernetes.io/hostname';
const mismatch = "node(s) didn't match pod topology spread constraints";

/** Returns the selector of the services and workloads that a pod belongs to. Undefined: it belongs to none. */
export type WorkloadSelector = (pod: PodInfo) => ParsedLabelSelector | undefined;

/**
 * Spreads pods over zones, nodes and other domains. Pods without constraints of their own are spread, where possible, by the
 * selector of the service or workload they belong to.
 */
export function podTopologySpread(workloadSelector: WorkloadSelector): Plugin {
  return {
    name,
    weight: 2,
    filter(pod, cluster) {
      const constraints = constraintsOf(pod, pod.spreadConstraints, 'DoNotSchedule');
      return constraints.length === 0
        ? undefined
        : new SpreadFilter(pod, constraints, domainCounts(pod, constraints, cluster));
    },
    scorer(pod, cluster, nodes) {
      const own = pod.spreadConstraints.length > 0;
      const constraints = own
        ? constraintsOf(pod, pod.spreadConstraints, 'ScheduleAnyway')
        : defaultConstraints(workloadSelector(pod));
      return constraints.length === 0 ? undefined : new SpreadScorer(pod, constraints, own, cluster, nodes);
    },
    mayHelp(event, pod) {
      if (event.type === 'AssignedPodAdd' || event.type === 'AssignedPodDelete' || event.type === 'AssignedPodUpdate') {
        return event.pod.namespace === pod.namespace;
      }
      return event.type === 'NodeAdd' || event.type === 'NodeUpdate' || event.type === 'UnscheduledPodUpdate';
    },
  };
}

function defaultConstraints(selector: ParsedLabelSelector | undefined): SpreadConstraint[] {
  if (selector === undefined) return [];
  const rest = { selector, minDomains: 1, honorsAffinity: true, honorsTaints: false };
  return [
    { ...rest, topologyKey: hostname, maxSkew: 3 },
    { ...rest, topologyKey: 'topology.kubernetes.io/zone', maxSkew: 5 },
  ];
}

/** Returns the selected pods on each node. An empty selector counts nothing, unlike elsewhere. */
function selected(pod: PodInfo, { selector }: SpreadConstraint, cluster: ClusterState): ReadonlyMap<string, number> {
  if (selector === undefined || selector.isEmpty) return new Map();
  return cluster.counts.byNode(pod.namespace, selector);
}

/** As `selected`, for the domains of the constraint. */
function selectedByDomain(pod: PodInfo, { selector, topologyKey }: SpreadConstraint, cluster: ClusterState) {
  if (selector === undefined || selector.isEmpty) return new Map<string, number>();
  return cluster.counts.byDomain(pod.namespace, selector, topologyKey);
}

/** Tells whether the pods of all nodes in a domain count. */
function countsAllNodes(pod: PodInfo, { honorsTaints }: SpreadConstraint): boolean {
  return !honorsTaints && pod.nodeAffinity === undefined;
}

/** Returns the number of selected pods in each domain, for each constraint. Domains without pods are in it. */
function domainCounts(pod: PodInfo, constraints: readonly SpreadConstraint[], cluster: ClusterState) {
  const counts = constraints.map((constraint) => selected(pod, constraint, cluster));
  const domains = constraints.map(() => new Map<string, number>());
  for (const node of cluster.nodes) {
    if (!hasTopologyKeys(node, constraints)) continue;
    for (const [index, constraint] of constraints.entries()) {
      const value = labelValue(node.labels, constraint.topologyKey);
      const domain = domains[index];
      if (value === undefined || domain === undefined || !includesNode(constraint, pod, node)) continue;
      domain.set(value, (domain.get(value) ?? 0) + (counts[index]?.get(node.name) ?? 0));
    }
  }
  return domains;
}

/** Rejects nodes on which a pod would make the domains differ by more than the constraints allow. */
class SpreadFilter implements NodeFilter {
  readonly #pod: PodInfo;
  readonly #constraints: readonly SpreadConstraint[];
  readonly #domains: readonly Map<string, number>[];
  readonly #least: number[];

  constructor(pod: PodInfo, constraints: readonly SpreadConstraint[], domains: readonly Map<string, number>[]) {
    this.#pod = pod;
    this.#constraints = constraints;
    this.#domains = domains;
    this.#least = domains.map(leastOf);
  }

  check({ labels }: NodeInfo) {
    for (const [index, constraint] of this.#constraints.entries()) {
      const value = labelValue(labels, constraint.topologyKey);
      if (value === undefined) return unresolvable(name, `${mismatch} (missing required label)`);
      const domain = this.#domains[index];
      const least = (domain?.size ?? 0) < constraint.minDomains ? 0 : (this.#least[index] ?? 0);
      const self = constraint.selector?.matches(this.#pod.labels) === true ? 1 : 0;
      if ((domain?.get(value) ?? 0) + self - least > constraint.maxSkew) return unschedulable(name, mismatch);
    }
    return undefined;
  }

  shift(pod: PodInfo, node: NodeInfo, by: 1 | -1): void {
    if (pod.namespace !== this.#pod.namespace || !hasTopologyKeys(node, this.#constraints)) return;
    for (const [index, constraint] of this.#constraints.entries()) {
      const value = labelValue(node.labels, constraint.topologyKey);
      const domain = this.#domains[index];
      if (value === undefined || domain === undefined || constraint.selector?.matches(pod.labels) !== true) continue;
      if (!includesNode(constraint, this.#pod, node)) continue;
      domain.set(value, (domain.get(value) ?? 0) + by);
      this.#least[index] = leastOf(domain);
    }
  }

  clone(): SpreadFilter {
    return new SpreadFilter(
      this.#pod,
      this.#constraints,
      this.#domains.map((domain) => new Map(domain)),
    );
  }
}

/** Returns the smallest count. Without any domain every skew is too small to matter. */
function leastOf(domain: ReadonlyMap<string, number>): number {
  let least = 2 ** 31 - 1;
  for (const count of domain.values()) if (count < least) least = count;
  return least;
}

/** Prefers nodes in domains with fewer pods. */
class SpreadScorer implements NodeScorer {
  readonly #constraints: readonly SpreadConstraint[];
  readonly #counts: readonly ReadonlyMap<string, number>[];
  readonly #domains: readonly Map<string, number>[];
  readonly #weights: readonly number[];
  readonly #ignored = new Set<NodeInfo>();

  constructor(
    pod: PodInfo,
    constraints: readonly SpreadConstraint[],
    needsAllKeys: boolean,
    cluster: ClusterState,
    nodes: readonly NodeInfo[],
  ) {
    this.#constraints = constraints;
    this.#counts = constraints.map((constraint) => selected(pod, constraint, cluster));
    this.#domains = constraints.map(() => new Map<string, number>());
    for (const node of nodes) {
      if (needsAllKeys && !hasTopologyKeys(node, constraints)) {
        this.#ignored.add(node);
        continue;
      }
      for (const [index, { topologyKey }] of constraints.entries()) {
        if (topologyKey !== hostname) this.#domains[index]?.set(labelValue(node.labels, topologyKey) ?? '', 0);
      }
    }
    // Smaller topologies count as much as larger ones.
    this.#weights = constraints.map(({ topologyKey }, index) => {
      const size = topologyKey === hostname ? nodes.length - this.#ignored.size : (this.#domains[index]?.size ?? 0);
      return Math.log(size + 2);
    });
    for (const [index, constraint] of constraints.entries()) {
      const domain = this.#domains[index];
      if (constraint.topologyKey === hostname || domain === undefined) continue;
      if (countsAllNodes(pod, constraint) && (!needsAllKeys || constraints.length === 1)) {
        for (const [value, count] of selectedByDomain(pod, constraint, cluster)) {
          if (domain.has(value)) domain.set(value, count);
        }
        continue;
      }
      for (const [name, count] of this.#counts[index] ?? []) {
        const node = cluster.node(name);
        if (node === undefined || (needsAllKeys && !hasTopologyKeys(node, constraints))) continue;
        const value = labelValue(node.labels, constraint.topologyKey) ?? '';
        const sum = domain.get(value);
        if (sum !== undefined && includesNode(constraint, pod, node)) domain.set(value, sum + count);
      }
    }
  }

  score(node: NodeInfo): number {
    if (this.#ignored.has(node)) return 0;
    let score = 0;
    for (const [index, { topologyKey, maxSkew }] of this.#constraints.entries()) {
      const value = labelValue(node.labels, topologyKey);
      if (value === undefined) continue;
      const count = topologyKey === hostname ? this.#counts[index]?.get(node.name) : this.#domains[index]?.get(value);
      score += (count ?? 0) * (this.#weights[index] ?? 0) + (maxSkew - 1);
    }
    return Math.round(score);
  }

  normalize(scores: number[], nodes: readonly NodeInfo[]): void {
    let [least, most] = [Number.POSITIVE_INFINITY, 0];
    for (const [index, score] of scores.entries()) {
      const node = nodes[index];
      if (node === undefined || this.#ignored.has(node)) continue;
      if (score < least) least = score;
      if (score > most) most = score;
    }
    for (const [index, score] of scores.entries()) {
      const node = nodes[index];
      if (node === undefined || this.#ignored.has(node)) scores[index] = 0;
      else scores[index] = most === 0 ? maxScore : Math.trunc((maxScore * (most + least - score)) / most);
    }
  }
}
