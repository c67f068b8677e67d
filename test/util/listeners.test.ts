import { getEventListeners } from 'node:events';
import { afterEach, expect, test } from 'vitest';
import { ConfigMap } from '../../generated/index.js';
import { watcher } from '../../src/cache/index.js';
import { systemClock } from '../../src/util/clock.js';
import { startCluster } from '../client/server.js';

const warnings: string[] = [];
const onWarning = ({ name }: Error) => warnings.push(name);
afterEach(() => {
  process.off('warning', onWarning);
});

test('calls that share a signal neither warn of a leak while they are under way nor leave a listener behind', async () => {
  process.on('warning', onWarning);
  await using around = await startCluster();
  const { cluster, namespace } = around;
  const { signal } = new AbortController();
  const maps = cluster.resource(ConfigMap).in(namespace);
  const each = Array.from({ length: 30 }, (_, i) => `c${i}`);
  await Promise.all(each.map((name) => maps.create({ metadata: { name } }, { signal })));
  await Promise.all(each.map((name) => maps.get(name, { signal })));
  await Promise.all(each.map((name) => maps.update(name, () => {}, { signal })));
  await Promise.all(each.map((name) => maps.waitFor(name, (found) => found !== undefined, { signal })));
  await Promise.all(each.map(() => maps.list({ signal, pageSize: 5 }).all()));
  await Promise.all(each.map(() => systemClock.sleep(1, { signal })));
  await Promise.all(
    each.map(async () => {
      for await (const _ of maps.watch({ signal, sendInitialEvents: true })) break;
      for await (const event of watcher(maps, { signal })) if (event.type === 'resetEnd') break;
    }),
  );
  const informers = each.map((name) => cluster.informer(ConfigMap, { namespace, labels: { name } }));
  await Promise.all(informers.map((informer) => informer.start({ signal })));
  await Promise.all(informers.map((informer) => informer.stop()));
  expect(getEventListeners(signal, 'abort')).toEqual([]);
  await new Promise((resolve) => setImmediate(resolve));
  expect(warnings).toEqual([]);
});

test('an informer of many namespaces does not warn of a leak', async () => {
  process.on('warning', onWarning);
  await using around = await startCluster();
  const namespace = Array.from({ length: 20 }, (_, i) => `n${i}`);
  const informer = around.cluster.informer(ConfigMap, { namespace });
  await informer.start();
  await informer.stop();
  expect(warnings).toEqual([]);
});
