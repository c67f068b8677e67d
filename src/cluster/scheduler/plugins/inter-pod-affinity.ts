import type { AffinityTerm, NamespaceLabels } from '../affinity-term.js';
import type { ClusterState } from '../cluster-state.js';
import type { NodeInfo } from '../node-info.js';
import { labelValue } from '../node-selector.js';
import { maxScore, type NodeFilter, type Plugin } from '../plugin.js';
import type { PodInfo } from '../pod-info.js';
import { unresolvable, unschedulable } from '../rejection.js';
import { TopologySums } from '../topology-sums.js';

const name = 'InterPodAffinity';

/** Keeps pods near the pods they require and away from those they avoid, and off pods that avoid them. */
export const interPodAffinity: Plugin = {
  name,
  weight: 2,
  filter(pod, cluster) {
    const filter = AffinityFilter.of(pod, cluster);
    return filter.isEmpty ? undefined : filter;
  },
  scorer(pod, cluster) {
    const sums = preferences(pod, cluster);
    if (sums.size === 0) return undefined;
    return { score: ({ labels }) => sums.of(labels), normalize: normalizeByRange };
  },
  mayHelp(event, { terms }) {
    if (event.type === 'AssignedPodAdd') return (terms?.affinity.length ?? 0) > 0;
    return event.type !== 'VolumeChange';
  },
};

function matchesAll(terms: readonly AffinityTerm[], pod: PodInfo, labels: NamespaceLabels): boolean {
  return terms.length > 0 && terms.every((term) => term.matches(pod, labels));
}

/** The counts of pods in each domain that speak for or against a pod. */
class AffinityFilter implements NodeFilter {
  readonly #pod: PodInfo;
  readonly #namespaceLabels: NamespaceLabels;
  /** Pods that match all terms of required affinity. */
  readonly #wanted: TopologySums;
  /** Pods that match a term of required anti-affinity. */
  readonly #avoided: TopologySums;
  /** Pods whose own anti-affinity matches the pod. */
  readonly #avoiding: TopologySums;

  constructor(
    pod: PodInfo,
    namespaceLabels: NamespaceLabels,
    wanted = new TopologySums(),
    avoided = new TopologySums(),
    avoiding = new TopologySums(),
  ) {
    this.#pod = pod;
    this.#namespaceLabels = namespaceLabels;
    this.#wanted = wanted;
    this.#avoided = avoided;
    this.#avoiding = avoiding;
  }

  static of(pod: PodInfo, cluster: ClusterState): AffinityFilter {
    const filter = new AffinityFilter(pod, cluster.namespaceLabels);
    const { affinity = [], antiAffinity = [] } = pod.terms ?? {};
    if (affinity.length > 0 || antiAffinity.length > 0) {
      for (const node of cluster.nodes) for (const other of node.pods.values()) filter.#countIncoming(other, node, 1);
    }
    for (const node of cluster.nodesWithAntiAffinity) {
      if (!node.exists) continue;
      for (const other of node.podsWithAntiAffinity.values()) filter.#countExisting(other, node, 1);
    }
    return filter;
  }

  get isEmpty(): boolean {
    const { affinity = [], antiAffinity = [] } = this.#pod.terms ?? {};
    return affinity.length === 0 && antiAffinity.length === 0 && this.#avoiding.size === 0;
  }

  check({ labels }: NodeInfo) {
    if (!this.#satisfiesAffinity(labels)) return unresolvable(name, "node(s) didn't match pod affinity rules");
    for (const { topologyKey } of this.#pod.terms?.antiAffinity ?? []) {
      if (this.#avoided.at(topologyKey, labels) > 0) {
        return unschedulable(name, "node(s) didn't match pod anti-affinity rules");
      }
    }
    if (this.#avoiding.some(labels)) {
      return unschedulable(name, "node(s) didn't satisfy existing pods anti-affinity rules");
    }
    return undefined;
  }

  shift(pod: PodInfo, node: NodeInfo, by: 1 | -1): void {
    this.#countIncoming(pod, node, by);
    this.#countExisting(pod, node, by);
  }

  clone(): AffinityFilter {
    const [wanted, avoided, avoiding] = [this.#wanted.clone(), this.#avoided.clone(), this.#avoiding.clone()];
    return new AffinityFilter(this.#pod, this.#namespaceLabels, wanted, avoided, avoiding);
  }

  #satisfiesAffinity(labels: NodeInfo['labels']): boolean {
    const terms = this.#pod.terms?.affinity ?? [];
    if (terms.some(({ topologyKey }) => labelValue(labels, topologyKey) === undefined)) return false;
    if (terms.every(({ topologyKey }) => this.#wanted.at(topologyKey, labels) > 0)) return true;
    // The first pod of a group that wants to be together would wait for ever.
    return this.#wanted.size === 0 && matchesAll(terms, this.#pod, this.#namespaceLabels);
  }

  #countIncoming(other: PodInfo, { labels }: NodeInfo, by: 1 | -1): void {
    const { affinity = [], antiAffinity = [] } = this.#pod.terms ?? {};
    if (matchesAll(affinity, other, this.#namespaceLabels)) {
      for (const { topologyKey } of affinity) this.#wanted.add(topologyKey, labels, by);
    }
    for (const term of antiAffinity) {
      if (term.matches(other, this.#namespaceLabels)) this.#avoided.add(term.topologyKey, labels, by);
    }
  }

  #countExisting(other: PodInfo, { labels }: NodeInfo, by: 1 | -1): void {
    for (const term of other.terms?.antiAffinity ?? []) {
      if (term.matches(this.#pod, this.#namespaceLabels)) this.#avoiding.add(term.topologyKey, labels, by);
    }
  }
}

/** Adds up the weights of the pod's preferences for other pods, and of theirs for it. Required affinity counts 1. */
function preferences(pod: PodInfo, cluster: ClusterState): TopologySums {
  const sums = new TopologySums();
  const { namespaceLabels } = cluster;
  const { preferred = [], preferredAnti = [] } = pod.terms ?? {};
  const ofPod = preferred.length > 0 || preferredAnti.length > 0;
  for (const node of ofPod ? cluster.nodes : cluster.nodesWithTerms) {
    if (!node.exists) continue;
    const { labels } = node;
    const weigh = (term: AffinityTerm, of: PodInfo, weight: number) => {
      if (term.matches(of, namespaceLabels)) sums.add(term.topologyKey, labels, weight);
    };
    for (const other of (ofPod ? node.pods : node.podsWithTerms).values()) {
      for (const { term, weight } of preferred) weigh(term, other, weight);
      for (const { term, weight } of preferredAnti) weigh(term, other, -weight);
      if (other.terms === undefined) continue;
      for (const term of other.terms.affinity) weigh(term, pod, 1);
      for (const { term, weight } of other.terms.preferred) weigh(term, pod, weight);
      for (const { term, weight } of other.terms.preferredAnti) weigh(term, pod, -weight);
    }
  }
  return sums;
}

/** The lowest score becomes 0, the highest 100. */
function normalizeByRange(scores: number[]): void {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const score of scores) {
    if (score < least) least = score;
    if (score > most) most = score;
  }
  const range = most - least;
  for (const [index, score] of scores.entries()) {
    scores[index] = range > 0 ? Math.trunc(maxScore * ((score - least) / range)) : 0;
  }
}
