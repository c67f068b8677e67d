import type { ClusterState } from './cluster-state.js';
import type { NodeInfo } from './node-info.js';
import type { Nominator } from './nominator.js';
import { isRejection, type NodeFilter, type Plugin } from './plugin.js';
import type { PodInfo } from './pod-info.js';
import type { Rejection } from './rejection.js';

/** The filters of all plugins, prepared for one pod. */
export class NodeFilters {
  readonly #filters: readonly NodeFilter[];
  readonly #pod: PodInfo;
  readonly #nominator: Nominator;
  /** The only nodes that come into question. Undefined: all. */
  readonly nodeNames: ReadonlySet<string> | undefined;

  constructor(pod: PodInfo, filters: readonly NodeFilter[], nominator: Nominator) {
    this.#pod = pod;
    this.#filters = filters;
    this.#nominator = nominator;
    this.nodeNames = filters.find(({ nodeNames }) => nodeNames !== undefined)?.nodeNames;
  }

  /** Prepares the filters. Returns the rejection if a plugin rejects all nodes. */
  static prepare(
    plugins: readonly Plugin[],
    pod: PodInfo,
    cluster: ClusterState,
    nominator: Nominator,
  ): NodeFilters | Rejection {
    const filters: NodeFilter[] = [];
    for (const plugin of plugins) {
      const filter = plugin.filter?.(pod, cluster);
      if (filter === undefined) continue;
      if (isRejection(filter)) return filter;
      filters.push(filter);
    }
    return new NodeFilters(pod, filters, nominator);
  }

  /**
   * Returns why the pod cannot run on the node. Pods nominated to the node that are at least as important count as if they were
   * there, and as if they were not: they may come or may not.
   */
  check(node: NodeInfo): Rejection | undefined {
    const nominated = this.#nominator.isEmpty
      ? []
      : this.#nominator
          .podsOn(node.name)
          .filter(({ uid, priority }) => uid !== this.#pod.uid && priority >= this.#pod.priority);
    if (nominated.length > 0) {
      const [filters, copy] = [this.clone(), node.clone()];
      for (const pod of nominated) filters.shift(pod, copy, 1);
      const rejection = filters.#checkOnly(copy);
      if (rejection !== undefined) return rejection;
    }
    return this.#checkOnly(node);
  }

  /** Puts a pod on a copy of a node, or takes it away, for all filters. */
  shift(pod: PodInfo, node: NodeInfo, by: 1 | -1): void {
    if (by === 1) node.addPod(pod);
    else node.removePod(pod.uid);
    for (const filter of this.#filters) filter.shift?.(pod, node, by);
  }

  /** Returns a copy that `shift` may change. */
  clone(): NodeFilters {
    const filters = this.#filters.map((filter) => filter.clone?.() ?? filter);
    return new NodeFilters(this.#pod, filters, this.#nominator);
  }

  #checkOnly(node: NodeInfo): Rejection | undefined {
    for (const filter of this.#filters) {
      const rejection = filter.check(node);
      if (rejection !== undefined) return rejection;
    }
    return undefined;
  }
}
