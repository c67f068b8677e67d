import { ConfigMap, Deployment, Namespace, Secret } from 'keelson/k8s';
import { startServer } from 'keelson/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

describe('cluster.diff and cluster.delete', () => {
  let server: Awaited<ReturnType<typeof startServer>>;
  let cluster: Awaited<ReturnType<typeof server.connect>>;

  beforeAll(async () => {
    server = await startServer();
    cluster = await server.connect();
    await cluster.resource(Namespace).create({ metadata: { name: 'shop' } });
  });
  afterAll(async () => {
    await cluster.close();
    await server.close();
  });

  const changes = async (...args: Parameters<typeof cluster.diff>) => {
    const found = [];
    for await (const change of cluster.diff(...args)) found.push(change);
    return found;
  };
  const web = (replicas: number, image: string) => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'shop', annotations: { 'a/b': image } },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image }] } },
    },
  });

  it('gives each field that an apply would change, and stores nothing', async () => {
    await cluster.apply(web(1, 'nginx:1'));
    expect(await changes(web(1, 'nginx:1'))).toEqual([]);
    const place = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' };
    expect(await changes(web(3, 'nginx:2'))).toEqual([
      { ...place, path: '/metadata/annotations/a~1b', before: 'nginx:1', after: 'nginx:2' },
      { ...place, path: '/spec/replicas', before: 1, after: 3 },
      { ...place, path: '/spec/template/spec/containers/0/image', before: 'nginx:1', after: 'nginx:2' },
    ]);
    expect((await cluster.resource(Deployment).in('shop').get('web')).spec?.replicas).toBe(1);
  });

  it('gives objects that would be created, also in namespaces that the manifests bring', async () => {
    const found = await changes(`
apiVersion: v1
kind: Namespace
metadata: {name: coming}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: a, namespace: coming}
data: {k: v}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: gadgets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Gadget, plural: gadgets}
  versions:
  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}
---
apiVersion: example.com/v1
kind: Gadget
metadata: {name: g, namespace: coming}
`);
    expect(found.map(({ kind, path, before }) => [kind, path, before])).toEqual([
      ['Namespace', '', undefined],
      ['CustomResourceDefinition', '', undefined],
      ['ConfigMap', '', undefined],
      ['Gadget', '', undefined],
    ]);
    expect(found[2]).toMatchObject({ namespace: 'coming', name: 'a', after: { data: { k: 'v' } } });
    expect(await cluster.resource(Namespace).find('coming')).toBeUndefined();
  });

  it('hides the values of Secrets', async () => {
    const secret = (stringData: Record<string, string>) => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's', namespace: 'shop' },
      stringData,
    });
    const created = await changes(secret({ key: 'sesame' }));
    expect(JSON.stringify(created)).not.toMatch(/sesame|c2VzYW1l/);
    await cluster.apply(secret({ key: 'sesame' }));
    expect(await changes(secret({ key: 'other', more: 'x' }))).toMatchObject([
      { path: '/data/key', before: '*** (before)', after: '*** (after)' },
      { path: '/data/more', before: undefined, after: '*** (after)' },
    ]);
    await cluster.resource(Secret).in('shop').delete('s');
  });

  it('gives objects that would be pruned', async () => {
    const item = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'shop' } });
    const options = { namespace: 'shop', applySet: 'things', prune: true };
    await cluster.apply([item('a'), item('b')], options);
    const found = await changes([item('a')], options);
    expect(found).toMatchObject([{ kind: 'ConfigMap', name: 'b', path: '', after: undefined }]);
    await expect(changes([item('a')], { prune: true })).rejects.toThrow('cannot prune without applySet');
  });

  it('deletes in the reverse order, and says what did not exist and what failed', async () => {
    const object = (kind: string, name: string, namespace?: string) => ({
      apiVersion: 'v1',
      kind,
      metadata: { name, namespace },
    });
    const manifests = [
      object('Namespace', 'gone'),
      object('ConfigMap', 'x', 'gone'),
      object('ConfigMap', 'never', 'gone'),
    ];
    await cluster.apply(manifests.slice(0, 2));
    const dry = await cluster.delete(manifests, { dryRun: true });
    expect(dry.every(({ ok }) => ok)).toBe(true);
    expect(await cluster.resource(ConfigMap).in('gone').find('x')).toBeDefined();
    const results = await cluster.delete(manifests, { wait: true, waitTimeoutMs: 20_000 });
    expect(results.map((result) => [result.manifest.metadata.name, result.ok && result.existed])).toEqual([
      ['never', false],
      ['x', true],
      ['gone', true],
    ]);
    expect(await cluster.resource(Namespace).find('gone')).toBeUndefined();
    const jane = cluster.impersonate({ user: 'jane' });
    await cluster.apply(object('ConfigMap', 'mine', 'shop'));
    await expect(jane.delete(object('ConfigMap', 'mine', 'shop'))).rejects.toThrow(
      /cannot delete 1 of 1 objects:\n- ConfigMap shop\/mine: .*forbidden/,
    );
    await expect(cluster.delete({ apiVersion: 'x/v1', kind: 'Y', metadata: { name: 'z' } })).rejects.toMatchObject({
      code: 'ERR_KUBE_DELETE',
    });
  });
});
