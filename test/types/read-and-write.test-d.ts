import { type Cluster, connect, jsonPatch, mergePatch, strategicMergePatch, watcher } from 'keelson';
import { Deployment, Node, Pod } from 'keelson/k8s';
import { startServer } from 'keelson/server';

/** The snippets of the documentation, word by word: they must compile without `!`, `any` or a cast. */
export async function connecting(): Promise<void> {
  const cluster = await connect();
  const staging = await connect({ context: 'staging' });
  const direct = await connect({ server: 'http://127.0.0.1:8080' });
  const asJane = cluster.impersonate({ user: 'jane', groups: ['dev'] });
  await cluster.close();
  await using disposed = await connect();
  void [staging, direct, asJane.informer(Pod), disposed];
}

export async function testingAController(): Promise<void> {
  await using server = await startServer();
  const cluster = await server.connect();
  await server.writeKubeconfig('kubeconfig');
  void cluster;
}

export async function readingAndWriting(cluster: Cluster, signal: AbortSignal): Promise<void> {
  const pods = cluster.resource(Pod).in('shop');
  const pod = await pods.get('web-0');
  const maybe = await pods.find('web-0');
  for await (const p of pods.list({ labels: { app: 'web' }, pageSize: 500 })) console.log(p.metadata.name);
  const { items, resourceVersion } = await pods.list({ fields: { 'spec.nodeName': 'n1' } }).page();

  await pods.create({ metadata: { name: 'x' }, spec: { containers: [{ name: 'c', image: 'nginx' }] } });
  await pods.replace({ ...pod, spec: pod.spec });
  await pods.patch('x', mergePatch({ metadata: { labels: { tier: 'web' } } }));
  await pods.patch('x', jsonPatch([{ op: 'remove', path: '/metadata/labels' }]));
  await pods.patch('x', strategicMergePatch({ spec: { containers: [{ name: 'c', image: 'nginx' }] } }));
  await cluster
    .resource(Deployment)
    .in('shop')
    .apply({ metadata: { name: 'web' }, spec: { replicas: 3 } }, { manager: 'shop-operator', force: true });
  await pods.update('x', (draft) => {
    draft.metadata.labels = { a: 'b' };
  });
  await pods.delete('x', { propagation: 'foreground', gracePeriodSeconds: 0 });
  await pods.deleteAll({ labels: { app: 'web' } });

  for await (const event of pods.watch({ resourceVersion })) {
    const name: string = event.object.metadata.name;
    void name;
  }
  for await (const event of watcher(pods, { signal })) {
    if (event.type === 'apply') void event.object.status?.phase;
  }
  await pods.waitFor('x', (p) => p?.status?.phase === 'Running', { timeoutMs: 60_000 });
  await cluster.resource(Deployment).in('shop').scale('web', 5);
  await cluster.resource(Node).get('n1');
  const dynamic = cluster.dynamic({ apiVersion: 'v1', kind: 'Pod' });
  void (await dynamic.in('shop').get('web-0')).spec;
  await cluster.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }]);
  void [maybe, items];
}
