import { FakeClock } from 'keelson/testing';
import { expect, it } from 'vitest';
import { Deployment } from '../../generated/apps/v1.js';
import { Node, Pod, Service } from '../../generated/core/v1.js';
import { startCluster } from '../../src/cluster/index.js';
import { available, type Cluster } from '../../src/index.js';

const web = (replicas: number) => ({
  metadata: { name: 'web' },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'nginx' }] } },
  },
});

const homes = async (cluster: Cluster) =>
  (
    await cluster
      .resource(Pod)
      .in('default')
      .list({ labels: { app: 'web' } })
      .all()
  ).items
    .filter((pod) => pod.metadata.deletionTimestamp === undefined)
    .map((pod) => pod.spec?.nodeName);

it('runs a deployment: pods are created, scheduled and ready, and go when it is scaled down', async () => {
  await using local = await startCluster();
  const cluster = await local.connect();
  await cluster.resource(Deployment).in('default').create(web(4));
  const deployments = cluster.resource(Deployment).in('default');
  await deployments.waitFor('web', available, { timeoutMs: 10_000 });
  expect(new Set(await homes(cluster))).toEqual(new Set(local.nodeNames));
  await deployments.scale('web', 1);
  await expect.poll(async () => (await homes(cluster)).length, { timeout: 10_000 }).toBe(1);
});

it('moves the pods of a node that dies, after the five minutes that they tolerate', async () => {
  const clock = new FakeClock();
  await using local = await startCluster({ clock, server: { listen: false } });
  const cluster = await local.connect();
  await cluster.resource(Deployment).in('default').create(web(3));
  await local.pass(5000);
  expect((await homes(cluster)).sort()).toEqual(['node-0', 'node-1', 'node-2']);
  await local.node('node-2').stop();
  await local.pass(60_000);
  const node = await cluster.resource(Node).get('node-2');
  expect(node.status?.conditions?.find(({ type }) => type === 'Ready')).toMatchObject({
    status: 'Unknown',
    reason: 'NodeStatusUnknown',
    message: 'Kubelet stopped posting node status.',
  });
  expect(node.spec?.taints?.map(({ key, effect }) => `${key}:${effect}`).sort()).toEqual([
    'node.kubernetes.io/unreachable:NoExecute',
    'node.kubernetes.io/unreachable:NoSchedule',
  ]);
  expect((await homes(cluster)).sort()).toEqual(['node-0', 'node-1', 'node-2']);
  await local.pass(300_000);
  expect(await homes(cluster)).toHaveLength(3);
  expect(await homes(cluster)).not.toContain('node-2');
  await local.node('node-2').start();
  await local.pass(15_000);
  expect((await cluster.resource(Node).get('node-2')).spec?.taints ?? []).toEqual([]);
});

it('runs containers as functions, which call each other and are called by the name of a service', async () => {
  await using local = await startCluster({
    nodes: 2,
    images: {
      'nginx:*': ({ serve }) => serve(80, () => new Response('hello')),
      front: ({ serve, fetch }) =>
        serve(80, async () => new Response(`front got ${await (await fetch('http://web/')).text()}`)),
    },
  });
  const cluster = await local.connect();
  for (const [name, image] of [
    ['web', 'nginx:1'],
    ['front', 'front'],
  ] as const) {
    const labels = { app: name };
    const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image }] } };
    await cluster
      .resource(Deployment)
      .in('default')
      .create({ metadata: { name }, spec: { selector: { matchLabels: labels }, template } });
    await cluster
      .resource(Service)
      .in('default')
      .create({ metadata: { name }, spec: { selector: labels, ports: [{ port: 80 }] } });
    await cluster.resource(Deployment).in('default').waitFor(name, available, { timeoutMs: 20_000 });
  }
  const call = async () => {
    const response = await cluster.resource(Service).in('default').proxy('front', { port: 80 }).fetch('/');
    return response.text();
  };
  await expect.poll(call, { timeout: 10_000 }).toBe('front got hello');
});
