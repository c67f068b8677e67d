import type { PodDisruptionBudget } from '../../../generated/policy/v1.js';
import type { Cached } from '../../cache/index.js';
import type { Random } from '../../util/random.js';
import { selectorOf } from './affinity-term.js';
import type { ClusterState } from './cluster-state.js';
import { type Diagnosis, describeDiagnosis } from './diagnosis.js';
import { NodeFilters } from './node-filters.js';
import type { NodeInfo } from './node-info.js';
import type { Nominator } from './nominator.js';
import type { Plugin } from './plugin.js';
import type { PodInfo } from './pod-info.js';
import { type Rejection, unresolvable } from './rejection.js';

/** A tenth of the nodes is tried, and at least so many. */
const candidateShare = 0.1;
const leastCandidates = 100;
/** The words of kube-scheduler's plugin for dynamic resources, which looks for room before preemption does. */
const claims = 'no new claims to deallocate';

/** The budget of a workload, as a cache holds it. */
export type Budget = Cached<PodDisruptionBudget, 'Namespaced'>;

/** A node on which a pod would fit if these pods were gone, the most important one first. */
export interface Candidate {
  readonly node: string;
  readonly victims: readonly PodInfo[];
  /** The number of victims that a disruption budget would protect. */
  readonly violations: number;
}

/** The outcome of preemption: whom to evict, or why that does not help. */
export type PreemptionResult =
  | { readonly candidate: Candidate }
  | {
      readonly candidate: undefined;
      readonly message: string;
      /** True: an earlier nomination of the pod is void. */
      readonly isFinal: boolean;
    };

/** The sources that preemption reads. */
export interface PreemptionOptions {
  readonly plugins: readonly Plugin[];
  readonly cluster: ClusterState;
  readonly nominator: Nominator;
  readonly budgets: () => readonly Budget[];
  readonly random: Random;
}

/** Finds less important pods whose eviction makes room for a pod that fits nowhere. */
export class Preemption {
  readonly #options: PreemptionOptions;

  constructor(options: PreemptionOptions) {
    this.#options = options;
  }

  /** Chooses whom to evict. */
  choose(pod: PodInfo, diagnosis: Diagnosis): PreemptionResult {
    const { plugins, cluster, nominator, budgets } = this.#options;
    const reason = this.#isIneligible(pod, diagnosis);
    if (reason !== undefined)
      return { candidate: undefined, message: `${claims}, preemption: ${reason}`, isFinal: false };
    const filters = NodeFilters.prepare(plugins, pod, cluster, nominator);
    const nodes = filters instanceof NodeFilters ? this.#hopefulNodes(diagnosis) : [];
    const { candidates, rejections } =
      filters instanceof NodeFilters
        ? this.#tryNodes(pod, filters, nodes, budgets())
        : { candidates: [], rejections: new Map() };
    const best = bestCandidate(candidates);
    if (best !== undefined) return { candidate: best };
    const others = unresolvable('', 'Preemption is not helpful for scheduling');
    const failure = { nodes: cluster.nodes.length, rejections, others, isGlobal: false, plugins: new Set<string>() };
    return { candidate: undefined, message: `${claims}, preemption: ${describeDiagnosis(failure)}`, isFinal: true };
  }

  /** Returns why the pod may not preempt others. */
  #isIneligible(pod: PodInfo, { rejections, others }: Diagnosis): string | undefined {
    if (pod.preemptionPolicy === 'Never') return 'not eligible due to preemptionPolicy=Never.';
    const nominated = this.#options.cluster.node(pod.nominatedNodeName);
    const rejection = nominated && (rejections.get(nominated.name) ?? others);
    if (nominated === undefined || rejection?.resolvable === false) return undefined;
    const isLeaving = [...nominated.pods.values()].some(
      (other) => other.priority < pod.priority && other.isBeingDeleted && other.disruption === 'PreemptionByScheduler',
    );
    return isLeaving ? 'not eligible due to a terminating pod on the nominated node.' : undefined;
  }

  /** Returns the nodes whose rejection other pods' going away may resolve. */
  #hopefulNodes({ rejections, others }: Diagnosis): NodeInfo[] {
    return this.#options.cluster.nodes.filter(({ name }) => (rejections.get(name) ?? others)?.resolvable === true);
  }

  #tryNodes(pod: PodInfo, filters: NodeFilters, nodes: readonly NodeInfo[], budgets: readonly Budget[]) {
    const enough = Math.min(nodes.length, Math.max(leastCandidates, Math.trunc(nodes.length * candidateShare)));
    const offset = Math.floor(this.#options.random() * nodes.length);
    const candidates: Candidate[] = [];
    const rejections = new Map<string, Rejection>();
    let harmless = 0;
    for (let i = 0; i < nodes.length && !(harmless > 0 && candidates.length >= enough); i++) {
      const node = nodes[(offset + i) % nodes.length];
      if (node === undefined) continue;
      const found = victimsOn(pod, node.clone(), filters.clone(), budgets);
      if ('reasons' in found) rejections.set(node.name, found);
      else candidates.push(found);
      if (!('reasons' in found) && found.violations === 0) harmless++;
    }
    // Candidates that violate no budget come first.
    candidates.sort((a, b) => Number(a.violations > 0) - Number(b.violations > 0));
    return { candidates, rejections };
  }
}

/** Finds the fewest and least important pods on a node that have to go. `node` and `filters` are copies. */
function victimsOn(
  pod: PodInfo,
  node: NodeInfo,
  filters: NodeFilters,
  budgets: readonly Budget[],
): Candidate | Rejection {
  const lesser = [...node.pods.values()].filter(({ priority }) => priority < pod.priority);
  if (lesser.length === 0) return unresolvable('', 'No preemption victims found for incoming pod');
  for (const one of lesser) filters.shift(one, node, -1);
  const rejection = filters.check(node);
  if (rejection !== undefined) return rejection;
  lesser.sort(byImportance);
  const [protectedOnes, others] = byBudget(lesser, budgets);
  const victims: PodInfo[] = [];
  const reprieve = (one: PodInfo): boolean => {
    filters.shift(one, node, 1);
    if (filters.check(node) === undefined) return true;
    filters.shift(one, node, -1);
    victims.push(one);
    return false;
  };
  const violations = protectedOnes.filter((one) => !reprieve(one)).length;
  for (const one of others) reprieve(one);
  victims.sort(byImportance);
  // Nominated pods can keep a pod off a node that has room: then nobody needs to go.
  if (victims.length === 0) return unresolvable('', 'No preemption victims found for incoming pod');
  return { node: node.name, victims, violations };
}

/** Orders pods by priority, then by how long they have run. */
function byImportance(a: PodInfo, b: PodInfo): number {
  if (a.priority !== b.priority) return b.priority - a.priority;
  return startOf(a) < startOf(b) ? -1 : startOf(a) > startOf(b) ? 1 : 0;
}

/** A pod that has not started counts as starting now. */
function startOf({ startTime }: PodInfo): string {
  return startTime === '' ? '~' : startTime;
}

function byBudget(pods: readonly PodInfo[], budgets: readonly Budget[]): [PodInfo[], PodInfo[]] {
  const left = budgets.map((budget) => ({
    budget,
    selector: selectorOf(budget.spec?.selector),
    allowed: budget.status?.disruptionsAllowed ?? 0,
  }));
  const [violating, others]: [PodInfo[], PodInfo[]] = [[], []];
  for (const pod of pods) {
    let violates = false;
    for (const one of left) {
      const { budget, selector } = one;
      if (budget.metadata.namespace !== pod.namespace || selector === undefined || selector.isEmpty) continue;
      if (!selector.matches(pod.labels) || Object.hasOwn(budget.status?.disruptedPods ?? {}, pod.name)) continue;
      one.allowed--;
      if (one.allowed < 0) violates = true;
    }
    (violates ? violating : others).push(pod);
  }
  return [violating, others];
}

/** Takes the candidate that does the least harm. */
function bestCandidate(candidates: readonly Candidate[]): Candidate | undefined {
  const rules: ((candidate: Candidate) => number)[] = [
    ({ violations }) => violations,
    ({ victims }) => victims[0]?.priority ?? 0,
    ({ victims }) => victims.reduce((sum, { priority }) => sum + priority + 2 ** 31, 0),
    ({ victims }) => victims.length,
    ({ victims }) => -earliestStart(victims),
  ];
  let left = candidates;
  for (const harm of rules) {
    if (left.length < 2) break;
    const harms = left.map(harm);
    const least = Math.min(...harms);
    left = left.filter((_, index) => harms[index] === least);
  }
  return left[0];
}

/** Returns when the first of the most important victims started. */
function earliestStart(victims: readonly PodInfo[]): number {
  const top = victims[0]?.priority;
  const starts = victims.filter(({ priority }) => priority === top).map((one) => Date.parse(startOf(one)));
  return Math.min(...starts.map((start) => (Number.isNaN(start) ? Number.MAX_SAFE_INTEGER : start)));
}
