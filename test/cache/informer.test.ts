import { describe, expect, test } from 'vitest';
import { ConfigMap } from '../../generated/index.js';
import type { Informer } from '../../src/cache/index.js';
import { inProcess, until } from './in-process.js';

type World = ReturnType<typeof inProcess>;

async function withWorld(body: (world: World) => Promise<void>): Promise<void> {
  const world = inProcess();
  try {
    await body(world);
  } finally {
    await world.cluster.close();
    await world.server.close();
  }
}

const configMaps = (world: World) => world.cluster.resource(ConfigMap).in('default');
const create = (world: World, name: string, data: Record<string, string> = {}, labels: Record<string, string> = {}) =>
  configMaps(world).create({ metadata: { name, labels }, data });

/** What a subscriber heard, as short lines. */
function record(informer: Informer<ConfigMap, 'Namespaced'>): string[] {
  const heard: string[] = [];
  informer.subscribe({
    added: (object, { initial }) =>
      heard.push(`added ${object.metadata.name} ${object.data?.v ?? '-'}${initial ? ' initial' : ''}`),
    updated: (object, old) =>
      heard.push(`updated ${object.metadata.name} ${old.data?.v ?? '-'}>${object.data?.v ?? '-'}`),
    deleted: (object, { finalStateUnknown }) =>
      heard.push(`deleted ${object.metadata.name} ${object.data?.v ?? '-'}${finalStateUnknown ? ' unknown' : ''}`),
  });
  return heard;
}

describe('an informer', () => {
  test('has the first state when start() resolves, and then follows every change', () =>
    withWorld(async (world) => {
      await create(world, 'a', { v: '1' });
      const informer = world.cluster.informer(ConfigMap, { namespace: 'default' });
      const heard = record(informer);
      await world.clock.runUntil(informer.start());
      expect(heard).toEqual(['added a 1 initial']);
      expect(informer.lister.get('default/a')?.data).toEqual({ v: '1' });

      await create(world, 'b', { v: '1' });
      await configMaps(world).update('a', (draft) => {
        draft.data = { v: '2' };
      });
      await configMaps(world).delete('b');
      await until(() => heard.length === 4);
      expect(heard.slice(1)).toEqual(['added b 1', 'updated a 1>2', 'deleted b 1']);
      expect(informer.lister.keys()).toEqual(['default/a']);
      await informer.stop();
      expect(world.transport.streams).toBe(0);
    }));
});
