import { ConfigMap } from 'keelson/k8s';
import { startServer } from 'keelson/testing';
import { expect, test } from 'vitest';

/** Timers that keep this process from ending. */
const holding = () => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;

test('a watch without a socket keeps the process alive as one with a socket does, and no longer', async () => {
  await using server = await startServer({ listen: false });
  const cluster = await server.connect();
  const maps = cluster.resource(ConfigMap).in('default');
  await maps.list().all();
  const before = holding();
  const stream = maps.watch();
  const waiting = stream.next();
  await new Promise(setImmediate);
  expect(holding()).toBe(before + 1);
  await maps.create({ metadata: { name: 'a' } });
  expect((await waiting).value?.object.metadata.name).toBe('a');
  const next = stream.next();
  await stream.return();
  await next;
  await new Promise(setImmediate);
  expect(holding()).toBe(before);
});
