import { expect, it } from 'vitest';
import { TestServer } from '../client.js';

it('wants finalizers of its own kinds to have a domain, and lets those of custom ones be any name', async () => {
  const server = new TestServer();
  const group = 'example.com';
  await server.ask('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
    metadata: { name: `widgets.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural: 'widgets', kind: 'Widget' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
    },
  });
  const make = (path: string, kind: object) =>
    server.ask('POST', path, { ...kind, metadata: { name: 'a', finalizers: ['mine'] } });
  const widgets = `/apis/${group}/v1/namespaces/default/widgets`;
  const kind = { apiVersion: `${group}/v1`, kind: 'Widget' };
  expect((await make(widgets, kind)).status).toBe(201);
  const merge = { 'content-type': 'application/merge-patch+json' };
  const patch = (finalizers: string[]) => server.ask('PATCH', `${widgets}/a`, { metadata: { finalizers } }, merge);
  expect((await patch(['mine', 'yours'])).status).toBe(200);
  expect((await patch(['no name'])).status).toBe(422);
  const refused = await make('/api/v1/namespaces/default/configmaps', {});
  expect(refused.body.message).toContain('name is neither a standard finalizer name nor is it fully qualified');
});

it('keeps the grace period of an object that is being deleted when an update removes it, and refuses another one', async () => {
  const server = new TestServer();
  const path = '/api/v1/namespaces/default/configmaps';
  await server.ask('POST', path, { metadata: { name: 'a', finalizers: ['example.com/mine'] } });
  await server.ask('DELETE', `${path}/a`);
  const merge = { 'content-type': 'application/merge-patch+json' };
  const patch = (deletionGracePeriodSeconds: number | null) =>
    server.ask('PATCH', `${path}/a`, { metadata: { deletionGracePeriodSeconds } }, merge);
  const removed = await patch(null);
  expect(removed.status).toBe(200);
  expect(removed.body.metadata.deletionGracePeriodSeconds).toBe(0);
  expect((await patch(0)).status).toBe(200);
  const changed = await patch(5);
  expect(changed.status).toBe(422);
  expect(changed.body.message).toBe(
    'ConfigMap "a" is invalid: metadata.deletionGracePeriodSeconds: Invalid value: 5: field is immutable',
  );
});
