import {
  AppsV1Api,
  CoreV1Api,
  KubeConfig,
  KubernetesObjectApi,
  makeInformer,
  PatchStrategy,
  setHeaderOptions,
  type V1ConfigMap,
  Watch,
} from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, serve } from '../../src/server/serve.js';

const namespace = 'default';

// The library that most JavaScript programs use today: what works with it works with the real server.
describe('@kubernetes/client-node against the reference server', () => {
  let server: RunningServer;
  const config = new KubeConfig();

  beforeAll(async () => {
    server = await serve({ securePort: 0 });
    config.loadFromString(server.kubeconfig);
  });

  afterAll(() => server.close());

  const settings = (name: string, data: Record<string, string>): V1ConfigMap => ({ metadata: { name }, data });

  it('creates, reads, lists, replaces, patches and deletes', async () => {
    const core = config.makeApiClient(CoreV1Api);
    const made = await core.createNamespacedConfigMap({ namespace, body: settings('crud', { a: '1' }) });
    expect(made.metadata?.creationTimestamp).toBeInstanceOf(Date);
    const replaced = await core.replaceNamespacedConfigMap({
      namespace,
      name: 'crud',
      body: { ...made, data: { a: '2' } },
    });
    expect(replaced.data).toEqual({ a: '2' });
    const stale = core.replaceNamespacedConfigMap({ namespace, name: 'crud', body: { ...made, data: { a: '3' } } });
    await expect(stale).rejects.toMatchObject({ code: 409 });
    const patched = await core.patchNamespacedConfigMap(
      { namespace, name: 'crud', body: { data: { b: '1' } } },
      setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
    );
    expect(patched.data).toEqual({ a: '2', b: '1' });
    const { items } = await core.listNamespacedConfigMap({ namespace, fieldSelector: 'metadata.name=crud' });
    expect(items).toHaveLength(1);
    await core.deleteNamespacedConfigMap({ namespace, name: 'crud' });
    await expect(core.readNamespacedConfigMap({ namespace, name: 'crud' })).rejects.toMatchObject({ code: 404 });
  });

  it('scales a deployment through its subresource', async () => {
    const apps = config.makeApiClient(AppsV1Api);
    const labels = { app: 'web' };
    await apps.createNamespacedDeployment({
      namespace,
      body: {
        metadata: { name: 'web' },
        spec: {
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'nginx' }] } },
        },
      },
    });
    const scale = await apps.readNamespacedDeploymentScale({ namespace, name: 'web' });
    await apps.replaceNamespacedDeploymentScale({ namespace, name: 'web', body: { ...scale, spec: { replicas: 3 } } });
    expect((await apps.readNamespacedDeployment({ namespace, name: 'web' })).spec?.replicas).toBe(3);
  });

  it('applies any kind with its object API', async () => {
    const objects = KubernetesObjectApi.makeApiClient(config);
    const spec = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'object', namespace }, data: { a: '1' } };
    await objects.create(spec);
    await objects.patch(
      { ...spec, data: { b: '2' } },
      undefined,
      undefined,
      'tests',
      true,
      PatchStrategy.ServerSideApply,
    );
    const read = (await objects.read(spec)) as V1ConfigMap;
    expect(read.data).toEqual({ a: '1', b: '2' });
    expect(read.metadata?.managedFields?.map(({ manager }) => manager)).toContain('tests');
    const { items } = await objects.list<V1ConfigMap>('v1', 'ConfigMap', namespace);
    expect(items.map(({ metadata }) => metadata?.name)).toContain('object');
    await objects.delete(spec);
  });

  it('follows changes with its informer', async () => {
    const core = config.makeApiClient(CoreV1Api);
    const list = () => core.listNamespacedConfigMap({ namespace, labelSelector: 'watched=yes' });
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    const informer = makeInformer(config, path, list, 'watched=yes');
    const seen: string[] = [];
    let wake = () => {};
    for (const event of ['add', 'update', 'delete'] as const) {
      informer.on(event, (object) => {
        seen.push(`${event} ${object.metadata?.name} ${JSON.stringify((object as V1ConfigMap).data)}`);
        wake();
      });
    }
    const until = async (count: number) => {
      while (seen.length < count) await new Promise<void>((resolve) => (wake = resolve));
    };
    const labelled = (data: Record<string, string>) => ({
      metadata: { name: 'informed', labels: { watched: 'yes' } },
      data,
    });
    await informer.start();
    try {
      await core.createNamespacedConfigMap({ namespace, body: labelled({ a: '1' }) });
      await until(1);
      await core.replaceNamespacedConfigMap({ namespace, name: 'informed', body: labelled({ a: '2' }) });
      await until(2);
      await core.deleteNamespacedConfigMap({ namespace, name: 'informed' });
      await until(3);
      expect(seen).toEqual(['add informed {"a":"1"}', 'update informed {"a":"2"}', 'delete informed {"a":"2"}']);
    } finally {
      await informer.stop();
    }
  });

  it('watches from a version and is told that it ended', async () => {
    const core = config.makeApiClient(CoreV1Api);
    const { metadata } = await core.listNamespacedConfigMap({ namespace });
    await core.createNamespacedConfigMap({ namespace, body: settings('seen', {}) });
    const phases: string[] = [];
    const query = { resourceVersion: metadata?.resourceVersion, timeoutSeconds: 1 };
    await new Promise<void>((resolve) => {
      void new Watch(config).watch(
        `/api/v1/namespaces/${namespace}/configmaps`,
        query,
        (phase, object: V1ConfigMap) => phases.push(`${phase} ${object.metadata?.name}`),
        () => resolve(),
      );
    });
    expect(phases).toEqual(['ADDED seen']);
    await core.deleteNamespacedConfigMap({ namespace, name: 'seen' });
  });
});
