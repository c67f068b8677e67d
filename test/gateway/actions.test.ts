import { expect, it } from 'vitest';
import { Deployment } from '../../generated/apps/v1.js';
import { ConfigMap, Node } from '../../generated/core/v1.js';
import { mergeEdit } from '../../src/gateway/actions/merge-edit.js';
import { type FakeBrowser, GatewayWorld } from './gateway-world.js';

const kind = { apiVersion: 'v1', kind: 'ConfigMap' };
const everything = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'];

/** Runs an action. Resolves with its value, or the fault. */
async function call(world: GatewayWorld, browser: FakeBrowser, action: string, params: unknown): Promise<unknown> {
  const id = browser.received.length + 1_000;
  browser.say({ type: 'call', id, action, params });
  const answer = () => browser.received.find((message) => message.id === id);
  await world.until(() => answer() !== undefined, action);
  const message = answer();
  return message?.type === 'result' ? message.value : message?.type === 'fault' ? { fault: message.fault } : undefined;
}

it('creates, reads, applies and deletes with the rights of the user alone', async () => {
  await using world = await GatewayWorld.start();
  await world.allow('jane', 'default', everything);
  const [jane, bob] = [world.browser('jane'), world.browser('bob')];
  const metadata = { name: 'a', namespace: 'default' };
  const target = { kind, ...metadata };
  const object = { ...kind, metadata, data: { word: 'one' } };
  expect(await call(world, jane, 'create', { object, dryRun: true })).toMatchObject({ data: { word: 'one' } });
  expect(await call(world, jane, 'get', target)).toMatchObject({ fault: { status: 404, reason: 'NotFound' } });
  expect(await call(world, jane, 'create', { object })).toMatchObject({ data: { word: 'one' } });
  expect(await call(world, jane, 'create', { object })).toMatchObject({ fault: { reason: 'AlreadyExists' } });
  for (const [action, params] of [
    ['get', target],
    ['create', { object: { ...object, metadata: { ...metadata, name: 'b' } } }],
    ['apply', { object }],
    ['delete', target],
  ] as const)
    expect(await call(world, bob, action, params), action).toMatchObject({ fault: { status: 403 } });
  const applied = { ...object, data: { other: 'two' } };
  expect(await call(world, jane, 'apply', { object: applied })).toMatchObject({ data: { word: 'one', other: 'two' } });
  expect(await call(world, jane, 'delete', { ...target, uid: 'not-this-one' })).toMatchObject({
    fault: { status: 409 },
  });
  await call(world, jane, 'delete', { ...target, propagation: 'foreground' });
  expect(await world.admin.resource(ConfigMap).in('default').find('a')).toBeUndefined();
  const invalid = { ...object, data: { '//': 'x' } };
  expect(await call(world, jane, 'create', { object: invalid })).toMatchObject({
    fault: { status: 422, fields: [expect.stringContaining('data')] },
  });
});

it('edits the newest version, and names the fields that somebody else changed too', async () => {
  await using world = await GatewayWorld.start();
  await world.allow('jane', 'default', everything);
  const jane = world.browser('jane');
  const maps = world.admin.resource(ConfigMap).in('default');
  const original = await maps.create({ metadata: { name: 'a' }, data: { mine: '1', theirs: '1', both: '1' } });
  await maps.patch('a', { type: 'merge', body: { data: { theirs: '2' } } });
  const edited = { ...original, data: { ...original.data, mine: '3' } };
  expect(await call(world, jane, 'edit', { original, object: edited })).toMatchObject({
    data: { mine: '3', theirs: '2', both: '1' },
  });
  await maps.patch('a', { type: 'merge', body: { data: { both: '2' } } });
  const conflict = { ...original, data: { ...original.data, both: '3' } };
  expect(await call(world, jane, 'edit', { original, object: conflict })).toMatchObject({
    fault: { status: 409, reason: 'Conflict', fields: ['data.both'] },
  });
  await maps.delete('a');
  await maps.create({ metadata: { name: 'a' } });
  expect(await call(world, jane, 'edit', { original, object: edited })).toMatchObject({ fault: { status: 409 } });
});

it('scales and restarts', async () => {
  await using world = await GatewayWorld.start();
  await world.allow('jane', 'default', everything, ['deployments', 'deployments/scale']);
  const jane = world.browser('jane');
  const deployments = world.admin.resource(Deployment).in('default');
  const labels = { app: 'web' };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'nginx' }] } };
  await deployments.create({ metadata: { name: 'web' }, spec: { selector: { matchLabels: labels }, template } });
  const target = { kind: { apiVersion: 'apps/v1', kind: 'Deployment' }, namespace: 'default', name: 'web' };
  await call(world, jane, 'scale', { ...target, replicas: 3 });
  await call(world, jane, 'restart', target);
  const { spec } = await deployments.get('web');
  expect(spec?.replicas).toBe(3);
  expect(Object.keys(spec?.template.metadata?.annotations ?? {})).toEqual(['kubectl.kubernetes.io/restartedAt']);
  expect(await call(world, jane, 'restart', { ...target, kind })).toMatchObject({ fault: { status: 400 } });
});

it('cordons, uncordons and drains a node', async () => {
  await using world = await GatewayWorld.start();
  await world.allow('jane', undefined, everything, ['nodes', 'pods', 'pods/eviction']);
  const [jane, bob] = [world.browser('jane'), world.browser('bob')];
  const nodes = world.admin.resource(Node);
  await nodes.create({ metadata: { name: 'n1' } });
  await call(world, jane, 'cordon', { name: 'n1' });
  expect((await nodes.get('n1')).spec?.unschedulable).toBe(true);
  await call(world, jane, 'uncordon', { name: 'n1' });
  expect((await nodes.get('n1')).spec?.unschedulable ?? false).toBe(false);
  expect(await call(world, bob, 'drain', { name: 'n1' })).toMatchObject({ fault: { status: 403 } });
  expect(await call(world, jane, 'drain', { name: 'n1' })).toEqual({ evicted: [], skipped: [] });
  expect((await nodes.get('n1')).spec?.unschedulable).toBe(true);
});

it('tells the user what there is and what is allowed', async () => {
  await using world = await GatewayWorld.start({ resources: [ConfigMap, { apiVersion: 'apps/v1', kind: '*' }] });
  await world.allow('jane', 'default');
  const jane = world.browser('jane');
  expect(await call(world, jane, 'me', {})).toEqual({ user: 'jane', groups: [] });
  expect(await call(world, jane, 'clusters', {})).toEqual(['default']);
  const kinds = (await call(world, jane, 'kinds', {})) as { kind: string }[];
  expect(kinds.map((one) => one.kind).sort()).toEqual([
    ...['ConfigMap', 'ControllerRevision', 'DaemonSet', 'Deployment', 'ReplicaSet', 'StatefulSet'],
  ]);
  expect(await call(world, jane, 'can', { verb: 'list', kind, namespace: 'default' })).toBe(true);
  expect(await call(world, jane, 'can', { verb: 'list', kind })).toBe(false);
});

it('refuses parameters that are not valid, and says which', async () => {
  await using world = await GatewayWorld.start();
  const jane = world.browser('jane');
  for (const [action, params] of [
    ['scale', { kind, namespace: 'default', name: 'a', replicas: -1 }],
    ['get', { kind, name: 'a/../b', namespace: 'default' }],
    ['delete', { kind, namespace: 'default', name: 'a', propagation: 'all' }],
    ['me', { more: 1 }],
    ['create', { object: [] }],
  ] as const)
    expect(await call(world, jane, action, params), action).toMatchObject({ fault: { status: 400 } });
});

it('merges an edit field by field, with lists as one field', () => {
  const original = { a: 1, list: [1, 2], map: { x: 1, y: 1 } };
  const edited = { a: 1, list: [1, 2, 3], map: { x: 2 } };
  const newest = { a: 2, list: [1, 2], map: { x: 1, y: 1, z: 1 }, more: true };
  expect(mergeEdit(original, edited, newest)).toEqual({
    object: { a: 2, list: [1, 2, 3], map: { x: 2, z: 1 }, more: true },
    conflicts: [],
  });
  expect(mergeEdit(original, edited, { ...newest, list: [0] }).conflicts).toEqual(['list']);
  expect(mergeEdit(original, { ...original, map: { y: 1 } }, { ...original, map: { x: 5, y: 1 } }).conflicts).toEqual([
    'map.x',
  ]);
});
