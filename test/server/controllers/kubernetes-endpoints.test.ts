import { afterEach, describe, expect, it } from 'vitest';
import { MemoryStorage } from '../../../src/server/storage/memory-storage.js';
import { FakeClock } from '../../../src/util/fake-clock.js';
import { TestServer, turn } from '../client.js';
import { SharedStorage } from '../shared-storage.js';

const endpoints = '/api/v1/namespaces/default/endpoints/kubernetes';
const slice = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes';
const ports = [{ name: 'https', port: 6443, protocol: 'TCP' }];

describe('the endpoints of the service kubernetes', () => {
  const open: TestServer[] = [];
  const clock = new FakeClock();
  const store = new MemoryStorage();
  const start = async (address: string) => {
    const storage = new SharedStorage(store);
    const server = new TestServer({ clock, storage, controllers: ['kubernetes-service'] });
    open.push(server);
    await server.api.announce(address, 6443);
    return { server, storage };
  };
  const pass = async (ms: number) => {
    await clock.advance(ms);
    for (let i = 0; i < 30; i++) await turn();
  };
  const published = async ({ server }: { server: TestServer }) => {
    const { subsets = [] } = (await server.ask('GET', endpoints)).body;
    const { body } = await server.ask('GET', slice);
    const inSlice = (body.endpoints ?? []).flatMap(({ addresses }: { addresses: string[] }) => addresses);
    const listed = subsets.flatMap((one: { addresses: { ip: string }[] }) => one.addresses.map(({ ip }) => ip));
    expect(inSlice).toEqual(listed);
    if (listed.length > 0) expect([subsets[0].ports, body.ports]).toEqual([ports, ports]);
    return listed;
  };
  afterEach(async () => {
    for (const server of open.splice(0)) await server.api.close();
  });

  it('are all servers that share a store, and a server that closes is removed at once', async () => {
    const one = await start('127.0.0.1');
    const other = await start('127.0.0.2');
    expect(await published(one)).toEqual(['127.0.0.1', '127.0.0.2']);
    await other.server.api.close();
    expect(await published(one)).toEqual(['127.0.0.1']);
    await one.server.api.close();
    const late = await start('127.0.0.3');
    expect(await published(late)).toEqual(['127.0.0.3']);
  });

  it('lose a server that dies after 15 s, and keep those that live', async () => {
    const one = await start('127.0.0.1');
    const other = await start('127.0.0.2');
    const { body: before } = await one.server.ask('GET', endpoints);
    await pass(10_000);
    expect(await published(one)).toEqual(['127.0.0.1', '127.0.0.2']);
    // Its connection breaks: it renews its lease no more.
    other.storage.cut();
    await pass(10_000);
    await pass(10_000);
    expect(await published(one)).toEqual(['127.0.0.1']);
    for (let i = 0; i < 6; i++) await pass(10_000);
    expect(await published(one)).toEqual(['127.0.0.1']);
    const { body: after } = await one.server.ask('GET', endpoints);
    expect(after.metadata.uid).toBe(before.metadata.uid);
  });

  it('are put back when somebody changes them', async () => {
    const one = await start('127.0.0.1');
    await one.server.ask('DELETE', endpoints);
    await one.server.ask('DELETE', slice);
    await pass(10_000);
    expect(await published(one)).toEqual(['127.0.0.1']);
  });
});
