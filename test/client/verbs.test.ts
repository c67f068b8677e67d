import {
  isAlreadyExists,
  isConflict,
  isInvalidRequestError,
  isNotFound,
  jsonPatch,
  mergePatch,
  strategicMergePatch,
} from 'keelson';
import { ConfigMap, Deployment, Namespace, Pod, ServiceAccount } from 'keelson/k8s';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startCluster, type TestCluster } from './server.js';

let around: TestCluster;
beforeAll(async () => {
  around = await startCluster();
});
afterAll(() => around[Symbol.asyncDispose]());

const container = { name: 'c', image: 'nginx' };
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('a client of one namespace', () => {
  const maps = () => around.cluster.resource(ConfigMap).in(around.namespace);

  test('creates, and gives the object as the server stored it', async () => {
    const made = await maps().create({ metadata: { name: 'made', labels: { a: 'b' } }, data: { k: 'v' } });
    expect(made).toMatchObject({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'made', namespace: 'shop', labels: { a: 'b' } },
      data: { k: 'v' },
    });
    expect(made.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
    expect(await maps().get('made')).toEqual(made);
    const again = await failure(maps().create({ metadata: { name: 'made' } }));
    expect(isAlreadyExists(again) && again.message).toMatch(/^create ConfigMap shop\/made: 409 AlreadyExists/);
  });

  test('has names made by the server', async () => {
    const made = await maps().create({ metadata: { generateName: 'gen-' } });
    expect(made.metadata.name).toMatch(/^gen-.{5}$/);
  });

  test('finds nothing where nothing is, but does not hide that a kind is unknown', async () => {
    expect(await maps().find('nope')).toBeUndefined();
    expect(isNotFound(await failure(maps().get('nope')))).toBe(true);
    const gadget = { ...ConfigMap, group: 'example.com', plural: 'gadgets', kind: 'Gadget' };
    expect(isNotFound(await failure(around.cluster.resource(gadget).in('shop').find('nope')))).toBe(true);
  });

  test('replaces only what has not changed since it was read', async () => {
    const old = await maps().create({ metadata: { name: 'replaced' }, data: { n: '1' } });
    const now = await maps().replace({ ...old, data: { n: '2' } });
    expect(now.data).toEqual({ n: '2' });
    expect(isConflict(await failure(maps().replace({ ...old, data: { n: '3' } })))).toBe(true);
    const { resourceVersion: _, ...metadata } = old.metadata;
    expect((await maps().replace({ metadata, data: { n: '4' } })).data).toEqual({ n: '4' });
  });

  test('update wins against others who write at the same time', async () => {
    await maps().create({ metadata: { name: 'counter' }, data: { n: '0' } });
    let tries = 0;
    const count = () =>
      maps().update(
        'counter',
        (draft) => {
          tries++;
          draft.data = { n: String(Number(draft.data?.n) + 1) };
        },
        { attempts: 50 },
      );
    await Promise.all(Array.from({ length: 8 }, count));
    expect((await maps().get('counter')).data).toEqual({ n: '8' });
    expect(tries).toBeGreaterThan(8);
  });

  test('update gives up after its tries, with the conflict', async () => {
    await maps().create({ metadata: { name: 'contended' } });
    let tries = 0;
    const lost = maps().update('contended', async (draft) => {
      tries++;
      await maps().patch('contended', mergePatch({ data: { n: String(tries) } }));
      draft.data = { mine: 'x' };
    });
    expect(isConflict(await failure(lost))).toBe(true);
    expect(tries).toBe(5);
  });

  test('update may return another object, but not one of another name', async () => {
    await maps().create({ metadata: { name: 'returned' } });
    const now = await maps().update('returned', (draft) => ({ ...draft, data: { a: 'b' } }));
    expect(now.data).toEqual({ a: 'b' });
    const renamed = await failure(
      maps().update('returned', (draft) => {
        draft.metadata.name = 'other';
      }),
    );
    expect(isInvalidRequestError(renamed) && renamed.message).toContain('names cannot change');
  });

  test('patches in three ways', async () => {
    const pods = around.cluster.resource(Pod).in('shop');
    await pods.create({ metadata: { name: 'patched', labels: { a: '1' } }, spec: { containers: [container] } });
    expect(
      (await pods.patch('patched', mergePatch({ metadata: { labels: { a: null, b: '2' } } }))).metadata.labels,
    ).toEqual({ b: '2' });
    const steps = jsonPatch([
      { op: 'test', path: '/metadata/labels/b', value: '2' },
      { op: 'add', path: '/metadata/labels/c', value: '3' },
    ]);
    expect((await pods.patch('patched', steps)).metadata.labels).toEqual({ b: '2', c: '3' });
    const strategic = strategicMergePatch({ spec: { containers: [{ name: 'c', image: 'nginx:2' }] } });
    expect((await pods.patch('patched', strategic)).spec?.containers).toMatchObject([{ name: 'c', image: 'nginx:2' }]);
  });

  test('applies, owns what it applied, and takes over only by force', async () => {
    const deployments = around.cluster.resource(Deployment).in('shop');
    const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [container] } };
    const spec = { replicas: 3, selector: { matchLabels: { app: 'web' } }, template };
    const made = await deployments.apply({ metadata: { name: 'web' }, spec }, { manager: 'one' });
    expect(made.metadata.managedFields?.[0]).toMatchObject({ manager: 'one', operation: 'Apply' });
    const other = { metadata: { name: 'web' }, spec: { replicas: 5 } };
    expect(isConflict(await failure(deployments.apply(other, { manager: 'two' })))).toBe(true);
    expect((await deployments.apply(other, { manager: 'two', force: true })).spec?.replicas).toBe(5);
  });

  test('deletes one, with preconditions, and many by selector', async () => {
    const made = await maps().create({ metadata: { name: 'deleted' } });
    expect(isConflict(await failure(maps().delete('deleted', { preconditions: { uid: 'other' } })))).toBe(true);
    await maps().delete('deleted', { preconditions: { uid: made.metadata.uid }, propagation: 'background' });
    expect(await maps().find('deleted')).toBeUndefined();
    for (const name of ['many-1', 'many-2']) await maps().create({ metadata: { name, labels: { many: 'yes' } } });
    const gone = await maps().deleteAll({ labels: { many: 'yes' } });
    expect(gone.map(({ metadata, kind }) => [metadata.name, kind])).toEqual([
      ['many-1', 'ConfigMap'],
      ['many-2', 'ConfigMap'],
    ]);
    expect((await maps().list({ labels: 'many' }).all()).items).toEqual([]);
  });

  test('gives an object that is still being deleted, for a finalizer holds it', async () => {
    await maps().create({ metadata: { name: 'held', finalizers: ['example.com/x'] } });
    expect((await maps().delete('held'))?.metadata.deletionTimestamp).toBeDefined();
    await maps().patch('held', mergePatch({ metadata: { finalizers: null } }));
    expect(await maps().find('held')).toBeUndefined();
  });

  test('changes nothing in a dry run', async () => {
    expect((await maps().create({ metadata: { name: 'dry' } }, { dryRun: true })).metadata.name).toBe('dry');
    expect(await maps().find('dry')).toBeUndefined();
    await maps().create({ metadata: { name: 'wet' } });
    await maps().delete('wet', { dryRun: true });
    expect(await maps().find('wet')).toBeDefined();
  });

  test('writes the status apart from the rest', async () => {
    const pods = around.cluster.resource(Pod).in('shop');
    await pods.create({ metadata: { name: 'with-status' }, spec: { containers: [container] } });
    const status = pods.subresource('status');
    expect((await status.patch('with-status', mergePatch({ status: { phase: 'Running' } }))).status?.phase).toBe(
      'Running',
    );
    const now = await status.update('with-status', (draft) => {
      draft.status = { ...draft.status, message: 'hello' };
      draft.spec = { ...draft.spec, containers: [container], activeDeadlineSeconds: 5 };
    });
    expect(now.status).toMatchObject({ phase: 'Running', message: 'hello' });
    expect((await pods.get('with-status')).spec?.activeDeadlineSeconds).toBeUndefined();
  });

  test('scales, binds, evicts, and makes tokens', async () => {
    const deployments = around.cluster.resource(Deployment).in('shop');
    const template = { metadata: { labels: { app: 'scaled' } }, spec: { containers: [container] } };
    const spec = { replicas: 1, selector: { matchLabels: { app: 'scaled' } }, template };
    await deployments.create({ metadata: { name: 'scaled' }, spec });
    expect((await deployments.scale('scaled', 7)).spec?.replicas).toBe(7);
    expect((await deployments.get('scaled')).spec?.replicas).toBe(7);
    const pods = around.cluster.resource(Pod).in('shop');
    await pods.create({ metadata: { name: 'bound' }, spec: { containers: [container] } });
    await pods.bind('bound', 'n1');
    expect((await pods.get('bound')).spec?.nodeName).toBe('n1');
    await pods.evict('bound', { gracePeriodSeconds: 0 });
    expect(await pods.find('bound')).toBeUndefined();
    const accounts = around.cluster.resource(ServiceAccount).in('shop');
    const { status } = await accounts.createToken('default', { audiences: ['me'], expirationSeconds: 600 });
    expect(status?.token?.split('.')).toHaveLength(3);
  });

  test('reads metadata only, and tables', async () => {
    await maps().create({ metadata: { name: 'big', labels: { big: 'yes' } }, data: { a: 'b' } });
    const partial = await maps().metadata.get('big');
    expect([partial.kind, partial.metadata.name, Object.keys(partial).sort()]).toEqual([
      'PartialObjectMetadata',
      'big',
      ['apiVersion', 'kind', 'metadata'],
    ]);
    const { items } = await maps().metadata.list({ labels: 'big' }).all();
    expect(items.map(({ kind, metadata }) => [kind, metadata.name])).toEqual([['PartialObjectMetadata', 'big']]);
    const table = await maps().table.list({ labels: 'big' });
    expect(table.columnDefinitions[0]?.name).toBe('Name');
    expect(table.rows.map(({ cells }) => cells[0])).toEqual(['big']);
    expect((await maps().table.get('big')).rows).toHaveLength(1);
    for await (const event of maps().metadata.watch({ labels: 'big' })) {
      expect(event.object.kind).toBe('PartialObjectMetadata');
      break;
    }
  });
});

describe('lists', () => {
  const maps = () => around.cluster.resource(ConfigMap).in('pages');
  beforeAll(async () => {
    await around.cluster.resource(Namespace).create({ metadata: { name: 'pages' } });
    for (let n = 0; n < 7; n++) {
      await maps().create({
        metadata: { name: `m-${n}`, labels: { odd: String(n % 2 === 1) } },
        data: { n: String(n) },
      });
    }
  });

  test('come item by item over pages, with apiVersion and kind in front', async () => {
    const names: string[] = [];
    for await (const map of maps().list({ pageSize: 3 })) {
      expect(Object.keys(map).slice(0, 2)).toEqual(['apiVersion', 'kind']);
      expect([map.apiVersion, map.kind]).toEqual(['v1', 'ConfigMap']);
      names.push(map.metadata.name);
    }
    expect(names).toEqual([0, 1, 2, 3, 4, 5, 6].map((n) => `m-${n}`));
  });

  test('come as one page with the way to the next', async () => {
    const first = await maps().list({ pageSize: 3 }).page();
    expect([first.items.length, first.remainingItemCount]).toEqual([3, 4]);
    const second = await maps().list({ pageSize: 5, continue: first.continue }).page();
    expect([second.items.length, second.continue, second.resourceVersion]).toEqual([
      4,
      undefined,
      first.resourceVersion,
    ]);
  });

  test('are selected by label and field, in every form', async () => {
    const count = async (options: Parameters<ReturnType<typeof maps>['list']>[0]) =>
      (await maps().list(options).all()).items.length;
    expect(await count({ labels: { odd: 'true' } })).toBe(3);
    expect(await count({ labels: 'odd in (true,false)' })).toBe(7);
    expect(await count({ labels: { matchExpressions: [{ key: 'odd', operator: 'NotIn', values: ['true'] }] } })).toBe(
      4,
    );
    expect(await count({ fields: { 'metadata.name': 'm-3' } })).toBe(1);
    expect(await count({ fields: 'metadata.name!=m-3', labels: 'odd=true' })).toBe(2);
  });

  test('go over all namespaces', async () => {
    const all = around.cluster.resource(ConfigMap);
    const { items } = await all.list({ labels: 'odd' }).all();
    expect(items.every(({ metadata }) => metadata.namespace === 'pages')).toBe(true);
    expect((await all.metadata.list({ labels: 'odd' }).all()).items).toHaveLength(7);
    expect((await all.table.list({ labels: 'odd', limit: 2 })).rows).toHaveLength(2);
  });
});
