import { isForbidden } from 'keelson';
import { Node } from 'keelson/k8s';
import { startServer } from 'keelson/server';
import { expect, test } from 'vitest';
import { metricsApi } from '../helpers/metrics-api.js';
import { ProxiedCluster } from '../helpers/streams/proxied-cluster.js';

test('top asks the kubelets where there is no metrics API, and leaves out nodes that do not answer', async () => {
  await using proxied = await ProxiedCluster.start({ withKubelet: true });
  await using cluster = await proxied.connect();
  const nodes = await cluster.topNodes();
  expect(nodes).toMatchObject([{ name: 'node-a', source: 'kubelet' }]);
  expect(nodes[0]?.memoryBytes).toBeGreaterThan(0);
  expect(nodes[0]?.memoryFraction).toBeGreaterThan(0);
  expect(await cluster.topNodes({ name: 'dead-node' })).toEqual([]);
  const pods = await cluster.topPods({ namespace: 'hs' });
  const logger = pods.find(({ name }) => name === 'logger');
  expect(logger).toMatchObject({ namespace: 'hs', source: 'kubelet' });
  expect(logger?.containers.map(({ name }) => name).sort()).toEqual(['main', 'side']);
  expect(logger?.memoryBytes).toBe(logger?.containers.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0));
  expect(await cluster.topPods({ namespace: 'hs', labels: { app: 'single' } })).toMatchObject([{ name: 'single' }]);
  expect(await cluster.topPods({ name: 'single', allNamespaces: true })).toMatchObject([{ name: 'single' }]);
  expect(await cluster.topPods({ namespace: 'kube-system' })).toEqual([]);
  await expect(cluster.impersonate({ user: 'nobody' }).topNodes()).rejects.toSatisfy(isForbidden);
}, 60_000);

test('top asks the metrics API', async () => {
  await using server = await startServer();
  await using cluster = await server.connect();
  for (const name of ['n1', 'n2']) await cluster.resource(Node).create({ metadata: { name } });
  await metricsApi(cluster, {
    nodes: [{ name: 'n1', usage: { cpu: '250m', memory: '1Gi' } }],
    pods: [{ name: 'a', namespace: 'default', containers: [{ name: 'c', usage: { cpu: '1500n', memory: '2Ki' } }] }],
  });
  const source = 'metrics.k8s.io';
  expect(await cluster.topNodes()).toEqual([{ name: 'n1', cpuCores: 0.25, memoryBytes: 2 ** 30, source }]);
  expect(await cluster.topPods()).toEqual([
    {
      namespace: 'default',
      name: 'a',
      cpuCores: 1500e-9,
      memoryBytes: 2048,
      containers: [{ name: 'c', cpuCores: 1500e-9, memoryBytes: 2048 }],
      source,
    },
  ]);
  expect(await cluster.topPods({ name: 'b' })).toEqual([]);
});
