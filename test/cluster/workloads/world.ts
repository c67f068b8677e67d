import { Deployment, ReplicaSet } from 'keelson/k8s';
import { Event, Pod } from 'keelson/k8s/core/v1';
import { type StartControllersOptions, startControllers } from '../../../src/cluster/workloads/index.js';
import { Controller } from '../../../src/controller/index.js';
import { Cluster } from '../../../src/sdk/index.js';
import { ApiServer } from '../../../src/server/index.js';
import { FakeClock } from '../../../src/util/fake-clock.js';
import { seededRandom } from '../../../src/util/random.js';
import { quiet, TestTransport, until } from '../../cache/in-process.js';

/** The way a fake node treats the pods that it gets. */
export interface FakeNodeOptions {
  /** Says what becomes of a pod: it becomes ready, stays unready, ends, or is left alone. Default: it becomes ready. */
  readonly fate?: (pod: Pod) => 'ready' | 'unready' | 'succeed' | 'fail' | 'pending';
}

/** A server in this process with workload controllers and one fake node, on a clock that stands still. */
export function newWorld(options: Partial<StartControllersOptions> & FakeNodeOptions & { seed?: number } = {}) {
  const seed = options.seed ?? 1;
  const clock = new FakeClock();
  const server = new ApiServer({ clock, random: seededRandom(seed), compactionIntervalMs: 0 });
  const transport = new TestTransport(server);
  const cluster = new Cluster(transport, { clock, random: seededRandom(seed + 1) });
  const errors: string[] = [];
  const stopping = new AbortController();
  const controllers = startControllers({
    cluster,
    // The fake node is not an object, so that its pods would be taken for lost.
    controllers: ['*', '-podgc', '-nodelifecycle'],
    onError: (error, { controller, key }) =>
      errors.push(`${controller} ${key}: ${error instanceof Error ? error.message : String(error)}`),
    ...options,
  });
  const node = fakeNode(options).run(cluster, { signal: stopping.signal });
  const pods = cluster.resource(Pod).in('default');
  return {
    cluster,
    clock,
    server,
    transport,
    errors,
    pods,
    deployments: cluster.resource(Deployment).in('default'),
    sets: cluster.resource(ReplicaSet).in('default'),
    controllers,
    async events(name: string): Promise<string[]> {
      const { items } = await cluster.resource(Event).in('default').list().all();
      return items
        .filter(({ involvedObject }) => involvedObject.name === name)
        .map(({ type, reason, message, count }) => `${type} ${reason} ${message}${count === 1 ? '' : ` x${count}`}`);
    },
    /** Lets time pass until the condition holds. */
    async eventually(condition: () => Promise<boolean>, what: string, maxMs = 600_000): Promise<void> {
      const end = clock.now() + maxMs;
      const longestMs = Math.max(1000, maxMs / 600);
      for (let stepMs = 50; !(await condition()); stepMs = Math.min(2 * stepMs, longestMs)) {
        if (clock.now() > end) throw new Error(`${what} did not come to hold; errors: ${errors.join('; ')}`);
        await clock.advance(stepMs);
        await idle(transport);
      }
    },
    async end(): Promise<void> {
      stopping.abort();
      const ended = Promise.all([controllers.close(), node.catch(() => {})]);
      let done = false;
      ended.finally(() => {
        done = true;
      });
      await until(() => done, 'the end of the controllers');
      await cluster.close();
      await server.close();
    },
  };
}

/** Waits until nothing is sent any more without time passing. */
async function idle({ requests }: TestTransport): Promise<void> {
  for (let sent = -1; sent !== requests.length; ) {
    sent = requests.length;
    await quiet(12);
  }
}

/** Stands in for a scheduler and a kubelet: binds pods, lets them run as their fate says, and lets them go when they are deleted. */
function fakeNode({ fate = () => 'ready' }: FakeNodeOptions): Controller<Pod, 'Namespaced'> {
  return new Controller({
    name: 'fake-node',
    for: Pod,
    concurrency: 4,
    onError: () => {},
    async reconcile({ object, cluster, namespace, name }) {
      const pods = cluster.resource(Pod).in(namespace);
      if (object.metadata.deletionTimestamp !== undefined) {
        await pods.delete(name, { gracePeriodSeconds: 0, preconditions: { uid: object.metadata.uid } });
        return;
      }
      const end = fate(structuredClone(object) as Pod);
      if (end === 'pending') return;
      if (object.spec?.nodeName === undefined) {
        const terms = object.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
        await pods.bind(name, terms?.nodeSelectorTerms[0]?.matchFields?.[0]?.values?.[0] ?? 'node-1');
        return;
      }
      const phase = end === 'succeed' ? 'Succeeded' : end === 'fail' ? 'Failed' : 'Running';
      if (object.status?.phase === phase) return;
      const time = object.metadata.creationTimestamp;
      const ready = { type: 'Ready', status: end === 'ready' ? 'True' : 'False', lastTransitionTime: time };
      const ip = addressOf(object.metadata.uid);
      const status = { phase, conditions: [ready], podIP: ip, podIPs: [{ ip }], startTime: time };
      await pods.subresource('status').patch(name, { type: 'merge', body: { status } });
    },
  });
}

/** An address in 10.1.0.0/16 for each pod. */
function addressOf(uid: string): string {
  const number = Number.parseInt(uid.slice(0, 8), 16);
  return `10.1.${(number >> 8) & 255}.${number & 255}`;
}
