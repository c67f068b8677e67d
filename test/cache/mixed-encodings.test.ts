import { describe, expect, test } from 'vitest';
import { ConfigMap, Deployment } from '../../generated/index.js';
import type { InformerOptions } from '../../src/cache/index.js';
import type { KubeObject } from '../../src/meta/index.js';
import { until } from './in-process.js';
import { configMaps, create, isWatch, record, status, type World, withWorld } from './informer-world.js';

const protobuf = 'application/vnd.kubernetes.protobuf';
const acceptedBy = (world: World, path: string | RegExp) =>
  world.transport.requests.filter((request) => request.path.match(path)).map(({ headers }) => headers?.accept);

async function createDeployment(world: World): Promise<void> {
  const labels = { app: 'web' };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'web:1' }] } };
  await world.cluster
    .resource(Deployment)
    .in('default')
    .create({
      metadata: { name: 'web', labels, annotations: { note: 'é "\\ \u{1f600}' }, finalizers: ['example.com/keep'] },
      spec: { selector: { matchLabels: labels }, template, strategy: { rollingUpdate: { maxSurge: '25%' } } },
    });
}

describe('encodings of an informer', () => {
  test.each<[string, InformerOptions<Deployment, 'Namespaced'>]>([
    ['whole objects', {}],
    ['with managedFields', { keepManagedFields: true }],
    ['metadata alone', { metadataOnly: true }],
    ['chosen paths, of which some are always there in a whole object', { project: ['spec.replicas'] }],
    [
      'what a transform makes, fields of no kind among it',
      { transform: (object) => ({ ...object, extra: { [object.metadata?.name ?? '']: 1.5 } }) },
    ],
  ])('give the same objects, field by field: %s', (_, options) =>
    withWorld('protobuf', async (world) => {
      await createDeployment(world);
      for (const watchList of [true, false]) {
        const informers = (['json', 'protobuf'] as const).map((encoding) =>
          world.cluster.informer(Deployment, { ...options, watchList, encoding }),
        );
        await world.clock.runUntil(Promise.all(informers.map((informer) => informer.start())));
        const [json, other] = informers.map(({ lister }) => lister.list());
        expect(json).toHaveLength(1);
        expect(other).toEqual(json);
        for (const informer of informers) {
          expect(informer.lister.keys({ labels: 'app in (web,db)' })).toEqual(['default/web']);
          await informer.stop();
        }
      }
    }),
  );

  test('are changed by the server in mid-life, without a second request, and what is there stays', () =>
    withWorld('protobuf', async (world) => {
      for (const name of ['old', 'changed', 'gone']) await create(world, name, { v: '1' }, { app: name });
      const informer = world.cluster.informer(ConfigMap, {
        namespace: 'default',
        indexes: { app: { label: 'app' }, value: { path: 'data.v' } },
      });
      const heard = record(informer);
      await world.clock.runUntil(informer.start());
      heard.length = 0;
      const before = informer.status().bytes;

      // From now on the server knows JSON alone.
      world.transport.accept = ({ path }) => (isWatch(path) ? 'application/json' : undefined);
      const asked = world.transport.requests.length;
      world.transport.cut();
      await world.clock.advance(2000);
      expect(world.transport.requests.length).toBe(asked + 1);
      await configMaps(world).update('changed', (draft) => {
        draft.data = { v: '2' };
      });
      await configMaps(world).delete('gone');
      await create(world, 'new', { v: '1' }, { app: 'new' });
      await until(() => heard.length === 3);
      expect(heard).toEqual(['updated changed 1>2', 'deleted gone 1', 'added new 1']);
      expect(informer.status().bytes).not.toBe(before);

      const names = (objects: readonly { metadata: { name: string } }[]) =>
        objects.map(({ metadata }) => metadata.name).sort();
      const check = () => {
        expect(names(informer.lister.by('app', 'old'))).toEqual(['old']);
        expect(names(informer.lister.by('value', '1'))).toEqual(['new', 'old']);
        expect(names(informer.lister.list({ labels: 'app in (new,changed)' }))).toEqual(['changed', 'new']);
        expect(informer.lister.get('default/changed')?.data).toEqual({ v: '2' });
      };
      check();

      // The history is compacted, and the whole state comes in the other encoding. Equal objects do not count as changed.
      world.transport.intercept = ({ path }) =>
        isWatch(path) && !path.includes('sendInitialEvents') ? status(410, 'Expired') : undefined;
      world.transport.cut();
      await world.clock.advance(5000);
      await until(() => informer.status().restarts > 1);
      check();
      expect(heard).toHaveLength(3);
      world.transport.intercept = () => undefined;
      world.transport.accept = () => undefined;
      world.transport.cut();
      await world.clock.advance(5000);
      await create(world, 'last', { v: '3' });
      await until(() => heard.length === 4);
      check();
      expect(informer.lister.get('default/last')).toMatchObject({ kind: 'ConfigMap', data: { v: '3' } });
      await informer.stop();
    }));

  test('are what the informer or its handle says; JSON is always the second choice', () =>
    withWorld('json', async (world) => {
      const custom = { ...ConfigMap, group: 'example.com', kind: 'Website', plural: 'websites' };
      const inJson = world.cluster.informer(ConfigMap);
      const inProtobuf = world.cluster.informer(ConfigMap, { encoding: 'auto', watchList: false });
      await world.clock.runUntil(Promise.all([inJson.start(), inProtobuf.start()]));
      const watch = `${protobuf};stream=watch,application/json`;
      expect(acceptedBy(world, 'sendInitialEvents')).toEqual(['application/json']);
      expect(acceptedBy(world, 'limit=500')).toEqual([`${protobuf},application/json`]);
      expect(acceptedBy(world, /watch=true.*resourceVersion=\d/)).toEqual([watch]);
      world.transport.requests.length = 0;
      const websites = world.cluster.informer<KubeObject, 'Namespaced', unknown>(custom, { encoding: 'protobuf' });
      void websites.start().catch(() => {});
      await until(() => world.transport.requests.length > 0);
      expect(world.transport.requests[0]?.headers?.accept).toBe('application/json');
      await Promise.all([inJson, inProtobuf, websites].map((informer) => informer.stop()));
    }));
});
