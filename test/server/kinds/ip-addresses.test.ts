import { describe, expect, it } from 'vitest';
import { MemoryStorage } from '../../../src/server/storage/memory-storage.js';
import { FakeClock } from '../../../src/util/fake-clock.js';
import { type Answer, TestServer } from '../client.js';

const services = '/api/v1/namespaces/default/services';
const networking = '/apis/networking.k8s.io/v1';
const service = (name: string, spec: object = {}) => ({ metadata: { name }, spec: { ports: [{ port: 80 }], ...spec } });
const names = async (server: TestServer): Promise<string[]> =>
  (await server.ask('GET', `${networking}/ipaddresses`)).body.items.map(({ metadata }: Answer) => metadata.name);

describe('the IPAddresses of services', () => {
  it('are made for each service, as kube-apiserver makes them', async () => {
    const server = new TestServer();
    expect(await names(server)).toEqual(['10.0.0.1']);
    const made = await server.ask('POST', services, service('a'));
    const { body } = await server.ask('GET', `${networking}/ipaddresses/${made.body.spec.clusterIP}`);
    expect(body.metadata.labels).toEqual({
      'ipaddress.kubernetes.io/ip-family': 'IPv4',
      'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io',
    });
    expect(body.metadata.managedFields).toMatchObject([{ manager: 'kube-apiserver', operation: 'Update' }]);
    expect(body.spec).toEqual({ parentRef: { resource: 'services', namespace: 'default', name: 'a' } });
    await server.ask('POST', services, service('headless', { clusterIP: 'None' }));
    await server.ask('POST', `${services}?dryRun=All`, service('dry'));
    expect(await names(server)).toHaveLength(2);
  });

  it('go with the service, with its type, and are not left by a service that was refused', async () => {
    const server = new TestServer();
    await server.ask('POST', services, service('a', { clusterIP: '10.0.0.9' }));
    await server.ask('POST', services, service('a', { clusterIP: '10.0.0.10' }));
    await server.ask('POST', services, service('bad', { clusterIP: '10.0.0.11', ports: [] }));
    expect(await names(server)).toEqual(['10.0.0.1', '10.0.0.9']);
    const named = { spec: { type: 'ExternalName', externalName: 'example.test', clusterIP: null, clusterIPs: null } };
    const type = { 'content-type': 'application/merge-patch+json' };
    expect((await server.ask('PATCH', `${services}/a`, named, type)).status).toBe(200);
    expect(await names(server)).toEqual(['10.0.0.1']);
    await server.ask('POST', services, service('b', { clusterIP: '10.0.0.9' }));
    await server.ask('DELETE', `${services}/b`);
    expect(await names(server)).toEqual(['10.0.0.1']);
    expect((await server.ask('POST', services, service('c', { clusterIP: '10.0.0.9' }))).status).toBe(201);
  });

  it('keep addresses from services, whoever made them, and come back while their service lives', async () => {
    const server = new TestServer();
    const parentRef = { group: 'example.test', resource: 'gateways', name: 'g' };
    await server.ask('POST', `${networking}/ipaddresses`, { metadata: { name: '10.0.0.20' }, spec: { parentRef } });
    const taken = await server.ask('POST', services, service('a', { clusterIP: '10.0.0.20' }));
    expect(taken.body.message).toContain('failed to allocate IP 10.0.0.20: provided IP is already allocated');
    await server.ask('DELETE', `${networking}/ipaddresses/10.0.0.20`);
    expect((await server.ask('POST', services, service('a', { clusterIP: '10.0.0.20' }))).status).toBe(201);
    await server.ask('DELETE', `${networking}/ipaddresses/10.0.0.20`);
    expect(await names(server)).toEqual(['10.0.0.1', '10.0.0.20']);
  });

  it('are made for services of an older store, and removed a minute after their service is gone', async () => {
    const clock = new FakeClock();
    const storage = new MemoryStorage();
    const first = new TestServer({ storage, clock });
    await first.ask('POST', services, service('a', { clusterIP: '10.0.0.30' }));
    await first.ask('POST', services, service('b', { clusterIP: '10.0.0.31' }));
    const remove = async (key: string): Promise<void> => {
      const { kv } = await storage.get(key);
      await storage.delete(key, kv?.modRevision ?? 0);
    };
    await remove('/registry/networking.k8s.io/ipaddresses/10.0.0.30');
    await remove('/registry/services/default/b');
    await clock.advance(61_000);
    const second = new TestServer({ storage, clock });
    await second.ask('POST', services, service('c', { clusterIP: '10.0.0.32' }));
    expect(await names(second)).toEqual(['10.0.0.1', '10.0.0.30', '10.0.0.32']);
  });

  it.each(['10.0.0.0', '10.0.255.255', '10.9.0.1'])('cannot be %s', async (clusterIP) => {
    const { body } = await new TestServer().ask('POST', services, service('a', { clusterIP }));
    expect(body.message).toContain(`failed to allocate IP ${clusterIP}: the provided network does not match`);
  });
});

describe('ServiceCIDRs', () => {
  const more = { metadata: { name: 'more' }, spec: { cidrs: ['192.168.9.0/28'] } };
  const start = (clock: FakeClock) => new TestServer({ controllers: ['service-cidr-controller'], clock });
  const ready = async (server: TestServer, name = 'more'): Promise<Answer> => {
    const { body } = await server.ask('GET', `${networking}/servicecidrs/${name}`);
    const [condition] = body.status?.conditions ?? [];
    return [body.metadata?.finalizers, condition?.status, condition?.reason];
  };

  it('give services more addresses once they are ready', async () => {
    const clock = new FakeClock();
    const server = start(clock);
    const wanted = { clusterIP: '192.168.9.3' };
    expect((await server.ask('POST', services, service('a', wanted))).status).toBe(422);
    await server.ask('POST', `${networking}/servicecidrs`, more);
    await expect.poll(() => ready(server)).toEqual([['networking.k8s.io/service-cidr-finalizer'], 'True', '']);
    expect((await server.ask('POST', services, service('a', wanted))).status).toBe(201);
    await server.api.close();
  });

  it('are taken when the first network is full', async () => {
    const clock = new FakeClock();
    const server = new TestServer({
      controllers: ['service-cidr-controller'],
      clock,
      serviceClusterIpRange: '10.0.0.0/29',
    });
    await server.ask('POST', `${networking}/servicecidrs`, more);
    await expect.poll(() => ready(server)).toContain('True');
    const given: string[] = [];
    for (let index = 0; index < 19; index++)
      given.push((await server.ask('POST', services, service(`s${index}`))).body.spec.clusterIP);
    expect(new Set(given).size).toBe(19);
    expect(given.filter((one) => one.startsWith('192.168.9.')).length).toBe(14);
    expect((await server.ask('POST', services, service('full'))).body.message).toContain('range is full');
    await server.api.close();
  });

  it('stay while services have their addresses, and go ten seconds after the last', async () => {
    const clock = new FakeClock();
    const server = start(clock);
    await server.ask('POST', `${networking}/servicecidrs`, more);
    await expect.poll(() => ready(server)).toContain('True');
    await server.ask('POST', services, service('a', { clusterIP: '192.168.9.3' }));
    await server.ask('DELETE', `${networking}/servicecidrs/more`);
    await expect.poll(async () => (await ready(server)).slice(1)).toEqual(['False', 'Terminating']);
    await clock.advance(20_000);
    expect((await server.ask('POST', services, service('b', { clusterIP: '192.168.9.4' }))).status).toBe(422);
    await server.ask('DELETE', `${services}/a`);
    await expect
      .poll(async () => {
        await clock.advance(1_000);
        return (await server.ask('GET', `${networking}/servicecidrs/more`)).status;
      })
      .toBe(404);
    await server.api.close();
  });

  it('of the flags comes back when it is deleted', async () => {
    const server = start(new FakeClock());
    expect((await server.ask('DELETE', `${networking}/servicecidrs/kubernetes`)).status).toBe(200);
    await expect.poll(() => ready(server, 'kubernetes')).toEqual([undefined, 'True', '']);
    await server.api.close();
  });
});
