import { expect, it, vi } from 'vitest';
import { ConfigMap } from '../../generated/core/v1.js';
import { DecodingError } from '../../src/errors/index.js';
import { Collection } from '../../src/gateway/queries/collection.js';
import { startServer } from '../../src/testing/index.js';
import { turn } from '../../src/util/next-turn.js';
import { GatewayWorld } from './gateway-world.js';

it('sends the rows of a query in order, and then what changes', async () => {
  await using world = await GatewayWorld.start();
  const maps = world.admin.resource(ConfigMap).in('default');
  await world.allow('jane');
  for (const name of ['b', 'a']) await maps.create({ metadata: { name }, data: { word: name } });
  const jane = world.browser('jane');
  jane.open(1, { namespace: 'default' });
  await world.until(() => jane.keys(1)?.length === 2);
  expect(jane.keys(1)).toEqual(['default/a', 'default/b']);
  await maps.create({ metadata: { name: 'c' } });
  await world.until(() => jane.keys(1)?.length === 3);
  const last = jane.received.at(-1);
  expect(last).toMatchObject({ type: 'rows', total: 3, set: [{ key: 'default/c' }] });
  expect(world.errors).toEqual([]);
});

it('answers an update that comes before the kind of its query is found', async () => {
  await using world = await GatewayWorld.start();
  const maps = world.admin.resource(ConfigMap).in('default');
  await world.allow('jane');
  for (const name of ['b', 'a']) await maps.create({ metadata: { name } });
  const jane = world.browser('jane');
  jane.open(1, { namespace: 'default' });
  jane.say({ type: 'update', id: 1, query: { namespace: 'default', window: { from: 1, to: 2 } } });
  await world.until(() => jane.keys(1) !== undefined);
  expect(jane.keys(1)).toEqual(['default/b']);
  expect(jane.received.at(-1)).toMatchObject({ from: 1, total: 2 });
});

it('refuses a kind that the user may not list', async () => {
  await using world = await GatewayWorld.start();
  const jane = world.browser('jane');
  jane.open(1);
  await world.until(() => jane.fault(1) !== undefined);
  expect(jane.fault(1)).toMatchObject({ fault: { status: 403, reason: 'Forbidden' } });
});

it('needs the right to watch besides the right to list', async () => {
  await using world = await GatewayWorld.start();
  await world.allow('jane', undefined, ['get', 'list']);
  const jane = world.browser('jane');
  jane.open(1);
  await world.until(() => jane.fault(1) !== undefined);
  expect(jane.fault(1)).toMatchObject({ fault: { status: 403 } });
});

it('shares one watch and one view among browsers that ask for the same', async () => {
  await using world = await GatewayWorld.start();
  await world.allow('jane');
  await world.allow('bob');
  const browsers = [world.browser('jane'), world.browser('jane'), world.browser('bob')];
  for (const browser of browsers) {
    browser.open(1, { search: 'a' });
    browser.open(2, { search: 'a', window: { from: 0, to: 5 } });
    browser.open(3);
  }
  await world.until(() => browsers.every(({ rows }) => rows.size === 3));
  expect(world.sessions.status()).toEqual({ connections: 3, queries: 9, watches: 1, views: 2 });
  for (const browser of browsers) browser.close(1000, '');
  expect(world.sessions.status()).toEqual({ connections: 0, queries: 0, watches: 1, views: 0 });
  await world.clock.advance(61_000);
  expect(world.sessions.status().watches).toBe(0);
});

it('ends a query within ten seconds after the right was taken away', async () => {
  await using world = await GatewayWorld.start();
  const end = await world.allow('jane');
  const jane = world.browser('jane');
  jane.open(1);
  await world.until(() => jane.rows.has(1));
  await end();
  await world.clock.advance(10_000);
  expect(jane.fault(1)).toMatchObject({ fault: { status: 403 } });
  expect(world.sessions.status().queries).toBe(0);
});

it('joins the changes of a moment into one message', async () => {
  await using world = await GatewayWorld.start();
  const maps = world.admin.resource(ConfigMap).in('default');
  await world.allow('jane');
  await maps.create({ metadata: { name: 'a' } });
  const jane = world.browser('jane');
  jane.open(1, { namespace: 'default' });
  await world.until(() => jane.rows.has(1));
  const before = jane.received.length;
  for (let count = 0; count < 20; count++)
    await maps.apply({ metadata: { name: 'a' }, data: { count: String(count) } }, { manager: 'test' });
  for (let turns = 0; turns < 20; turns++) await turn();
  expect(jane.received).toHaveLength(before);
  await world.clock.advance(100);
  expect(jane.received.slice(before)).toMatchObject([{ set: [{ object: { data: { count: '19' } } }] }]);
});

it('sends nothing to a browser that does not read, and then only the newest state', async () => {
  await using world = await GatewayWorld.start();
  const maps = world.admin.resource(ConfigMap).in('default');
  await world.allow('jane');
  await maps.create({ metadata: { name: 'a' } });
  const [slow, quick] = [world.browser('jane'), world.browser('jane')];
  for (const browser of [slow, quick]) browser.open(1, { namespace: 'default', columns: ['data.count'] });
  await world.until(() => slow.rows.has(1) && quick.rows.has(1));
  const before = slow.received.length;
  slow.bufferedAmount = 1024 * 1024;
  for (let count = 0; count < 30; count++) {
    await maps.apply({ metadata: { name: 'a' }, data: { count: String(count) } }, { manager: 'test' });
    await world.clock.advance(100);
  }
  await world.until(() => quick.shown(1)?.[0]?.cells?.[0] === '29');
  expect(slow.received).toHaveLength(before);
  slow.bufferedAmount = 0;
  await world.until(() => slow.received.length > before);
  expect(slow.received.slice(before)).toMatchObject([{ set: [{ cells: ['29'] }] }]);
});

it('ends the connection of a browser that does not read its answers at all', async () => {
  await using world = await GatewayWorld.start();
  const jane = world.browser('jane');
  jane.bufferedAmount = 64 * 1024 * 1024;
  jane.open(1);
  await world.until(() => jane.terminated);
});

it('moves the window, changes the selection and keeps what the browser holds', async () => {
  await using world = await GatewayWorld.start();
  const maps = world.admin.resource(ConfigMap).in('default');
  await world.allow('jane');
  for (let at = 0; at < 9; at++)
    await maps.create({ metadata: { name: `c${at}`, labels: { odd: String(at % 2) } }, data: { at: String(at) } });
  const jane = world.browser('jane');
  const namespace = 'default';
  jane.open(1, { namespace, window: { from: 0, to: 4 } });
  await world.until(() => jane.rows.has(1));
  jane.say({ type: 'update', id: 1, query: { namespace, window: { from: 2, to: 6 } } });
  await world.until(() => jane.keys(1)?.[0] === 'default/c2');
  expect(jane.received.at(-1)).toMatchObject({
    order: ['c2', 'c3', 'c4', 'c5'].map((name) => `default/${name}`),
    set: [{ key: 'default/c4' }, { key: 'default/c5' }],
  });
  jane.say({ type: 'update', id: 1, query: { namespace, labels: 'odd=1', sort: ['-data.at'], group: 'data.at' } });
  await world.until(() => jane.keys(1)?.[0] === 'default/c7');
  expect(jane.received.at(-1)).toMatchObject({ total: 4, counts: { 1: 1, 3: 1, 5: 1, 7: 1 } });
  const before = jane.received.length;
  jane.say({ type: 'update', id: 1, query: { namespace, labels: 'odd=1', sort: ['-data.at'], group: 'data.at' } });
  await world.until(() => jane.received.length > before);
  expect(jane.received.at(-1)).toMatchObject({ type: 'rows', id: 1, total: 4 });
});

it.each([
  ['a path that is not one', { sort: ['a..b'] }],
  ['a label selector that is not one', { labels: 'a in b' }],
  ['more rows than a window has', { window: { from: 0, to: 501 } }],
  ['another cluster', { cluster: 'other' }],
])('refuses %s with a fault for the query alone', async (_, query) => {
  await using world = await GatewayWorld.start();
  await world.allow('jane');
  const jane = world.browser('jane');
  jane.open(1);
  jane.open(2, query);
  await world.until(() => jane.fault(2) !== undefined && jane.rows.has(1));
  expect(jane.closed).toBeUndefined();
});

it('keeps the clusters apart', async () => {
  await using one = await GatewayWorld.start();
  await using other = await startServer({ listen: false });
  const second = await other.connect();
  for (const [cluster, name] of [
    [one.admin, 'here'],
    [second, 'there'],
  ] as const)
    await cluster.resource(ConfigMap).in('default').create({ metadata: { name } });
  await using world = await GatewayWorld.start({ cluster: undefined, clusters: { one: one.admin, two: second } });
  await one.allow('jane');
  const jane = world.browser('jane');
  jane.open(1, { namespace: 'default' });
  jane.open(2, { cluster: 'two', namespace: 'default' });
  await world.until(() => jane.rows.has(1) && jane.fault(2) !== undefined);
  expect(jane.keys(1)).toEqual(['default/here']);
});

it('ends a query that cannot be answered, and goes on with the others', async () => {
  await using world = await GatewayWorld.start();
  await world.allow('jane');
  const maps = world.admin.resource(ConfigMap).in('default');
  const [one, other] = [world.browser('jane'), world.browser('jane')];
  other.open(1, { namespace: 'default', search: 'later', columns: ['metadata.name'] });
  await world.until(() => other.rows.has(1));
  const broken = vi.spyOn(Collection.prototype, 'object').mockImplementationOnce(() => {
    throw new DecodingError('the object is not JSON', { offset: 3 });
  });
  await maps.create({ metadata: { name: 'a' } });
  one.open(1, { namespace: 'default' });
  await world.until(() => one.fault(1) !== undefined);
  expect(one.fault(1)).toMatchObject({ fault: { status: 500, message: 'the gateway failed' } });
  expect(world.errors).toHaveLength(1);
  broken.mockRestore();
  await maps.create({ metadata: { name: 'later' } });
  await world.until(() => other.keys(1)?.[0] === 'default/later');
});
