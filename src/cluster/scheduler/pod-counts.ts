import type { ParsedLabelSelector } from '../../meta/index.js';
import type { PodInfo } from './pod-info.js';

/** The selectors whose pods are counted, at most. Workloads ask for the same few over and over. */
const MOST_SELECTORS = 256;

interface Counted {
  readonly namespace: string;
  readonly selector: ParsedLabelSelector;
  readonly byNode: Map<string, number>;
}

/**
 * Counts the pods of a namespace that a selector selects, for each node. A count is made once for a selector, and then follows
 * every pod that comes or goes. Spreading a thousand equal pods thus does not look at each pod a thousand times.
 */
export class PodCounts {
  readonly #counted = new Map<string, Counted>();
  readonly #pods: () => Iterable<readonly [node: string, pod: PodInfo]>;

  /** `pods` returns the pods that are there when a selector is asked for the first time. */
  constructor(pods: () => Iterable<readonly [node: string, pod: PodInfo]>) {
    this.#pods = pods;
  }

  /** Returns the number of selected pods for each node that has some. Pods that are being deleted do not count. */
  byNode(namespace: string, selector: ParsedLabelSelector): ReadonlyMap<string, number> {
    const key = `${namespace} ${selector}`;
    let counted = this.#counted.get(key);
    if (counted === undefined) {
      counted = { namespace, selector, byNode: new Map() };
      for (const [node, pod] of this.#pods()) count(counted, node, pod, 1);
    }
    // In the order of their last use.
    this.#counted.delete(key);
    this.#counted.set(key, counted);
    const [oldest] = this.#counted.keys();
    if (this.#counted.size > MOST_SELECTORS && oldest !== undefined) this.#counted.delete(oldest);
    return counted.byNode;
  }

  /** Counts a pod that has come to a node. */
  added(node: string, pod: PodInfo): void {
    for (const counted of this.#counted.values()) count(counted, node, pod, 1);
  }

  /** Counts a pod that has gone from a node. */
  removed(node: string, pod: PodInfo): void {
    for (const counted of this.#counted.values()) count(counted, node, pod, -1);
  }
}

function count({ namespace, selector, byNode }: Counted, node: string, pod: PodInfo, by: 1 | -1): void {
  if (pod.namespace !== namespace || pod.isBeingDeleted || !selector.matches(pod.labels)) return;
  const next = (byNode.get(node) ?? 0) + by;
  if (next === 0) byNode.delete(node);
  else byNode.set(node, next);
}
