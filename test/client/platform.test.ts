import { mergePatch } from 'keelson';
import { Deployment, Node, Pod } from 'keelson/k8s';
import { startServer } from 'keelson/server';
import { expect, test } from 'vitest';

const spec = { containers: [{ name: 'c', image: 'nginx' }], terminationGracePeriodSeconds: 0 };

test('a node is cordoned, drained and uncordoned', async () => {
  await using server = await startServer();
  await using cluster = await server.connect();
  const nodes = cluster.resource(Node);
  await nodes.create({ metadata: { name: 'n1' } });
  const pods = cluster.resource(Pod).in('default');
  const owner = (kind: string) => [{ apiVersion: 'apps/v1', kind, name: 'x', uid: `uid-${kind}`, controller: true }];
  for (const [name, kind] of [
    ['a', 'ReplicaSet'],
    ['b', 'DaemonSet'],
  ] as const) {
    await pods.create({ metadata: { name, ownerReferences: owner(kind) }, spec: { ...spec, nodeName: 'n1' } });
  }
  const gone: string[] = [];
  const result = await nodes.drain('n1', { gracePeriodSeconds: 0, onEvicted: ({ name }) => void gone.push(name) });
  expect(result).toEqual({ evicted: ['default/a'], skipped: ['default/b'] });
  expect(gone).toEqual(['a']);
  expect((await nodes.get('n1')).spec?.unschedulable).toBe(true);
  expect((await nodes.uncordon('n1')).spec?.unschedulable).toBeUndefined();
  await pods.create({ metadata: { name: 'bare' }, spec: { ...spec, nodeName: 'n1' } });
  await expect(nodes.drain('n1')).rejects.toThrow('default/bare');
});

test('a restart changes the template', async () => {
  await using server = await startServer();
  await using cluster = await server.connect();
  const deployments = cluster.resource(Deployment).in('default');
  const labels = { app: 'web' };
  const container = { name: 'c', image: 'nginx' };
  await deployments.create({
    metadata: { name: 'web' },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [container] } } },
  });
  const { spec: after } = await deployments.restart('web');
  expect(after?.template.metadata?.annotations?.['kubectl.kubernetes.io/restartedAt']).toMatch(/^\d{4}-.*:\d\dZ$/);

  const states: string[] = [];
  const following = (async () => {
    for await (const { message } of deployments.rollout('web')) states.push(message);
  })();
  while (states.length < 1) await new Promise(setImmediate);
  const report = async (status: object) => {
    const { metadata } = await deployments.get('web');
    const body = { status: { observedGeneration: metadata.generation, ...status } };
    await deployments.subresource('status').patch('web', mergePatch(body));
  };
  await report({ replicas: 1, updatedReplicas: 1, availableReplicas: 0 });
  while (states.length < 2) await new Promise(setImmediate);
  await report({ replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 });
  await following;
  expect(states).toEqual([
    'the controller has not seen it yet',
    '0 of 1 updated replicas are available',
    'all 1 replicas are updated and available',
  ]);
});
