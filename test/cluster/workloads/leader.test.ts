import { Deployment, ReplicaSet } from 'keelson/k8s';
import { Pod } from 'keelson/k8s/core/v1';
import { expect, test } from 'vitest';
import { startControllers } from '../../../src/cluster/workloads/index.js';
import { Cluster } from '../../../src/sdk/index.js';
import { ApiServer } from '../../../src/server/index.js';
import { FakeClock } from '../../../src/util/fake-clock.js';
import { seededRandom } from '../../../src/util/random.js';
import { quiet, TestTransport, until } from '../../cache/in-process.js';

test('of two processes one acts; when it is cut off, the other takes over and doubles nothing', async () => {
  const clock = new FakeClock();
  const server = new ApiServer({ clock, random: seededRandom(1), compactionIntervalMs: 0 });
  const start = (seed: number) => {
    const transport = new TestTransport(server);
    const cluster = new Cluster(transport, { clock, random: seededRandom(seed) });
    const lease = { name: 'kube-controller-manager', namespace: 'kube-system', identity: `process-${seed}` };
    const running = startControllers({ cluster, leaderElection: lease, onError: () => {} });
    return { transport, cluster, running };
  };
  const [first, second] = [start(2), start(3)];
  const observer = new Cluster(new TestTransport(server), { clock, random: seededRandom(4) });
  const deployments = observer.resource(Deployment).in('default');
  const settled = async (replicas: number) => {
    for (let i = 0; i < 200; i++) {
      if ((await deployments.get('web')).status?.replicas === replicas) return;
      await clock.advance(500);
      await quiet();
    }
    throw new Error(`the Deployment did not come to ${replicas} replicas`);
  };
  const pods = async () => (await observer.resource(Pod).in('default').list().all()).items.length;
  const labels = { app: 'web' };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'nginx' }] } };
  const strategy = { type: 'Recreate' as const };
  await deployments.create({
    metadata: { name: 'web' },
    spec: { replicas: 5, selector: { matchLabels: labels }, template, strategy },
  });
  await settled(5);
  const writes = ({ requests }: TestTransport) =>
    requests.filter(({ method, path }) => method !== 'GET' && !path.includes('/leases')).length;
  const [leader, other] = writes(first.transport) > 0 ? [first, second] : [second, first];
  expect(writes(other.transport)).toBe(0);
  // The leader loses its network in the middle of a scale-up: some of its requests arrived, and some did not.
  let left = 3;
  leader.transport.intercept = ({ method, path }) => {
    if (method === 'GET' || path.includes('/leases') || left-- > 0) return undefined;
    throw new Error('the network is down');
  };
  await deployments.scale('web', 12);
  await clock.advance(2000);
  leader.transport.intercept = () => {
    throw new Error('the network is down');
  };
  leader.transport.cut();
  await settled(12);
  expect(await pods()).toBe(12);
  expect((await observer.resource(ReplicaSet).in('default').list().all()).items).toHaveLength(1);
  expect(writes(other.transport)).toBeGreaterThan(0);
  const ended = Promise.allSettled([first.running.close(), second.running.close()]);
  let done = false;
  ended.then(() => {
    done = true;
  });
  for (let i = 0; i < 100 && !done; i++) await clock.advance(1000);
  await until(() => done, 'the end of both');
  await Promise.all([first.cluster.close(), second.cluster.close(), observer.close()]);
  await server.close();
});
