import { expect, it } from 'vitest';
import { TestServer } from '../client.js';

const core = '/api/v1/namespaces/default';
const claims = '/apis/resource.k8s.io/v1/namespaces/default/resourceclaims';
const devices = 'gpu.deviceclass.resource.k8s.io/devices';
const claim = (name: string, ...requests: object[]) => ({ metadata: { name }, spec: { devices: { requests } } });
const exactly = (name: string, fields: object = {}) => ({ name, exactly: { deviceClassName: 'gpu', ...fields } });

it('claims of devices are counted by device class', async () => {
  const server = new TestServer();
  await server.ask('POST', `${core}/resourcequotas`, {
    metadata: { name: 'q' },
    spec: { hard: { [devices]: '40', 'count/resourceclaims.resource.k8s.io': '3' } },
  });
  const used = { [devices]: '0', 'count/resourceclaims.resource.k8s.io': '0' };
  const merge = { 'content-type': 'application/merge-patch+json' };
  const hard = { [devices]: '40', 'count/resourceclaims.resource.k8s.io': '3' };
  await server.ask('PATCH', `${core}/resourcequotas/q/status`, { status: { hard, used } }, merge);
  const made = await server.ask('POST', claims, claim('a', exactly('one'), exactly('two', { count: 2 })));
  expect(made.status).toBe(201);
  const alternatives = [
    { name: 'x', deviceClassName: 'gpu', count: 1 },
    { name: 'y', deviceClassName: 'gpu', count: 4 },
    { name: 'z', deviceClassName: 'other', allocationMode: 'All' },
  ];
  expect((await server.ask('POST', claims, claim('b', { name: 'any', firstAvailable: alternatives }))).status).toBe(
    201,
  );
  const { body } = await server.ask('GET', `${core}/resourcequotas/q`);
  expect(body.status.used).toEqual({ [devices]: '7', 'count/resourceclaims.resource.k8s.io': '2' });
  const all = await server.ask(
    'POST',
    claims,
    claim('c', exactly('all', { allocationMode: 'All' }), exactly('more', { count: 2 })),
  );
  expect([all.status, all.body.message]).toEqual([
    403,
    `resourceclaims.resource.k8s.io "c" is forbidden: exceeded quota: q, requested: ${devices}=34, used: ${devices}=7, limited: ${devices}=40`,
  ]);
});
