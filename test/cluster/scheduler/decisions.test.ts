import { expect, inject, it } from 'vitest';
import type { Node, Pod } from '../../../generated/core/v1.js';
import type { PodObject } from '../../../src/cluster/objects.js';
import { Algorithm, scoreNodes } from '../../../src/cluster/scheduler/algorithm.js';
import { ClusterState } from '../../../src/cluster/scheduler/cluster-state.js';
import { NodeFilters } from '../../../src/cluster/scheduler/node-filters.js';
import { Nominator } from '../../../src/cluster/scheduler/nominator.js';
import { PodInfo } from '../../../src/cluster/scheduler/pod-info.js';
import { Preemption } from '../../../src/cluster/scheduler/preemption.js';
import { defaultPlugins } from '../../../src/cluster/scheduler/profile.js';
import { seededRandom } from '../../../src/util/random.js';
import { naiveFits, naiveScores } from './naive-scheduler.js';
import { RandomCluster } from './random-cluster.js';

const CLUSTERS = 30;
const STEPS = 60;

/** The plugins that the naive scheduler knows. */
const plugins = defaultPlugins().filter(
  ({ name }) => name !== 'NodeResourcesBalancedAllocation' && name !== 'ImageLocality',
);

/** A cluster in the scheduler's state and as plain lists, changed alike. */
class Pair {
  readonly state = new ClusterState();
  readonly nodes = new Map<string, Node>();
  readonly pods = new Map<string, Pod>();

  get naive() {
    return { nodes: [...this.nodes.values()], pods: [...this.pods.values()] };
  }

  place(pod: Pod & PodObject, node: string): void {
    const placed = { ...pod, spec: { containers: [], ...pod.spec, nodeName: node } };
    this.pods.set(pod.metadata.name, placed);
    this.state.setPod(new PodInfo(placed));
  }

  remove(name: string): void {
    this.pods.delete(name);
    this.state.removePod(`uid-${name}`);
  }
}

it.each(Array.from({ length: CLUSTERS }, (_, index) => index))(
  'decides as a naive scheduler does in random cluster %i',
  (index) => {
    const seed = inject('seed') + index;
    const random = seededRandom(seed);
    const draw = new RandomCluster(random);
    const pair = new Pair();
    const nominator = new Nominator();
    const algorithm = new Algorithm(pair.state, nominator, { plugins, percentageOfNodesToScore: 100, random });
    const preemption = new Preemption({ plugins, cluster: pair.state, nominator, budgets: () => [], random });
    const setNode = (node: ReturnType<RandomCluster['node']>) => {
      pair.nodes.set(node.metadata.name, node);
      pair.state.setNode(node);
    };
    for (let i = 0; i < 8; i++) setNode(draw.node());
    for (let step = 0; step < STEPS; step++) {
      if (draw.chance(15) && pair.pods.size > 0) pair.remove(draw.one([...pair.pods.keys()]));
      if (draw.chance(5)) setNode(draw.node(draw.one([...pair.nodes.keys()])));
      const pod = draw.pod();
      const info = new PodInfo(pod);
      const context = `seed ${seed}, step ${step}`;
      const fitting = pair.naive.nodes.filter((node) => naiveFits(pair.naive, pod, node));
      const filters = NodeFilters.prepare(plugins, info, pair.state, nominator);
      if (!(filters instanceof NodeFilters)) throw new Error(`${context}: rejected as a whole`);
      const feasible = pair.state.nodes.filter((node) => filters.check(node) === undefined);
      expect([context, ...feasible.map(({ name }) => name).sort()]).toEqual([
        context,
        ...fitting.map((node) => node.metadata?.name ?? '').sort(),
      ]);
      const decision = algorithm.decide(info);
      if (decision.node === undefined) {
        const { candidate } = preemption.choose(info, decision.diagnosis);
        if (candidate !== undefined)
          checkCandidate(
            pair,
            pod,
            candidate.node,
            candidate.victims.map(({ name }) => name),
            context,
          );
        continue;
      }
      const nodes = fitting
        .map((node) => pair.state.node(node.metadata?.name ?? ''))
        .filter((node) => node !== undefined);
      const expected = naiveScores(pair.naive, pod, fitting);
      if (nodes.length > 1)
        expect([context, ...scoreNodes(plugins, info, pair.state, nodes)]).toEqual([context, ...expected]);
      const chosen = fitting.findIndex((node) => node.metadata?.name === decision.node);
      expect([context, expected[chosen]]).toEqual([context, Math.max(...expected)]);
      pair.place(pod, decision.node);
    }
  },
);

/** Checks that the pod fits once the victims are gone, that all of them are less important, and that none dies in vain. */
function checkCandidate({ naive }: Pair, pod: Pod, name: string, victims: readonly string[], context: string): void {
  const node = naive.nodes.find(({ metadata }) => metadata?.name === name);
  if (node === undefined) throw new Error(`${context}: no node ${name}`);
  const without = (gone: readonly string[]) => ({
    ...naive,
    pods: naive.pods.filter(({ metadata }) => !gone.includes(metadata?.name ?? '')),
  });
  expect([context, naiveFits(without(victims), pod, node)]).toEqual([context, true]);
  for (const victim of victims) {
    const { spec } = naive.pods.find(({ metadata }) => metadata?.name === victim) ?? {};
    expect([context, (spec?.priority ?? 0) < (pod.spec?.priority ?? 0)]).toEqual([context, true]);
  }
  const [last] = victims.slice(-1);
  if (last !== undefined) {
    expect([context, naiveFits(without(victims.slice(0, -1)), pod, node)]).toEqual([context, false]);
  }
}
