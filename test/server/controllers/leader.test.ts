import { afterEach, describe, expect, it } from 'vitest';
import { MemoryStorage } from '../../../src/server/storage/memory-storage.js';
import { FakeClock } from '../../../src/util/fake-clock.js';
import { type Answer, TestServer, turn } from '../client.js';
import { SharedStorage } from '../shared-storage.js';

const lease = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/kube-controller-manager';
const namespaces = '/api/v1/namespaces';

describe('the built-in controllers of servers that share a store', () => {
  const open: TestServer[] = [];
  const start = (clock: FakeClock, store: MemoryStorage) => {
    const storage = new SharedStorage(store);
    const server = new TestServer({ clock, storage, controllers: ['serviceaccount', 'namespace'] });
    open.push(server);
    return { server, storage };
  };
  const pass = async (clock: FakeClock, ms: number) => {
    for (let at = 0; at < ms; at += 500) {
      await clock.advance(500);
      for (let i = 0; i < 20; i++) await turn();
    }
  };
  const holder = async ({ server }: { server: TestServer }): Promise<Answer> =>
    (await server.ask('GET', lease)).body.spec;
  /** Returns how often the object of a key was written since a revision. */
  const writes = (store: MemoryStorage, after: number) => {
    const keys: string[] = [];
    store.watch('/registry/', '/registry0', after, {
      events: (batch) => keys.push(...batch.map(({ kv }) => kv.key)),
      ended: () => {},
    });
    return keys;
  };
  afterEach(async () => {
    for (const server of open.splice(0)) await server.api.close();
  });

  it('run in one of them, so that nothing is done twice', async () => {
    const [clock, store] = [new FakeClock(), new MemoryStorage()];
    const [one, other] = [start(clock, store), start(clock, store)];
    await one.server.ask('GET', namespaces);
    await other.server.ask('GET', namespaces);
    await pass(clock, 5_000);
    const { holderIdentity, leaseDurationSeconds, leaseTransitions } = await holder(one);
    expect([leaseDurationSeconds, leaseTransitions]).toEqual([15, 0]);
    const keys = writes(store, await store.revision());
    await one.server.ask('POST', namespaces, { metadata: { name: 'made' } });
    await other.server.ask('POST', namespaces, { metadata: { name: 'also' } });
    await pass(clock, 5_000);
    expect(keys.filter((key) => key.includes('/serviceaccounts/')).sort()).toEqual([
      '/registry/serviceaccounts/also/default',
      '/registry/serviceaccounts/made/default',
    ]);
    await other.server.ask('DELETE', `${namespaces}/made`);
    await pass(clock, 5_000);
    expect(keys.filter((key) => key === '/registry/serviceaccounts/made/default')).toHaveLength(2);
    expect((await one.server.ask('GET', `${namespaces}/made`)).status).toBe(404);
    expect((await holder(other)).holderIdentity).toBe(holderIdentity);
  });

  it('go on in another server at once when their server closes', async () => {
    const [clock, store] = [new FakeClock(), new MemoryStorage()];
    const one = start(clock, store);
    await one.server.ask('GET', namespaces);
    await pass(clock, 1_000);
    const other = start(clock, store);
    await other.server.ask('GET', namespaces);
    await one.server.api.close();
    await pass(clock, 5_000);
    expect((await holder(other)).leaseTransitions).toBe(1);
    await other.server.ask('POST', namespaces, { metadata: { name: 'made' } });
    await pass(clock, 500);
    expect((await other.server.ask('GET', `${namespaces}/made/serviceaccounts/default`)).status).toBe(200);
  });

  it('stop in a server that is cut off before another server starts them', async () => {
    const [clock, store] = [new FakeClock(), new MemoryStorage()];
    const one = start(clock, store);
    await one.server.ask('GET', namespaces);
    await pass(clock, 1_000);
    const first = (await holder(one)).holderIdentity;
    const other = start(clock, store);
    await other.server.ask('GET', namespaces);
    await pass(clock, 4_000);
    one.storage.cut();
    await pass(clock, 12_000);
    expect((await holder(other)).holderIdentity).toBe(first);
    // The cut ends: the first server has stopped its controllers, and takes part in the election again.
    await pass(clock, 10_000);
    expect((await holder(other)).holderIdentity).not.toBe(first);
    one.storage.join();
    const keys = writes(store, await store.revision());
    await one.server.ask('POST', namespaces, { metadata: { name: 'made' } });
    await pass(clock, 5_000);
    expect(keys.filter((key) => key.includes('/serviceaccounts/'))).toEqual(['/registry/serviceaccounts/made/default']);
  });

  it('rest while a kube-controller-manager has the lease', async () => {
    const [clock, store] = [new FakeClock(), new MemoryStorage()];
    const one = start(clock, store);
    const path = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases';
    const storage = new SharedStorage(store);
    const api = new TestServer({ clock, storage });
    open.push(api);
    const spec = { holderIdentity: 'manager', leaseDurationSeconds: 15, leaseTransitions: 0 };
    const metadata = { name: 'kube-controller-manager' };
    const made = await api.ask('POST', path, { metadata, spec });
    if (made.status === 409)
      await api.ask('PATCH', lease, { spec }, { 'content-type': 'application/merge-patch+json' });
    for (let round = 0; round < 10; round++) {
      const renewTime = `2030-01-01T00:00:${String(round).padStart(2, '0')}.000000Z`;
      await api.ask('PATCH', lease, { spec: { renewTime } }, { 'content-type': 'application/merge-patch+json' });
      await pass(clock, 4_000);
    }
    await one.server.ask('POST', namespaces, { metadata: { name: 'made' } });
    await pass(clock, 2_000);
    expect((await holder(one)).holderIdentity).toBe('manager');
    expect((await one.server.ask('GET', `${namespaces}/made/serviceaccounts/default`)).status).toBe(404);
  });
});
