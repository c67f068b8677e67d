import type { Random } from '../../util/random.js';
import type { ClusterState } from './cluster-state.js';
import type { Diagnosis } from './diagnosis.js';
import { NodeFilters } from './node-filters.js';
import type { NodeInfo } from './node-info.js';
import type { Nominator } from './nominator.js';
import type { Plugin } from './plugin.js';
import type { PodInfo } from './pod-info.js';
import { type Rejection, unresolvable } from './rejection.js';

/** Clusters with fewer nodes are searched completely. */
const leastNodesToFind = 100;
const leastPercentage = 5;

/** The outcome of a search: a node, or why there is none. */
export type Decision =
  | { readonly node: string; readonly evaluated: number; readonly feasible: number }
  | { readonly node: undefined; readonly diagnosis: Diagnosis };

/** Options of the algorithm. */
export interface AlgorithmOptions {
  readonly plugins: readonly Plugin[];
  /**
   * The percentage of the nodes that must fit before the search stops and takes the best of them. 0: between 50 and 5, the less the
   * more nodes there are.
   */
  readonly percentageOfNodesToScore: number;
  readonly random: Random;
}

/** Finds the best node for a pod: filters nodes until enough fit, scores those, and takes one of the best. */
export class Algorithm {
  readonly #options: AlgorithmOptions;
  readonly #cluster: ClusterState;
  readonly #nominator: Nominator;
  /** Where the next search begins, so that all nodes have their turn. */
  #start = 0;

  constructor(cluster: ClusterState, nominator: Nominator, options: AlgorithmOptions) {
    this.#cluster = cluster;
    this.#nominator = nominator;
    this.#options = options;
  }

  /** Decides where a pod is to run. */
  decide(pod: PodInfo): Decision {
    const { nodes } = this.#cluster;
    const filters = NodeFilters.prepare(this.#options.plugins, pod, this.#cluster, this.#nominator);
    if (!(filters instanceof NodeFilters)) {
      const plugins = new Set([filters.plugin]);
      return {
        node: undefined,
        diagnosis: { nodes: nodes.length, rejections: new Map(), others: filters, isGlobal: true, plugins },
      };
    }
    const nominated = this.#cluster.node(pod.nominatedNodeName);
    if (nominated !== undefined && filters.check(nominated) === undefined) {
      return { node: nominated.name, evaluated: 1, feasible: 1 };
    }
    const rejections = new Map<string, Rejection>();
    const feasible = this.#search(filters, rejections);
    if (feasible.length === 0) {
      const plugins = new Set(Array.from(rejections.values(), ({ plugin }) => plugin));
      const others =
        filters.nodeNames && unresolvable('NodeAffinity', "node(s) didn't satisfy plugin(s) [NodeAffinity]");
      if (others !== undefined) plugins.add(others.plugin);
      return { node: undefined, diagnosis: { nodes: nodes.length, rejections, others, isGlobal: false, plugins } };
    }
    const evaluated = feasible.length + rejections.size;
    return { node: this.#best(pod, feasible).name, evaluated, feasible: feasible.length };
  }

  #search(filters: NodeFilters, rejections: Map<string, Rejection>): NodeInfo[] {
    const { nodes } = this.#cluster;
    if (filters.nodeNames !== undefined) {
      const named = [...filters.nodeNames].flatMap((name) => this.#cluster.node(name) ?? []);
      return named.filter((node) => isFeasible(node, filters, rejections));
    }
    const enough = nodesToFind(nodes.length, this.#options.percentageOfNodesToScore);
    const feasible: NodeInfo[] = [];
    let looked = 0;
    for (; looked < nodes.length && feasible.length < enough; looked++) {
      const node = nodes[(this.#start + looked) % nodes.length];
      if (node !== undefined && isFeasible(node, filters, rejections)) feasible.push(node);
    }
    this.#start = nodes.length === 0 ? 0 : (this.#start + looked) % nodes.length;
    return feasible;
  }

  #best(pod: PodInfo, nodes: readonly NodeInfo[]): NodeInfo {
    const totals = scoreNodes(this.#options.plugins, pod, this.#cluster, nodes);
    let most = Number.NEGATIVE_INFINITY;
    for (const total of totals) if (total > most) most = total;
    const best = nodes.filter((_, index) => totals[index] === most);
    const one = best[Math.floor(this.#options.random() * best.length)];
    if (one === undefined) throw new RangeError('no node to choose from');
    return one;
  }
}

function isFeasible(node: NodeInfo, filters: NodeFilters, rejections: Map<string, Rejection>): boolean {
  const rejection = filters.check(node);
  if (rejection !== undefined) rejections.set(node.name, rejection);
  return rejection === undefined;
}

/** Returns the weighted total of all scores for each node. */
export function scoreNodes(
  plugins: readonly Plugin[],
  pod: PodInfo,
  cluster: ClusterState,
  nodes: readonly NodeInfo[],
): number[] {
  const totals = nodes.map(() => 0);
  // One node needs no comparison.
  if (nodes.length === 1) return totals;
  for (const plugin of plugins) {
    const scorer = plugin.scorer?.(pod, cluster, nodes);
    if (scorer === undefined) continue;
    const scores = nodes.map((node) => scorer.score(node));
    scorer.normalize?.(scores, nodes);
    const { weight = 1 } = plugin;
    for (let i = 0; i < totals.length; i++) totals[i] = (totals[i] ?? 0) + weight * (scores[i] ?? 0);
  }
  return totals;
}

/** Returns how many nodes that fit are enough. */
function nodesToFind(nodes: number, percentage: number): number {
  if (nodes < leastNodesToFind) return nodes;
  const percent = percentage > 0 ? percentage : Math.max(leastPercentage, 50 - Math.trunc(nodes / 125));
  return Math.max(leastNodesToFind, Math.trunc((nodes * percent) / 100));
}
