import {
  type Cluster,
  InvalidRequestError,
  isConflict,
  isInvalid,
  isNotFound,
  jsonPatch,
  labels,
  mergePatch,
  type Stored,
  type SyncEvent,
  strategicMergePatch,
  watcher,
} from 'keelson';
import { ConfigMap, Deployment, Namespace, Node, Pod, Service, ServiceAccount } from 'keelson/k8s';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run, targets } from './targets.js';

const podSpec = {
  nodeSelector: { 'keelson.example/nowhere': 'true' },
  containers: [{ name: 'main', image: 'registry.k8s.io/pause:3.10', ports: [{ containerPort: 80 }] }],
};

describe.each(targets)('the client on the $name', (target) => {
  const namespace = `e2e-verbs-${run}`;
  let cluster: Cluster;
  let close: () => Promise<void>;

  beforeAll(async () => {
    ({ cluster, close } = await target.open());
    await cluster.resource(Namespace).create({ metadata: { name: namespace } });
    // Pods want a service account; a cluster's controllers make it a moment after the namespace.
    await cluster.resource(ServiceAccount).in(namespace).waitFor('default', Boolean, { timeoutMs: 20_000 });
  });

  afterAll(async () => {
    await cluster.resource(Namespace).delete(namespace);
    await close();
  });

  const configMaps = () => cluster.resource(ConfigMap).in(namespace);
  const deployments = () => cluster.resource(Deployment).in(namespace);

  async function deployment(name: string): Promise<Stored<Deployment, 'Namespaced'>> {
    const selector = { matchLabels: { app: name } };
    const template = { metadata: { labels: { app: name } }, spec: podSpec };
    return deployments().create({ metadata: { name }, spec: { replicas: 0, selector, template } });
  }

  describe('reading', () => {
    it('tells a missing object from a present one', async () => {
      await expect(configMaps().get('missing')).rejects.toSatisfy(isNotFound);
      await expect(configMaps().get('missing')).rejects.toThrow(/configmaps "missing" not found/);
      expect(await configMaps().find('missing')).toBeUndefined();
    });

    it('lists page by page at one consistent state', async () => {
      const page = { page: `p${run}` };
      for (let i = 0; i < 7; i++) await configMaps().create({ metadata: { name: `page-${i}`, labels: page } });
      const first = await configMaps().list({ labels: page, pageSize: 3 }).page();
      expect(first.items.map((item) => item.metadata.name)).toEqual(['page-0', 'page-1', 'page-2']);
      expect(first.continue).toBeTruthy();
      await configMaps().delete('page-4');
      const names: string[] = [];
      for await (const item of configMaps().list({ labels: page, pageSize: 3, continue: first.continue }))
        names.push(item.metadata.name);
      // Deleted since, and still on the page: it belongs to the state the list began with.
      expect(names).toEqual(['page-3', 'page-4', 'page-5', 'page-6']);
      const now = await configMaps().list({ labels: page, pageSize: 2 }).all();
      expect(now.items).toHaveLength(6);
    });

    it('selects by label in every form, and by field', async () => {
      const set = `s${run}`;
      for (const tier of ['web', 'db', 'cache']) {
        await configMaps().create({ metadata: { name: `sel-${tier}`, labels: { set, tier } } });
      }
      const names = async (selection: Parameters<ReturnType<typeof configMaps>['list']>[0]) =>
        (await configMaps().list(selection).all()).items.map((item) => item.metadata.name);
      expect(await names({ labels: { set, tier: 'db' } })).toEqual(['sel-db']);
      expect(await names({ labels: `set=${set},tier notin (db)` })).toEqual(['sel-cache', 'sel-web']);
      expect(await names({ labels: labels.eq('set', set).in('tier', ['web', 'db']) })).toEqual(['sel-db', 'sel-web']);
      expect(await names({ labels: { set }, fields: { 'metadata.name': 'sel-web' } })).toEqual(['sel-web']);
    });

    it('reads metadata alone, and tables', async () => {
      await configMaps().create({ metadata: { name: 'meta', labels: { only: run } }, data: { large: 'body' } });
      const meta = await configMaps().metadata.get('meta');
      expect(meta.kind).toBe('PartialObjectMetadata');
      expect(meta.metadata.labels).toEqual({ only: run });
      expect(meta).not.toHaveProperty('data');
      const { items } = await configMaps()
        .metadata.list({ labels: { only: run } })
        .all();
      expect(items.map((item) => item.metadata.name)).toEqual(['meta']);
      const table = await configMaps().table.list({ labels: { only: run } });
      expect(table.columnDefinitions[0]?.name).toBe('Name');
      expect(table.rows.map((row) => row.cells[0])).toEqual(['meta']);
    });

    it('knows kinds by name, short name and category, and works with kinds known only at run time', async () => {
      expect((await cluster.discovery.find('deploy')).map((each) => each.kind)).toEqual(['Deployment']);
      expect((await cluster.discovery.find('all')).map((each) => each.kind)).toContain('Pod');
      const dynamic = cluster.dynamic({ apiVersion: 'v1', kind: 'ConfigMap' }).in(namespace);
      await dynamic.create({ metadata: { name: 'dynamic' }, data: { a: 'b' } });
      expect(await dynamic.get('dynamic')).toMatchObject({ kind: 'ConfigMap', data: { a: 'b' } });
    });
  });

  describe('writing', () => {
    it('replaces only what nobody changed since', async () => {
      const created = await configMaps().create({ metadata: { name: 'replace' }, data: { a: '1' } });
      const replaced = await configMaps().replace({ ...created, data: { a: '2' } });
      expect(replaced.data).toEqual({ a: '2' });
      await expect(configMaps().replace({ ...created, data: { a: '3' } })).rejects.toSatisfy(isConflict);
    });

    it('updates by reading, changing and writing, again when others were faster', async () => {
      await configMaps().create({ metadata: { name: 'update' }, data: {} });
      let interfered = false;
      const updated = await configMaps().update('update', async (draft) => {
        if (!interfered) await configMaps().patch('update', mergePatch({ data: { theirs: 'yes' } }));
        interfered = true;
        draft.data = { ...draft.data, mine: 'yes' };
      });
      expect(updated.data).toEqual({ theirs: 'yes', mine: 'yes' });
    });

    it('keeps fields it does not know through a read and a write', async () => {
      await deployment('unknown');
      const read = await deployments().get('unknown');
      const again = await deployments().replace({ ...read, metadata: { ...read.metadata, labels: { seen: 'yes' } } });
      expect(again.spec).toEqual(read.spec);
      expect(again.metadata.labels).toEqual({ seen: 'yes' });
    });

    it('patches in three ways', async () => {
      await deployment('patch');
      const merged = await deployments().patch(
        'patch',
        mergePatch({ metadata: { labels: { tier: 'web' } }, spec: { paused: true } }),
      );
      expect(merged.metadata.labels).toMatchObject({ tier: 'web' });
      const stepped = await deployments().patch(
        'patch',
        jsonPatch([
          { op: 'test', path: '/metadata/labels/tier', value: 'web' },
          { op: 'replace', path: '/metadata/labels/tier', value: 'db' },
        ]),
      );
      expect(stepped.metadata.labels).toMatchObject({ tier: 'db' });
      const container = { name: 'side', image: 'registry.k8s.io/pause:3.10' };
      const strategic = await deployments().patch(
        'patch',
        strategicMergePatch({ spec: { template: { spec: { containers: [container] } } } }),
      );
      // Merged by name: the container that was there is still there.
      expect(strategic.spec?.template.spec?.containers.map((each) => each.name).sort()).toEqual(['main', 'side']);
    });

    it('applies: creates, takes back what it leaves out, and meets other owners', async () => {
      const apply = (data: Record<string, string>, manager: string, force = false) =>
        configMaps().apply({ metadata: { name: 'applied' }, data }, { manager, force });
      await apply({ a: '1', b: '1' }, 'first');
      expect((await apply({ a: '1' }, 'first')).data).toEqual({ a: '1' });
      const refused = await apply({ a: '2' }, 'second').catch((error: unknown) => error);
      expect(refused).toSatisfy(isConflict);
      expect(String(refused)).toMatch(/conflict with "first".*\.data\.a/s);
      expect((await apply({ a: '2' }, 'second', true)).data).toEqual({ a: '2' });
    });

    it('runs dry without leaving a trace, and validates fields', async () => {
      const dry = await configMaps().create({ metadata: { name: 'dry' } }, { dryRun: true });
      expect(dry.metadata.name).toBe('dry');
      expect(await configMaps().find('dry')).toBeUndefined();
      const wrong = { metadata: { name: 'strict' }, dta: { a: 'b' } };
      await expect(configMaps().create(wrong, { fieldValidation: 'Strict' })).rejects.toThrow(/unknown field "dta"/);
    });

    it('says what is wrong with an object, field by field', async () => {
      const error: unknown = await cluster
        .resource(Pod)
        .in(namespace)
        .create({ metadata: { name: 'invalid' }, spec: { containers: [] } })
        .catch((e: unknown) => e);
      expect(error).toSatisfy(isInvalid);
      expect(isInvalid(error) ? error.causes.map((cause) => cause.field) : []).toContain('spec.containers');
    });

    it('scales, and keeps status and spec apart', async () => {
      await deployment('scale');
      expect((await deployments().scale('scale', 3)).spec?.replicas).toBe(3);
      expect((await deployments().subresource('scale').get('scale')).spec?.replicas).toBe(3);
      const { spec } = await deployments().get('scale');
      expect(spec?.replicas).toBe(3);
      const status = await deployments()
        .subresource('status')
        .patch(
          'scale',
          mergePatch({ status: { conditions: [{ type: 'Tested', status: 'True' }] }, spec: { replicas: 9 } }),
        );
      expect(status.spec?.replicas).toBe(3);
      expect(status.status?.conditions?.some((each) => each.type === 'Tested')).toBe(true);
      await deployments().scale('scale', 0);
    });

    it('binds and evicts pods, and issues tokens', async () => {
      const pods = cluster.resource(Pod).in(namespace);
      await pods.create({ metadata: { name: 'bound' }, spec: podSpec });
      if (target.reference) {
        await pods.bind('bound', 'node-1');
        expect((await pods.get('bound')).spec?.nodeName).toBe('node-1');
      }
      await pods.evict('bound', { gracePeriodSeconds: 0 });
      await pods.waitFor('bound', (pod) => pod === undefined, { timeoutMs: 20_000 });
      const token = await cluster
        .resource(ServiceAccount)
        .in(namespace)
        .createToken('default', { expirationSeconds: 600 });
      expect(token.status?.token?.split('.')).toHaveLength(3);
    });

    it('deletes with preconditions, and many at once', async () => {
      const { metadata } = await configMaps().create({ metadata: { name: 'precious' } });
      await expect(configMaps().delete('precious', { preconditions: { uid: 'another' } })).rejects.toSatisfy(
        isConflict,
      );
      await configMaps().delete('precious', { preconditions: { uid: metadata.uid } });
      expect(await configMaps().find('precious')).toBeUndefined();
      const many = { many: run };
      for (let i = 0; i < 3; i++) await configMaps().create({ metadata: { name: `many-${i}`, labels: many } });
      await configMaps().deleteAll({ labels: many });
      expect((await configMaps().list({ labels: many }).all()).items).toEqual([]);
    });

    it('waits for finalizers', async () => {
      await configMaps().create({ metadata: { name: 'held', finalizers: ['keelson.example/hold'] } });
      await configMaps().delete('held');
      expect((await configMaps().get('held')).metadata.deletionTimestamp).toBeTruthy();
      const gone = configMaps().waitFor('held', (object) => object === undefined, { timeoutMs: 20_000 });
      await configMaps().patch('held', mergePatch({ metadata: { finalizers: null } }));
      expect(await gone).toBeUndefined();
    });

    it('applies manifests in the order they need each other', async () => {
      const name = `e2e-manifests-${run}`;
      const results = await cluster.apply(`
apiVersion: v1
kind: ConfigMap
metadata: { name: late, namespace: ${name} }
data: { a: b }
---
apiVersion: v1
kind: Namespace
metadata: { name: ${name} }
`);
      expect(results.map((result) => result.manifest.kind)).toEqual(['Namespace', 'ConfigMap']);
      expect(results.every((result) => result.ok)).toBe(true);
      expect((await cluster.resource(ConfigMap).in(name).get('late')).data).toEqual({ a: 'b' });
      await cluster.resource(Namespace).delete(name);
    });

    it('refuses bad input before a byte is sent', async () => {
      for (const name of ['', '../x', 'a/b', '.', '..', 'a%2fb']) {
        await expect(configMaps().get(name), name).rejects.toThrow(InvalidRequestError);
      }
      const wrongKind = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' } };
      await expect(configMaps().create(wrongKind)).rejects.toThrow(InvalidRequestError);
      expect(() => cluster.resource(ConfigMap).in('a/b')).toThrow(InvalidRequestError);
      // @ts-expect-error nodes live in no namespace; callers from JavaScript learn it when they ask for something.
      const misplaced = async () => cluster.resource(Node).in('shop').get('x');
      await expect(misplaced()).rejects.toThrow(InvalidRequestError);
    });
  });

  describe('watching', () => {
    it('gives the present, then changes, on one connection that the server ends', async () => {
      const selection = { labels: { watched: run } };
      await configMaps().create({ metadata: { name: 'w-0', labels: selection.labels } });
      const events: string[] = [];
      for await (const event of configMaps().watch({ ...selection, timeoutSeconds: 2 })) {
        events.push(`${event.type} ${event.object.metadata.name}`);
        if (events.length === 1) {
          await configMaps().create({ metadata: { name: 'w-1', labels: selection.labels } });
          // Leaving the selection is a deletion to those who watch it.
          await configMaps().patch('w-0', mergePatch({ metadata: { labels: { watched: 'no' } } }));
        }
      }
      expect(events).toEqual(['ADDED w-0', 'ADDED w-1', 'DELETED w-0']);
    });

    it('tells where the initial state ends', async () => {
      const stream = configMaps().watch({ sendInitialEvents: true, bookmarks: true, timeoutSeconds: 20 });
      const seen: string[] = [];
      for await (const event of stream) {
        if (event.type === 'BOOKMARK') {
          expect(event.initialEventsEnd).toBe(true);
          expect(event.resourceVersion).toMatch(/^\d+$/);
          break;
        }
        seen.push(event.object.metadata.name);
      }
      expect(new Set(seen).size).toBe(seen.length);
      const { items } = await configMaps().list().all();
      expect(seen.sort()).toEqual(items.map((item) => item.metadata.name).sort());
    });

    it('goes on, whatever happens, until told to stop', async () => {
      const stop = new AbortController();
      const events: SyncEvent<Stored<ConfigMap>>[] = [];
      const selection = { labels: { synced: run } };
      const following = (async () => {
        for await (const event of watcher(configMaps(), { ...selection, signal: stop.signal })) {
          events.push(event);
          if (event.type === 'resetEnd')
            await configMaps().create({ metadata: { name: 'sync', labels: selection.labels } });
          if (event.type === 'apply') await configMaps().delete('sync');
          if (event.type === 'delete') stop.abort(new Error('seen enough'));
        }
      })();
      await following;
      expect(events.map((event) => event.type).filter((type) => type !== 'bookmark')).toEqual([
        'resetBegin',
        'resetEnd',
        'apply',
        'delete',
      ]);
    });
  });

  describe('services', () => {
    it('get an address of their own', async () => {
      const services = cluster.resource(Service).in(namespace);
      const service = await services.create({ metadata: { name: 'web' }, spec: { ports: [{ port: 80 }] } });
      expect(service.spec?.clusterIP).toMatch(/^[0-9a-f.:]+$/);
      expect(service.spec?.type).toBe('ClusterIP');
    });
  });
});
