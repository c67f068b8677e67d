import { afterEach, beforeEach, expect, it } from 'vitest';
import { ConfigMap, Lease } from '../../../generated/index.js';
import { Controller, Manager, withFinalizer } from '../../../src/controller/index.js';
import type { Cluster } from '../../../src/sdk/index.js';
import { type LocalServer, startServer } from '../../../src/server/local-server.js';
import { FakeClock } from '../../../src/util/fake-clock.js';

let clock: FakeClock;
let server: LocalServer;
let cluster: Cluster;

beforeEach(async () => {
  clock = new FakeClock();
  server = await startServer({ listen: false, clock });
  cluster = await server.connect();
  // What is loaded when first used is loaded then: below, only the clock waits.
  const stop = new AbortController();
  const informer = cluster.informer(ConfigMap);
  await informer.start({ signal: stop.signal });
  await maps().create({ metadata: { name: 'zeroth' } });
  stop.abort();
});
afterEach(() => server.close());

const maps = () => cluster.resource(ConfigMap).in('default');

/** Lets time pass until it is so; fails after a minute of it. */
async function until(what: () => boolean | Promise<boolean>): Promise<number> {
  const start = clock.now();
  while (!(await what())) {
    if (clock.now() - start > 60_000) throw new Error('it was not so within a minute');
    await clock.advance(100);
    for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
  }
  return clock.now() - start;
}

/** One replica of a program that signs what it sees, as long as it leads. */
async function replica(name: string) {
  const own = await server.connect();
  const stop = new AbortController();
  const signer = new Controller({
    for: ConfigMap,
    async reconcile({ object, cluster }) {
      const client = cluster.resource(ConfigMap).in(object.metadata.namespace);
      await withFinalizer(client, object, 'example.com/signed', {
        cleanup: async () => undefined,
        reconcile: async () => {
          if (object.data?.signedBy !== undefined) return;
          await client.update(object.metadata.name, (draft) => {
            draft.data = { signedBy: name };
          });
        },
      });
    },
  });
  const manager = new Manager(own, {
    controllers: [signer],
    leaderElection: { name: 'signer', namespace: 'default', identity: name },
    handleSignals: false,
  });
  const ended = manager.run({ signal: stop.signal }).then(
    () => 'stopped',
    (error: unknown) => error,
  );
  return { manager, stop, ended, die: () => own.close() };
}

const signedBy = async (name: string) => (await maps().find(name))?.data?.signedBy;

it('two replicas: the other one goes on when the leader dies, and when the leader is stopped', async () => {
  const a = await replica('a');
  await until(() => a.manager.acts);
  const b = await replica('b');
  await maps().create({ metadata: { name: 'first' } });
  await until(async () => (await signedBy('first')) === 'a');
  expect(b.manager.acts).toBe(false);

  await a.die();
  await maps().create({ metadata: { name: 'second' } });
  const took = await until(async () => (await signedBy('second')) === 'b');
  // Not before the lease has run out; a retry of 4.4 s and the caches later at most.
  expect(took).toBeGreaterThan(12_000);
  expect(took).toBeLessThan(25_000);
  expect(a.manager.acts).toBe(false);
  await expect(a.ended).resolves.toBeInstanceOf(Error);
  expect((await cluster.resource(Lease).in('default').get('signer')).spec).toMatchObject({
    holderIdentity: 'b',
    leaseTransitions: 1,
  });

  const c = await replica('c');
  b.stop.abort();
  await until(() => c.manager.acts);
  await expect(b.ended).resolves.toBe('stopped');
  await maps().create({ metadata: { name: 'third' } });
  await until(async () => (await signedBy('third')) === 'c');
  c.stop.abort();
  await until(async () => (await Promise.race([c.ended, Promise.resolve('running')])) === 'stopped');
});
