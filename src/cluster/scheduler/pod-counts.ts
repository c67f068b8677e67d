import type { Labels, ParsedLabelSelector } from '../../meta/index.js';
import { labelValue } from './node-selector.js';
import type { PodInfo } from './pod-info.js';

/** The selectors whose pods are counted, at most. Workloads ask for the same few over and over. */
const MOST_SELECTORS = 256;

interface Counted {
  readonly namespace: string;
  readonly selector: ParsedLabelSelector;
  readonly byNode: Map<string, number>;
  /** The sums for the domains of a topology key, for keys that were asked for. */
  readonly byDomain: Map<string, Map<string, number>>;
}

/**
 * Counts the pods of a namespace that a selector selects, for each node. A count is made once for a selector, and then follows
 * every pod that comes or goes. Spreading a thousand equal pods thus does not look at each pod a thousand times.
 */
export class PodCounts {
  readonly #counted = new Map<string, Counted>();
  readonly #pods: () => Iterable<readonly [node: string, pod: PodInfo]>;
  readonly #labels: (node: string) => Labels | undefined;

  /**
   * `pods` returns the pods that are there when a selector is asked for the first time. `labels` returns the labels of a node that
   * exists.
   */
  constructor(
    pods: () => Iterable<readonly [node: string, pod: PodInfo]>,
    labels: (node: string) => Labels | undefined,
  ) {
    this.#pods = pods;
    this.#labels = labels;
  }

  /** Returns the number of selected pods for each node that has some. Pods that are being deleted do not count. */
  byNode(namespace: string, selector: ParsedLabelSelector): ReadonlyMap<string, number> {
    return this.#counts(namespace, selector).byNode;
  }

  /** Returns the number of selected pods for each value of a topology key that has some. Nodes without the label do not count. */
  byDomain(namespace: string, selector: ParsedLabelSelector, topologyKey: string): ReadonlyMap<string, number> {
    const { byNode, byDomain } = this.#counts(namespace, selector);
    let sums = byDomain.get(topologyKey);
    if (sums === undefined) {
      sums = new Map();
      byDomain.set(topologyKey, sums);
      for (const [node, count] of byNode) this.#addTo(sums, topologyKey, node, count);
    }
    return sums;
  }

  /** Forgets the sums for domains, because labels of nodes have changed. */
  nodesChanged(): void {
    for (const { byDomain } of this.#counted.values()) byDomain.clear();
  }

  #counts(namespace: string, selector: ParsedLabelSelector): Counted {
    const key = `${namespace} ${selector}`;
    let counted = this.#counted.get(key);
    if (counted === undefined) {
      counted = { namespace, selector, byNode: new Map(), byDomain: new Map() };
      for (const [node, pod] of this.#pods()) this.#count(counted, node, pod, 1);
    }
    // In the order of their last use.
    this.#counted.delete(key);
    this.#counted.set(key, counted);
    const [oldest] = this.#counted.keys();
    if (this.#counted.size > MOST_SELECTORS && oldest !== undefined) this.#counted.delete(oldest);
    return counted;
  }

  /** Counts a pod that has come to a node. */
  added(node: string, pod: PodInfo): void {
    for (const counted of this.#counted.values()) this.#count(counted, node, pod, 1);
  }

  /** Counts a pod that has gone from a node. */
  removed(node: string, pod: PodInfo): void {
    for (const counted of this.#counted.values()) this.#count(counted, node, pod, -1);
  }

  #count(counted: Counted, node: string, pod: PodInfo, by: 1 | -1): void {
    const { namespace, selector, byNode, byDomain } = counted;
    if (pod.namespace !== namespace || pod.isBeingDeleted || !selector.matches(pod.labels)) return;
    add(byNode, node, by);
    for (const [topologyKey, sums] of byDomain) this.#addTo(sums, topologyKey, node, by);
  }

  #addTo(sums: Map<string, number>, topologyKey: string, node: string, by: number): void {
    const labels = this.#labels(node);
    const value = labels && labelValue(labels, topologyKey);
    if (value !== undefined) add(sums, value, by);
  }
}

function add(sums: Map<string, number>, key: string, by: number): void {
  const next = (sums.get(key) ?? 0) + by;
  if (next === 0) sums.delete(key);
  else sums.set(key, next);
}
