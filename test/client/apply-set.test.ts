import { ApplyError, isForbidden, isInvalidRequestError } from 'keelson';
import { ConfigMap, Namespace, Secret } from 'keelson/k8s';
import { startServer } from 'keelson/server';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

const configMap = (name: string, data: Record<string, string> = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data,
});

describe('an apply set', () => {
  let server: Awaited<ReturnType<typeof startServer>>;
  let namespace = '';
  let count = 0;

  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server.close());
  beforeEach(async () => {
    namespace = `set-${++count}`;
    await using cluster = await server.connect();
    await cluster.resource(Namespace).create({ metadata: { name: namespace } });
  });

  const names = async (cluster: Awaited<ReturnType<typeof server.connect>>, where: string) => {
    const { items } = await cluster
      .resource(ConfigMap)
      .in(where)
      .list({ labels: 'applyset.kubernetes.io/part-of' })
      .all();
    return items.map(({ metadata }) => metadata.name);
  };

  it('keeps the label, parent and annotations that the specification has', async () => {
    await using cluster = await server.connect();
    const elsewhere = `${namespace}-b`;
    await cluster.resource(Namespace).create({ metadata: { name: elsewhere } });
    const other = { ...configMap('b'), metadata: { name: 'b', namespace: elsewhere } };
    const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: namespace } };
    await cluster.apply([configMap('a'), other, role], { namespace, applySet: 'shop', prune: true });
    const { metadata } = await cluster.resource(Secret).in(namespace).get('shop');
    // base64url(sha256('shop.<namespace>.Secret.')) is what kubectl computes.
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(`shop.${namespace}.Secret.`));
    const id = `applyset-${Buffer.from(digest).toString('base64url')}-v1`;
    expect(metadata.labels).toEqual({ 'applyset.kubernetes.io/id': id });
    expect(metadata.annotations).toEqual({
      'applyset.kubernetes.io/tooling': 'kubectl/v1.36',
      'applyset.kubernetes.io/contains-group-kinds': 'ClusterRole.rbac.authorization.k8s.io,ConfigMap',
      'applyset.kubernetes.io/additional-namespaces': elsewhere,
    });
    expect(metadata.managedFields?.map(({ manager }) => manager)).toEqual(['kubectl-applyset']);
    const a = await cluster.resource(ConfigMap).in(namespace).get('a');
    expect(a.metadata.labels?.['applyset.kubernetes.io/part-of']).toBe(id);
    await cluster.delete(role);
  });

  it('prunes what is not applied any more, also of kinds and namespaces that are not used any more', async () => {
    await using cluster = await server.connect();
    const elsewhere = `${namespace}-b`;
    await cluster.resource(Namespace).create({ metadata: { name: elsewhere } });
    await cluster
      .resource(ConfigMap)
      .in(namespace)
      .create({ metadata: { name: 'stranger' } });
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' } };
    const other = { ...configMap('c'), metadata: { name: 'c', namespace: elsewhere } };
    await cluster.apply([configMap('a'), configMap('b'), other, secret], { namespace, applySet: 'shop', prune: true });
    const pruned: string[] = [];
    const onPruned = ({ kind, metadata }: { kind?: string; metadata: { name: string } }) =>
      void pruned.push(`${kind}/${metadata.name}`);
    const options = { namespace, applySet: 'shop', prune: true, onPruned };
    await cluster.apply([configMap('a')], { ...options, dryRun: true });
    expect(pruned.splice(0).sort()).toEqual(['ConfigMap/b', 'ConfigMap/c', 'Secret/s']);
    expect(await names(cluster, namespace)).toEqual(['a', 'b']);
    await cluster.apply([configMap('a')], options);
    expect(pruned.sort()).toEqual(['ConfigMap/b', 'ConfigMap/c', 'Secret/s']);
    expect(await names(cluster, namespace)).toEqual(['a']);
    expect(await cluster.resource(ConfigMap).in(elsewhere).find('c')).toBeUndefined();
    expect(await cluster.resource(Secret).in(namespace).find('s')).toBeUndefined();
    expect(await cluster.resource(ConfigMap).in(namespace).find('stranger')).toBeDefined();
    const { annotations } = (await cluster.resource(Secret).in(namespace).get('shop')).metadata;
    expect(annotations).toMatchObject({
      'applyset.kubernetes.io/contains-group-kinds': 'ConfigMap',
      'applyset.kubernetes.io/additional-namespaces': '',
    });
  });

  it('prunes nothing when an object could not be applied, and keeps its kind for the next time', async () => {
    await using cluster = await server.connect();
    const options = { namespace, applySet: 'configmaps/shop', prune: true };
    await cluster.apply([configMap('a')], options);
    const wrong = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'w' }, spec: { ports: [] } };
    await expect(cluster.apply([wrong], options)).rejects.toBeInstanceOf(ApplyError);
    expect(await names(cluster, namespace)).toContain('a');
    const { annotations } = (await cluster.resource(ConfigMap).in(namespace).get('shop')).metadata;
    expect(annotations?.['applyset.kubernetes.io/contains-group-kinds']).toBe('ConfigMap,Service');
  });

  it('is refused when the parent is another object, belongs to another tool, or cannot be written', async () => {
    await using cluster = await server.connect();
    await cluster
      .resource(Secret)
      .in(namespace)
      .create({ metadata: { name: 'taken' } });
    const apply = (applySet: string | { parent: string; tooling: string }, by = cluster) =>
      by.apply([configMap('a')], { namespace, applySet, prune: true });
    await expect(apply('taken')).rejects.toThrow('it exists and has no annotation applyset.kubernetes.io/tooling');
    await apply({ parent: 'theirs', tooling: 'other/v2' });
    await expect(apply('theirs')).rejects.toThrow('the tool "other" manages it');
    await apply({ parent: 'theirs', tooling: 'other/v3' });
    await expect(apply('nodes/')).rejects.toThrow('without a name');
    await expect(apply('gadgets/x')).rejects.toThrow('the server has no resource gadgets');
    await expect(apply('namespaces/x')).rejects.toThrow('its definition has no label');
    await expect(apply('x', cluster.impersonate({ user: 'jane' }))).rejects.toSatisfy(isForbidden);
    await expect(cluster.apply([configMap('a')], { prune: true })).rejects.toSatisfy(isInvalidRequestError);
    const labelled = configMap('l');
    Object.assign(labelled.metadata, { labels: { 'applyset.kubernetes.io/part-of': 'x' } });
    await expect(cluster.apply([labelled], { namespace, applySet: 'shop' })).rejects.toThrow('Remove the label');
  });
});
