import { Node, Pod } from 'keelson/k8s/core/v1';
import { type LocalCluster, startCluster } from '../../../src/cluster/index.js';
import { isConflict, isNotFound } from '../../../src/errors/index.js';
import { controllerOf, type Stored } from '../../../src/meta/index.js';
import type { Cluster } from '../../../src/sdk/index.js';
import { FakeClock } from '../../../src/util/fake-clock.js';
import { type Random, seededRandom } from '../../../src/util/random.js';
import { type Owners, type SetSize, Workloads } from './workloads.js';

/** The size of a soak. */
export interface SoakOptions {
  readonly seed: number;
  readonly nodes: number;
  readonly pods: number;
  /** The time that passes on the cluster's clock. */
  readonly minutes: number;
}

/** The time that the cluster gets to come to rest after the last fault, in milliseconds. */
const SETTLE_MS = 20 * 60_000;
const QUIET_POINTS = 4;

/**
 * Runs a cluster through random scaling, rollouts, deletions, node failures, cut watches and expired histories. At each quiet point,
 * every workload must have exactly its pods. Throws an error with the actions since the last quiet point if one does not.
 */
export async function soakCluster(
  options: SoakOptions,
): Promise<{ readonly actions: number; readonly checks: number }> {
  await using soak = await ClusterSoak.start(options);
  return await soak.run();
}

class ClusterSoak implements AsyncDisposable {
  readonly #options: SoakOptions;
  readonly #random: Random;
  readonly #local: LocalCluster;
  readonly #cluster: Cluster;
  readonly #workloads: Workloads;
  readonly #down = new Set<string>();
  #log: string[] = [];
  #actions = 0;
  #checks = 0;

  private constructor(options: SoakOptions, random: Random, local: LocalCluster, cluster: Cluster) {
    this.#options = options;
    this.#random = random;
    this.#local = local;
    this.#cluster = cluster;
    this.#workloads = new Workloads(cluster, options.pods, random);
  }

  static async start(options: SoakOptions): Promise<ClusterSoak> {
    const random = seededRandom(options.seed);
    const clock = new FakeClock();
    const local = await startCluster({
      clock,
      random: seededRandom(options.seed + 1),
      nodes: options.nodes,
      server: { listen: false },
      // Refused and interrupted requests belong to a soak. The components try them again.
      onError: () => {},
    });
    return new ClusterSoak(options, random, local, await local.connect());
  }

  async run(): Promise<{ readonly actions: number; readonly checks: number }> {
    await this.#workloads.create();
    await this.#rest();
    const partMs = (this.#options.minutes * 60_000) / QUIET_POINTS;
    for (let point = 0; point < QUIET_POINTS; point++) {
      for (let leftMs = partMs; leftMs > 0; ) {
        await this.#act();
        const ms = Math.min(leftMs, 1000 + this.#random() * 60_000);
        await this.#local.pass(ms);
        leftMs -= ms;
      }
      await this.#rest();
      this.#log = [];
    }
    return { actions: this.#actions, checks: this.#checks };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#local.close();
  }

  async #act(): Promise<void> {
    const { faults } = this.#local.server;
    const acts: readonly (() => string | Promise<string>)[] = [
      () => this.#workloads.scale(),
      () => this.#workloads.roll(),
      () => this.#workloads.deletePods(),
      () => this.#workloads.replace(),
      () => this.#failNode(),
      () => this.#restoreNode(),
      () => `cut ${faults.cutWatches()} watches`,
      () => `expire ${faults.expireWatches()} watches`,
      async () => {
        await faults.compact();
        return `compact, cut ${faults.cutWatches()} watches`;
      },
    ];
    const act = acts[Math.floor(this.#random() * acts.length)];
    try {
      this.#log.push((await act?.()) ?? '');
      this.#actions++;
    } catch (error) {
      // A controller wrote or deleted the same object first.
      if (!isConflict(error) && !isNotFound(error)) throw error;
    }
  }

  async #failNode(): Promise<string> {
    const up = this.#local.nodeNames.filter((name) => !this.#down.has(name));
    const name = up[Math.floor(this.#random() * up.length)];
    if (name === undefined || this.#down.size * 4 > this.#options.nodes) return 'enough nodes are down';
    this.#down.add(name);
    await this.#local.node(name).stop();
    return `${name} fails`;
  }

  async #restoreNode(): Promise<string> {
    const [name] = this.#down;
    if (name === undefined) return 'no node is down';
    this.#down.delete(name);
    await this.#local.node(name).start();
    return `${name} is back`;
  }

  /** Takes away what is wrong, and checks that the cluster comes to the state that its specs ask for. */
  async #rest(): Promise<void> {
    while (this.#down.size > 0) await this.#restoreNode();
    let problems: readonly string[] = ['nothing was checked'];
    for (let passed = 0; passed < SETTLE_MS && problems.length > 0; passed += 10_000) {
      await this.#local.pass(10_000);
      problems = await this.#problems();
    }
    if (problems.length === 0) return;
    const shown = problems.slice(0, 5).join('; ');
    throw new Error(`${shown} (seed ${this.#options.seed}) after ${this.#log.join('; ')}`);
  }

  async #problems(): Promise<string[]> {
    this.#checks++;
    const [pods, nodes] = await Promise.all([
      this.#cluster.resource(Pod).in('default').list().all(),
      this.#cluster.resource(Node).list().all(),
    ]);
    const ready = nodes.items.filter(({ status }) => status?.conditions?.some(isTrue('Ready'))).length;
    const owners = await this.#workloads.owners();
    const names = new Set(nodes.items.map(({ metadata }) => metadata.name));
    return [
      ...(ready === this.#options.nodes ? [] : [`${ready} of ${this.#options.nodes} nodes are ready`]),
      ...pods.items.flatMap((pod) => problemsOf(pod, owners, names)),
      ...this.#workloads.sizes().flatMap((size) => countProblems(size, pods.items, owners)),
    ];
  }
}

const isTrue =
  (wanted: string) =>
  ({ type, status }: { readonly type: string; readonly status: string }) =>
    type === wanted && status === 'True';

function problemsOf({ metadata, spec, status }: Stored<Pod, 'Namespaced'>, owners: Owners, nodes: ReadonlySet<string>) {
  const { name, deletionTimestamp } = metadata;
  if (deletionTimestamp !== undefined) return [`${name} is still being deleted`];
  const problems: string[] = [];
  if (!owners.has(controllerOf({ metadata })?.uid ?? '')) problems.push(`${name} is an orphan`);
  if (!nodes.has(spec?.nodeName ?? '')) problems.push(`${name} is on no node`);
  if (!status?.conditions?.some(isTrue('Ready'))) problems.push(`${name} is not ready`);
  return problems;
}

function countProblems(
  { name, replicas, image, isOrdinal }: SetSize,
  pods: readonly Stored<Pod, 'Namespaced'>[],
  owners: Owners,
) {
  const mine = pods.filter(({ metadata }) => owners.get(controllerOf({ metadata })?.uid ?? '') === name);
  const problems: string[] = [];
  if (mine.length !== replicas) problems.push(`${name} has ${mine.length} of ${replicas} pods`);
  const old = mine.filter(({ spec }) => spec?.containers[0]?.image !== image).length;
  if (old > 0) problems.push(`${old} pods of ${name} are not of ${image}`);
  if (!isOrdinal) return problems;
  const missing = Array.from({ length: replicas }, (_, ordinal) => `${name}-${ordinal}`).filter(
    (pod) => !mine.some(({ metadata }) => metadata.name === pod),
  );
  return missing.length === 0 ? problems : [...problems, `${name} lacks ${missing.join(', ')}`];
}
