import { Cluster, isInvalidRequestError, watcher } from 'keelson';
import { ConfigMap } from 'keelson/k8s';
import { startServer } from 'keelson/server';
import { expect, test } from 'vitest';
import { FakeTransport } from '../client/fake-transport.js';

const halves = [
  "shardRange(object.metadata.uid, '0x0000000000000000', '0x8000000000000000')",
  "shardRange(object.metadata.uid, '0x8000000000000000', '0x10000000000000000')",
];

test('informers, lists and watchers with shardSelector see the objects of their shards, and all shards see all', async () => {
  await using server = await startServer({ listen: false });
  const cluster = await server.connect();
  const maps = cluster.resource(ConfigMap).in('default');
  const names = Array.from({ length: 20 }, (_, index) => `map-${index}`);
  for (const name of names) await maps.create({ metadata: { name } });
  const ours = (objects: readonly { readonly metadata: { readonly name: string } }[]) =>
    objects.map(({ metadata }) => metadata.name).filter((name) => names.includes(name));

  const seen: string[][] = [];
  for (const shardSelector of halves) {
    const informer = cluster.informer(ConfigMap, { namespace: 'default', shardSelector });
    await informer.start();
    const cached = ours(informer.lister.list()).sort();
    expect(ours((await maps.list({ shardSelector }).all()).items).sort()).toEqual(cached);
    const followed: string[] = [];
    for await (const event of watcher(maps, { shardSelector })) {
      if (event.type === 'apply') followed.push(event.object.metadata.name);
      if (event.type === 'resetEnd') break;
    }
    expect(followed.filter((name) => names.includes(name)).sort()).toEqual(cached);
    seen.push(cached);
    await informer.stop();
  }
  expect(seen.flat().sort()).toEqual([...names].sort());
  expect(seen.every((part) => part.length > 0)).toBe(true);
});

test('a list that the server did not shard is refused', async () => {
  const body = { kind: 'ConfigMapList', apiVersion: 'v1', metadata: { resourceVersion: '5' }, items: [] };
  const cluster = new Cluster(new FakeTransport(() => ({ body })));
  const list = cluster.resource(ConfigMap).in('default').list({ shardSelector: halves[0] });
  const error = await list.all().catch((thrown: unknown) => thrown);
  expect(isInvalidRequestError(error)).toBe(true);
  expect(String(error)).toContain('the server ignored it');
});
