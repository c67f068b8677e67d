import type { Cluster } from 'keelson';
import { ConfigMap, Namespace } from 'keelson/k8s';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { run, targets } from './targets.js';

describe.each(targets)('an informer on the $name', (target) => {
  const namespace = `e2e-informer-${run}`;
  let cluster: Cluster;
  let close: () => Promise<void>;

  beforeAll(async () => {
    ({ cluster, close } = await target.open());
    await cluster.resource(Namespace).create({ metadata: { name: namespace } });
  });

  afterAll(async () => {
    await cluster.resource(Namespace).delete(namespace);
    await close();
  });

  it.each([
    ['by a streamed state', true],
    ['by paged lists', false],
  ])('follows a namespace %s', async (_, watchList) => {
    const configMaps = cluster.resource(ConfigMap).in(namespace);
    const prefix = watchList ? 'streamed' : 'listed';
    const labels = { by: prefix };
    for (let i = 0; i < 12; i++) {
      await configMaps.create({ metadata: { name: `${prefix}-${i}`, labels }, data: { text: 'é "\\ \u{1f600}' } });
    }
    const informer = cluster.informer(ConfigMap, { namespace, labels, watchList, pageSize: 5 });
    const heard: string[] = [];
    informer.subscribe({
      added: (object, { initial }) => heard.push(`added ${object.metadata.name} ${initial}`),
      updated: (object, old) =>
        heard.push(`updated ${object.metadata.name} ${old.data?.v ?? '-'}>${object.data?.v ?? '-'}`),
      deleted: (object) => heard.push(`deleted ${object.metadata.name}`),
    });
    await informer.start();
    try {
      expect(heard.filter((line) => line.startsWith('added') && line.endsWith('true'))).toHaveLength(12);
      expect(informer.lister.count()).toBe(12);
      const name = `${prefix}-0`;
      expect(informer.lister.get(`${namespace}/${name}`)).toMatchObject({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        data: { text: 'é "\\ \u{1f600}' },
      });
      expect(informer.lister.get(`${namespace}/${name}`)?.metadata.managedFields).toBeUndefined();

      heard.length = 0;
      const changed = await configMaps.update(name, (draft) => {
        draft.data = { v: '1' };
      });
      const seen = await informer.lister.get(`${namespace}/${name}`, { atLeast: changed.metadata.resourceVersion });
      expect(seen?.data).toEqual({ v: '1' });
      await configMaps.delete(name);
      await vi.waitFor(() => expect(heard).toEqual([`updated ${name} ->1`, `deleted ${name}`]), { timeout: 10_000 });
      expect(informer.status()).toMatchObject({ synced: true, restarts: 0, objects: 11 });
      expect(informer.isFresh(60_000)).toBe(true);
    } finally {
      await informer.stop();
    }
  });
});
