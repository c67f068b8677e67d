import { expect, it } from 'vitest';
import { TestServer } from '../client.js';

const networking = '/apis/networking.k8s.io/v1';
const parentRef = { group: 'example.com', resource: 'widgets', namespace: 'shop', name: 'w' };
const merge = { 'content-type': 'application/merge-patch+json' };

it('an IPAddress is named by its address, of either family, in the one form that is canonical', async () => {
  const server = new TestServer();
  const make = (name: string) =>
    server.ask('POST', `${networking}/ipaddresses`, { metadata: { name }, spec: { parentRef } });
  for (const name of ['192.168.1.2', 'fe80::42:1dff:fe84:f9e2']) expect((await make(name)).status).toBe(201);
  const why = {
    'web-1': 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    '010.1.2.3': 'must not have leading 0s',
    '::ffff:10.1.2.3': 'must not be an IPv4-mapped IPv6 address',
    'fe80:0::1': 'must be in canonical form ("fe80::1")',
  };
  for (const [name, message] of Object.entries(why)) {
    const { status, body } = await make(name);
    expect([status, body.message]).toEqual([422, expect.stringContaining(message)]);
  }
});

it('an IPAddress says what holds it, and never changes that', async () => {
  const server = new TestServer();
  const addresses = `${networking}/ipaddresses`;
  const make = (spec: object) => server.ask('POST', addresses, { metadata: { name: '10.1.2.3' }, spec });
  expect((await make({})).body.message).toContain('spec.parentRef: Required value');
  const { body } = await make({ parentRef: { group: 'Example', resource: 'a/b' } });
  const wrong = body.details.causes.map(({ field }: { field: string }) => field);
  expect(wrong).toEqual(['spec.parentRef.group', 'spec.parentRef.resource', 'spec.parentRef.name']);
  await make({ parentRef });
  const patch = (name: string) =>
    server.ask('PATCH', `${addresses}/10.1.2.3`, { spec: { parentRef: { name } } }, merge);
  expect((await patch('w')).status).toBe(200);
  expect((await patch('other')).body.message).toContain('field is immutable');
});

it('a ServiceCIDR has one network or one of each family, and only ever gains the second', async () => {
  const server = new TestServer();
  const kinds = `${networking}/servicecidrs`;
  const make = (name: string, ...cidrs: string[]) => server.ask('POST', kinds, { metadata: { name }, spec: { cidrs } });
  expect((await make('none')).body.message).toContain('at least one CIDR required');
  expect((await make('host', '10.1.0.1/16')).body.message).toContain('must not have bits set beyond the prefix length');
  expect((await make('form', '2001:DB8::/64')).body.message).toContain('must be in canonical form ("2001:db8::/64")');
  expect((await make('both', '10.1.0.0/16', '10.2.0.0/16')).body.message).toContain('no more than one IP for each');
  expect((await make('more', '10.1.0.0/16', '2001:db8::/64', '10.3.0.0/16')).status).toBe(422);
  expect((await make('one', '10.1.0.0/16')).status).toBe(201);
  const patch = (...cidrs: string[]) => server.ask('PATCH', `${kinds}/one`, { spec: { cidrs } }, merge);
  expect((await patch('10.2.0.0/16')).body.message).toContain('spec.cidrs[0]');
  expect((await patch('10.1.0.0/16', '2001:db8::/64')).status).toBe(200);
  expect((await patch('10.1.0.0/16')).status).toBe(422);
});
