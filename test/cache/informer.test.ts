import { describe, expect, test } from 'vitest';
import { ConfigMap, Deployment, Namespace, Node, Pod } from '../../generated/index.js';
import { mergePatch } from '../../src/client/index.js';
import { isTimeoutError, NetworkError } from '../../src/errors/index.js';
import { quiet, until } from './in-process.js';
import { configMaps, create, encodings, isWatch, record, withWorld } from './informer-world.js';

describe.each(encodings)('an informer in %s', (encoding) => {
  test('has the first state when start() resolves, and then follows every change', () =>
    withWorld(encoding, async (world) => {
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

  test('shares between an object and the one before what an update left as it was', () =>
    withWorld(encoding, async (world) => {
      const deployments = world.cluster.resource(Deployment).in('default');
      const env = Array.from({ length: 20 }, (_, i) => ({ name: `VARIABLE_${i}`, value: `value ${i}` }));
      const labels = { app: 'web' };
      const template = { metadata: { labels }, spec: { containers: [{ name: 'app', image: 'web:1', env }] } };
      await deployments.create({ metadata: { name: 'a' }, spec: { selector: { matchLabels: labels }, template } });
      const informer = world.cluster.informer(Deployment, { namespace: 'default' });
      const heard: [object, object][] = [];
      informer.subscribe({ updated: (object, old) => heard.push([object, old]) });
      await world.clock.runUntil(informer.start());
      await deployments.patch('a', mergePatch({ metadata: { labels: { tier: 'front' } } }));
      await until(() => heard.length === 1);
      const [object, old] = heard[0] ?? [];
      const spec = { template: { spec: { containers: [{ env }] } } };
      expect(object).toMatchObject({ metadata: { labels: { tier: 'front' } }, spec });
      expect(old).toMatchObject({ spec });
      expect(Reflect.get(Object(object), 'spec')).toBe(Reflect.get(Object(old), 'spec'));
      expect(informer.lister.get('default/a')).toBe(object);
      await informer.stop();
    }));

  test('gives a late subscriber the present state first', () =>
    withWorld(encoding, async (world) => {
      for (const name of ['a', 'b']) await create(world, name);
      const informer = world.cluster.informer(ConfigMap, { namespace: 'default' });
      await world.clock.runUntil(informer.start());
      const heard: string[] = [];
      const subscription = informer.subscribe({
        added: ({ metadata }, { initial }) => heard.push(`${metadata.name} ${initial}`),
      });
      expect(heard).toEqual([]);
      await subscription.synced;
      expect(heard.sort()).toEqual(['a true', 'b true']);
      await create(world, 'c');
      await until(() => heard.length === 3);
      expect(heard[2]).toBe('c false');
      await subscription.unsubscribe();
      await create(world, 'd');
      await until(() => informer.lister.has('default/d'));
      expect(heard).toHaveLength(3);
      await informer.stop();
    }));

  test('lets a subscriber that throws or hangs disturb nobody', () =>
    withWorld(encoding, async (world) => {
      const errors: string[] = [];
      const informer = world.cluster.informer(ConfigMap, {
        namespace: 'default',
        onError: (error, { key }) => errors.push(`${key}: ${error}`),
      });
      let release = () => {};
      informer.subscribe({
        added() {
          throw new Error('broken');
        },
      });
      const slow = informer.subscribe({ added: () => new Promise<void>((resolve) => (release = resolve)) });
      const heard = record(informer);
      const started = informer.start();
      await world.clock.runUntil(started);
      for (const name of ['a', 'b', 'c']) await create(world, name);
      await until(() => heard.length === 3);
      expect(errors).toEqual(['default/a: Error: broken', 'default/b: Error: broken', 'default/c: Error: broken']);
      expect(slow.backlog).toBe(2);
      expect(informer.status().backlog).toBe(2);

      let stopped = false;
      const stopping = informer.stop().then(() => (stopped = true));
      await quiet();
      expect(stopped).toBe(false);
      release();
      await stopping;
    }));

  test('tells key subscribers without parsing anything', () =>
    withWorld(encoding, async (world) => {
      await create(world, 'a');
      const informer = world.cluster.informer(ConfigMap, { namespace: 'default' });
      const heard: string[] = [];
      informer.subscribeKeys((key, { change, initial }) => heard.push(`${change} ${key} ${initial}`));
      await world.clock.runUntil(informer.start());
      await create(world, 'b');
      await configMaps(world).delete('a');
      await until(() => heard.length === 3);
      expect(heard).toEqual(['added default/a true', 'added default/b false', 'deleted default/a false']);
      expect(informer.status().hydrated).toBe(0);
      await informer.stop();
    }));

  test('shares one watch and one store with others that watch the same, until the last one stops', () =>
    withWorld(encoding, async (world) => {
      const one = world.cluster.informer(ConfigMap, { namespace: 'default', labels: { app: 'x' } });
      const two = world.cluster.informer(ConfigMap, { namespace: 'default', labels: 'app=x' });
      const other = world.cluster.informer(ConfigMap, { namespace: 'default', labels: { app: 'y' } });
      await world.clock.runUntil(Promise.all([one.start(), two.start(), other.start()]));
      expect(world.transport.requests.filter(({ path }) => isWatch(path))).toHaveLength(2);
      await create(world, 'a', {}, { app: 'x' });
      await until(() => one.lister.has('default/a') && two.lister.has('default/a'));
      expect(two.lister.get('default/a')).toBe(one.lister.get('default/a'));
      await one.stop();
      expect(one.lister.get('default/a')).toBeUndefined();
      await create(world, 'b', {}, { app: 'x' });
      await until(() => two.lister.has('default/b'));
      await two.stop();
      expect(world.transport.streams).toBe(1);
      await other.stop();
      expect(world.transport.streams).toBe(0);
    }));

  test('watches several namespaces, each by itself', () =>
    withWorld(encoding, async (world) => {
      for (const name of ['one', 'two', 'three'])
        await world.cluster.resource(Namespace).create({ metadata: { name } });
      const informer = world.cluster.informer(ConfigMap, { namespace: ['one', 'two'] });
      const heard: string[] = [];
      informer.subscribeKeys((key, { change }) => heard.push(`${change} ${key}`));
      await world.clock.runUntil(informer.start());
      for (const name of ['one', 'two', 'three']) {
        const stored = await world.cluster
          .resource(ConfigMap)
          .in(name)
          .create({ metadata: { name: 'a' } });
        if (name !== 'three') await informer.seen(stored.metadata.resourceVersion, { namespace: name });
      }
      expect(heard).toEqual(['added one/a', 'added two/a']);
      expect(informer.lister.count({ namespace: 'one' })).toBe(1);
      await informer.stop();
    }));

  test('keeps metadata alone, or chosen paths, or what a transform leaves', () =>
    withWorld(encoding, async (world) => {
      await create(world, 'a', { v: '1', w: '2' }, { app: 'x' });
      const meta = world.cluster.informer(ConfigMap, { namespace: 'default', metadataOnly: true });
      const paths = world.cluster.informer(ConfigMap, { namespace: 'default', project: ['data.v'] });
      const changed = world.cluster.informer(ConfigMap, {
        namespace: 'default',
        transform: (object) => ({ ...object, data: { only: Object.keys(object.data ?? {}).join() } }),
      });
      const whole = world.cluster.informer(ConfigMap, { namespace: 'default', keepManagedFields: true });
      const all = [meta, paths, changed, whole];
      await world.clock.runUntil(Promise.all(all.map((informer) => informer.start())));
      expect(meta.lister.get('default/a')).toMatchObject({
        kind: 'PartialObjectMetadata',
        metadata: { labels: { app: 'x' } },
      });
      expect(meta.lister.get('default/a')?.data).toBeUndefined();
      expect(paths.lister.get('default/a')).toMatchObject({ kind: 'ConfigMap', data: { v: '1' } });
      expect(paths.lister.get('default/a')?.data).toEqual({ v: '1' });
      expect(paths.lister.get('default/a')?.metadata.managedFields).toBeUndefined();
      expect(changed.lister.get('default/a')?.data).toEqual({ only: 'v,w' });
      expect(whole.lister.get('default/a')?.metadata.managedFields).toHaveLength(1);
      await Promise.all(all.map((informer) => informer.stop()));
    }));

  test('finds objects by function, label, owner and path, by indexes declared or added later', () =>
    withWorld(encoding, async (world) => {
      const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'o', uid: 'u-1', controller: true };
      await configMaps(world).create({
        metadata: { name: 'a', labels: { app: 'x' }, ownerReferences: [owner] },
        data: { v: '1' },
      });
      await create(world, 'b', { v: '1' }, { app: 'y' });
      const informer = world.cluster.informer(ConfigMap, {
        namespace: 'default',
        indexes: {
          app: { label: 'app' },
          owner: { owner: 'controller' },
          orphans: { owner: 'none' },
          value: { path: 'data.v' },
        },
      });
      await world.clock.runUntil(informer.start());
      informer.addIndex('length', (object) => [String(object.metadata.name.length)]);
      const { lister } = informer;
      const names = (objects: readonly { metadata: { name: string } }[]) =>
        objects.map(({ metadata }) => metadata.name).sort();
      expect(names(lister.by('app', 'x'))).toEqual(['a']);
      expect(names(lister.by('owner', 'u-1'))).toEqual(['a']);
      expect(names(lister.by('orphans', 'default'))).toEqual(['b']);
      expect(names(lister.by('value', '1'))).toEqual(['a', 'b']);
      expect(names(lister.by('length', '1'))).toEqual(['a', 'b']);
      expect(lister.keysBy('app', 'y')).toEqual(['default/b']);
      expect(names(lister.list({ labels: 'app in (x,y),app!=y' }))).toEqual(['a']);
      expect(lister.count({ namespace: 'elsewhere', labels: { app: 'x' } })).toBe(0);
      expect(() => lister.by('nope', 'x')).toThrow(
        /no index "nope" \(it has "app", "owner", "orphans", "value", "length"\)/,
      );
      expect(() => informer.addIndex('app', { label: 'b' })).toThrow(/already/);
      await informer.stop();
    }));

  test('hands out frozen objects in tests, so that a mutation throws', () =>
    withWorld(encoding, async (world) => {
      await create(world, 'a', { v: '1' });
      const informer = world.cluster.informer(ConfigMap, { namespace: 'default' });
      await world.clock.runUntil(informer.start());
      const [object] = informer.lister;
      expect(() => Object.assign(object?.data ?? {}, { v: '2' })).toThrow(TypeError);
      await informer.stop();
    }));

  test('reads its own writes: get() waits until the cache has them, and not for ever', () =>
    withWorld(encoding, async (world) => {
      const informer = world.cluster.informer(ConfigMap, { namespace: 'default' });
      await world.clock.runUntil(informer.start());
      const stored = await create(world, 'a', { v: '1' });
      const read = await informer.lister.get('default/a', { atLeast: stored.metadata.resourceVersion });
      expect(read?.metadata.resourceVersion).toBe(stored.metadata.resourceVersion);
      const late = informer.seen(`${stored.metadata.resourceVersion}9`, { timeoutMs: 5000 });
      const outcome = late.catch((error: unknown) => error);
      await world.clock.advance(5000);
      expect(isTimeoutError(await outcome)).toBe(true);
      await informer.stop();
    }));

  test('tells every object again when asked to resync', () =>
    withWorld(encoding, async (world) => {
      await create(world, 'a', { v: '1' });
      const informer = world.cluster.informer(ConfigMap, { namespace: 'default' });
      const heard: string[] = [];
      informer.subscribe(
        { updated: (object, old) => heard.push(`${object === old} ${object.metadata.name}`) },
        { resyncMs: 60_000 },
      );
      await world.clock.runUntil(informer.start());
      await world.clock.advance(130_000);
      expect(heard).toEqual(['true a', 'true a']);
      await informer.stop();
    }));

  test('stops when its signal aborts, and start() rejects with the reason if it was under way', () =>
    withWorld(encoding, async (world) => {
      world.transport.intercept = () => {
        throw new NetworkError('unreachable');
      };
      const controller = new AbortController();
      const informer = world.cluster.informer(Node);
      const started = informer.start({ signal: controller.signal }).catch((error: unknown) => error);
      await quiet();
      controller.abort(new Error('enough'));
      expect(String(await started)).toBe('Error: enough');
      await informer.stop();
      await expect(informer.start()).rejects.toThrow(/make another/);
      expect(() => informer.subscribe({})).toThrow(/make another/);
    }));

  test('is stopped by stop() while it starts, and by the end of its cluster handle', () =>
    withWorld(encoding, async (world) => {
      const shared = world.cluster.informer(ConfigMap, { namespace: 'default' });
      const janes = world.cluster
        .impersonate({ user: 'jane', groups: ['system:masters'] })
        .informer(ConfigMap, { namespace: 'default' });
      await world.clock.runUntil(Promise.all([shared.start(), janes.start()]));
      expect(world.transport.streams).toBe(2);
      world.transport.intercept = () => {
        throw new NetworkError('unreachable');
      };
      const waiting = world.cluster.informer(Node);
      const started = waiting.start().catch((error: unknown) => error);
      await quiet();
      await waiting.stop();
      expect(await started).toMatchObject({ name: 'AbortError' });

      await world.cluster.close();
      expect(world.transport.streams).toBe(0);
      expect(shared.lister.count()).toBe(0);
      expect(world.clock.pending).toBe(0);
      await shared.stop();
    }));

  test('refuses options that make no sense', () =>
    withWorld(encoding, async ({ cluster }) => {
      expect(() => cluster.informer(Node, { namespace: 'x' })).toThrow(/no namespaces/);
      expect(() => cluster.informer(Pod, { namespace: '' })).toThrow(/names none/);
      expect(() => cluster.informer(Pod, { labels: 'a=b=c' })).toThrow(/found '='/);
      expect(() => cluster.informer(Pod, { project: ['spec..x'] })).toThrow(/is no path/);
    }));
});
