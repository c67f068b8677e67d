import { afterAll, beforeAll, expect, it } from 'vitest';
import { ConfigMap, Secret } from '../../generated/core/v1.js';
import { callerFrom } from '../../src/gateway/gateway-user.js';
import type { Cluster } from '../../src/sdk/index.js';
import { type LocalServer, startServer } from '../../src/testing/index.js';
import { GatewayWorld } from './gateway-world.js';
import { Site, TestSocket } from './site.js';

let server: LocalServer;
let cluster: Cluster;
let site: Site;

beforeAll(async () => {
  server = await startServer({ listen: false });
  cluster = await server.connect();
  site = await Site.start(cluster);
});

afterAll(async () => {
  await site.close();
  await server.close();
});

it('opens a WebSocket for its own page and for programs that are not browsers', async () => {
  expect(await site.socket({ headers: { origin: site.url } })).toBeInstanceOf(TestSocket);
  expect(await site.socket()).toBeInstanceOf(TestSocket);
});

it.each([
  ['of another origin', { origin: 'https://evil.example' }],
  ['of a sandboxed frame', { origin: 'null' }],
  ['whose origin only begins like the own one', { origin: 'http://127.0.0.1.evil.example' }],
  ['that Fetch Metadata calls cross-site', { 'sec-fetch-site': 'cross-site' }],
  ['that Fetch Metadata calls same-site', { 'sec-fetch-site': 'same-site' }],
])('refuses the WebSocket and the action of a page %s', async (_, headers) => {
  expect(await site.socket({ headers })).toBe(403);
  const answer = await site.post({ action: 'me' }, headers);
  expect(answer.status).toBe(403);
  expect(answer.headers.get('access-control-allow-origin')).toBeNull();
});

it('takes only the origins that the platform names', async () => {
  await using strict = await Site.start(cluster, { origins: ['https://platform.example'] });
  expect(await strict.socket({ headers: { origin: strict.url } })).toBe(403);
  expect(await strict.socket({ headers: { origin: 'https://platform.example' } })).toBeInstanceOf(TestSocket);
});

it('refuses addresses with a query, so that no token can come in a URL', async () => {
  expect(await site.socket({ path: '/k8s?token=x' })).toBe(400);
  expect((await site.post({ action: 'me' }, {}, '/k8s/call?token=x')).status).toBe(400);
});

it('refuses a request without a user, and one that the platform cannot authenticate', async () => {
  expect(await site.socket({ headers: { cookie: '' } })).toBe(401);
  const errors: unknown[] = [];
  await using broken = await Site.start(cluster, {
    authenticate: () => Promise.reject(new Error('the session store is at 10.1.2.3')),
    onError: (error) => errors.push(error),
  });
  const answer = await broken.post({ action: 'me' });
  expect(answer.status).toBe(500);
  expect(await answer.text()).not.toContain('10.1.2.3');
  expect(errors).toHaveLength(1);
});

it('refuses a user whose name no header can hold', async () => {
  expect(() => callerFrom({ user: 'jane\r\nImpersonate-Group: system:masters' })).toThrow(/control characters/);
  await using other = await Site.start(cluster, { authenticate: () => ({ user: 'jane\nx' }) });
  expect((await other.post({ action: 'me' })).status).toBe(400);
});

it('runs actions only from a type that other origins cannot send without leave', async () => {
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp'])
    expect((await site.post({ action: 'me' }, { 'content-type': type })).status).toBe(415);
  const preflight = await fetch(`${site.url}/k8s/call`, { method: 'OPTIONS', headers: { cookie: 'user=jane' } });
  expect(preflight.status).toBe(405);
});

it('answers with headers that keep the answer out of other pages and out of caches', async () => {
  const answer = await site.post({ action: 'me' });
  expect(await answer.json()).toEqual({ value: { user: 'jane', groups: [] } });
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'cache-control': 'no-store',
    'content-security-policy': expect.stringContaining("default-src 'none'"),
    'cross-origin-resource-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
  });
});

it('offers only the kinds and clusters of its lists', async () => {
  const admin = await Site.start(cluster, { authenticate: () => ({ user: 'root', groups: ['system:masters'] }) });
  const socket = await admin.socket();
  if (!(socket instanceof TestSocket)) throw new Error('no socket');
  const secret = { apiVersion: 'v1', kind: 'Secret' };
  await cluster
    .resource(Secret)
    .in('default')
    .create({ metadata: { name: 's' } });
  const refused = { type: 'fault', fault: { status: 403, reason: 'Forbidden' } };
  expect(await socket.call(1, 'get', { kind: secret, namespace: 'default', name: 's' })).toMatchObject(refused);
  const object = { ...secret, metadata: { name: 's', namespace: 'default' } };
  for (const [at, action] of ['apply', 'create'].entries())
    expect(await socket.call(10 + at, action, { object })).toMatchObject(refused);
  expect(await socket.call(20, 'edit', { original: object, object })).toMatchObject(refused);
  socket.say({ type: 'open', id: 30, kind: secret, query: {} });
  expect(await socket.next(({ id }) => id === 30)).toMatchObject(refused);
  expect(await socket.call(40, 'kinds', { cluster: 'other' })).toMatchObject({ fault: { status: 404 } });
  expect(await socket.call(41, 'constructor', {})).toMatchObject({ fault: { status: 404 } });
  await admin.close();
});

it('ends a connection whose messages are not of the protocol', async () => {
  for (const text of ['{', '[]', '{"type":"open","id":0}', '{"type":"open","id":1,"kind":{},"query":{},"more":1}']) {
    const socket = await site.socket();
    if (!(socket instanceof TestSocket)) throw new Error('no socket');
    socket.socket.send(text);
    expect((await socket.closed).code).toBe(1008);
  }
  expect(await site.socket({ protocol: 'other' })).toBe(400);
});

it('limits connections, queries and actions of each user', async () => {
  await using world = await GatewayWorld.start({ limits: { connections: 2, queries: 2, actions: 1 } });
  await world.allow('jane');
  const jane = world.browser('jane');
  const other = world.browser('jane');
  expect(() => world.browser('jane')).toThrow(/2 connections already/);
  world.browser('bob');
  jane.open(1);
  other.open(1);
  jane.open(2);
  expect(jane.fault(2)).toMatchObject({ fault: { status: 429 } });
  jane.say({ type: 'call', id: 3, action: 'kinds', params: {} });
  jane.say({ type: 'call', id: 4, action: 'kinds', params: {} });
  expect(jane.fault(4)).toMatchObject({ fault: { status: 429 } });
  await world.until(() => jane.received.some(({ type, id }) => type === 'result' && id === 3));
  jane.say({ type: 'close', id: 1 });
  jane.open(5);
  await world.until(() => jane.rows.has(5));
  other.close(1000, '');
  world.browser('jane');
});

it('ends a connection when the sign-in of its user does', async () => {
  await using short = await Site.start(cluster, {
    authenticate: () => ({ user: 'jane', expires: new Date(Date.now() + 30) }),
  });
  const socket = await short.socket();
  if (!(socket instanceof TestSocket)) throw new Error('no socket');
  expect((await socket.closed).code).toBe(1001);
});

it('hides errors of the cluster from browsers', async () => {
  await using world = await GatewayWorld.start();
  await world.allow('jane');
  await world.server?.down();
  const jane = world.browser('jane');
  jane.say({ type: 'call', id: 1, action: 'get', params: configMap('x') });
  await world.until(() => jane.fault(1) !== undefined);
  expect(jane.fault(1)).toMatchObject({ fault: { status: 502, message: 'the gateway cannot reach the cluster' } });
  expect(world.errors).toHaveLength(1);
});

it('stops sending when it cannot look at the rights any more', async () => {
  await using world = await GatewayWorld.start();
  await world.allow('jane');
  const jane = world.browser('jane');
  jane.open(1);
  await world.until(() => jane.rows.has(1));
  const reviews = { resource: 'selfsubjectaccessreviews' };
  world.server?.faults.add(reviews, { kind: 'answer', status: 500 }, { times: Number.POSITIVE_INFINITY });
  await world.clock.advance(11_000);
  const before = jane.received.length;
  await world.admin
    .resource(ConfigMap)
    .in('default')
    .create({ metadata: { name: 'late' } });
  await world.clock.advance(1_000);
  await world.until(() => jane.fault(1) !== undefined);
  expect(jane.received.slice(before).filter(({ type }) => type === 'rows')).toEqual([]);
});

function configMap(name: string) {
  return { kind: { apiVersion: 'v1', kind: 'ConfigMap' }, namespace: 'default', name };
}
