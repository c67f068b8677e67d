import { expect, it } from 'vitest';
import { TestServer } from '../client.js';

const merge = { 'content-type': 'application/merge-patch+json' };
const bad = { labels: { $x: 'y' }, finalizers: ['ab'], deletionGracePeriodSeconds: 5 };

/** Counts the reports of each metadata fault. */
const told = (body: { details?: { causes?: { field: string }[] } }) =>
  ['metadata.labels', 'metadata.finalizers[0]', 'metadata.deletionGracePeriodSeconds'].map(
    (name) => (body.details?.causes ?? []).filter(({ field }) => field === name).length,
  );

const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } };

it.each([
  ['/api/v1/namespaces/default/configmaps', {}, [4, 2, 2], undefined],
  ['/apis/policy/v1/namespaces/default/poddisruptionbudgets', { spec: {} }, [2, 0, 1], [2, 0, 1]],
  ['/apis/coordination.k8s.io/v1/namespaces/default/leases', {}, [3, 0, 2], undefined],
  [
    '/apis/apps/v1/namespaces/default/deployments',
    { spec: { selector: { matchLabels: { a: 'b' } }, template } },
    [3, 1, 2],
    [0, 1, 2],
  ],
  ['/api/v1/nodes', {}, [4, 2, 2], [3, 1, 2]],
])('%s tells each fault of metadata as often as its kind looks for it', async (path, fields, own, status) => {
  const server = new TestServer();
  await server.ask('POST', path, { metadata: { name: 'x' }, ...fields });
  const patched = await server.ask('PATCH', `${path}/x`, { metadata: bad }, merge);
  expect(told(patched.body)).toEqual(own);
  if (status === undefined) return;
  const through = await server.ask('PATCH', `${path}/x/status`, { metadata: bad }, merge);
  expect(told(through.body)).toEqual(status);
});

it('a finalizer without a prefix is refused where the kind says so', async () => {
  const server = new TestServer();
  const metadata = { name: 'x', finalizers: ['ab'] };
  expect((await server.ask('POST', '/api/v1/namespaces/default/configmaps', { metadata })).status).toBe(422);
  const leases = '/apis/coordination.k8s.io/v1/namespaces/default/leases';
  expect((await server.ask('POST', leases, { metadata })).status).toBe(201);
});

it('finalizers can be changed through the status, and who owns what forgotten with an empty list', async () => {
  const server = new TestServer();
  const path = '/api/v1/nodes/x';
  await server.ask('POST', '/api/v1/nodes', { metadata: { name: 'x', labels: { a: 'b' } } });
  const { body } = await server.ask('PATCH', `${path}/status`, { metadata: { finalizers: ['a/b'] } }, merge);
  expect(body.metadata.finalizers).toEqual(['a/b']);
  const forgotten = await server.ask('PATCH', path, { metadata: { managedFields: [] } }, merge);
  expect(forgotten.body.metadata).not.toHaveProperty('managedFields');
});

it('a patch that says a field twice is warned of, and refused where that is asked for', async () => {
  const server = new TestServer();
  const path = '/api/v1/namespaces/default/configmaps';
  await server.ask('POST', path, { metadata: { name: 'x' } });
  const twice = '{"data":{"a":"1","a":"2"}}';
  const warned = await server.raw('PATCH', `${path}/x`, twice, merge);
  expect(warned.status).toBe(200);
  expect(JSON.stringify(warned.headers)).toContain('duplicate field');
  expect((await server.raw('PATCH', `${path}/x?fieldValidation=Strict`, twice, merge)).status).toBe(422);
});
