import { Cluster, type Encoding } from 'keelson';
import { createOrUpdate } from 'keelson/controller';
import { Lease } from 'keelson/k8s';
import { describe, expect, test } from 'vitest';
import { restoreFields } from '../../src/client/restore-fields.js';
import { leaseIn } from '../../src/controller/election/lease-store.js';
import { NewerServer } from './newer-server.js';

const stored = (name: string) => ({
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { name, namespace: 'default' },
  spec: { holderIdentity: 'a' },
  newer: { deep: [1] },
});

describe.each<Encoding>(['auto', 'protobuf', 'json'])('with a newer server, in the encoding %s', (encoding) => {
  const world = () => {
    const server = new NewerServer();
    server.put(stored('lock'));
    const cluster = new Cluster(server, { encoding });
    return { server, cluster, leases: cluster.resource(Lease).in('default') };
  };
  const kept = (server: NewerServer, holder: string) =>
    expect(server.objects.get('lock')).toMatchObject({ spec: { holderIdentity: holder }, newer: { deep: [1] } });

  test('get and replace keep a field that is not known here', async () => {
    const { server, leases } = world();
    const lease = await leases.get('lock');
    await leases.replace({ ...lease, spec: { ...lease.spec, holderIdentity: 'b' } });
    kept(server, 'b');
  });

  test('list and replace keep it', async () => {
    const { server, leases } = world();
    for await (const lease of leases.list()) await leases.replace({ ...lease, spec: { holderIdentity: 'b' } });
    kept(server, 'b');
  });

  test('update and createOrUpdate keep it', async () => {
    const { server, leases } = world();
    await leases.update('lock', (draft) => {
      draft.spec = { holderIdentity: 'b' };
    });
    kept(server, 'b');
    const { operation } = await createOrUpdate(leases, { metadata: { name: 'lock' } }, (draft) => {
      draft.spec = { holderIdentity: 'c' };
    });
    expect(operation).toBe('updated');
    kept(server, 'c');
  });

  test('the Lease of an elector keeps it, whether it was found or is the answer to a write', async () => {
    const { server, cluster } = world();
    const store = leaseIn(cluster, 'default', 'lock');
    let lease = await store.find({});
    for (const holderIdentity of ['b', 'c']) {
      if (lease === undefined) throw new Error('there is no lease');
      lease = await store.replace({ ...lease, spec: { ...lease.spec, holderIdentity } }, {});
      kept(server, holderIdentity);
    }
    server.objects.clear();
    const made = await store.create({ metadata: { name: 'lock', namespace: 'default' }, spec: {} }, {});
    await store.replace({ ...made, spec: { holderIdentity: 'd' } }, {});
    expect(server.objects.get('lock')).toMatchObject({ spec: { holderIdentity: 'd' }, newer: 'set by the server' });
  });

  test('an object of a watch keeps it when it is replaced', async () => {
    const { server, leases } = world();
    for await (const event of leases.watch({ sendInitialEvents: true })) {
      if (event.type !== 'ADDED') continue;
      await leases.replace({ ...structuredClone(event.object), spec: { holderIdentity: 'b' } });
      break;
    }
    kept(server, 'b');
  });

  test('an object of a cache keeps it when a copy of it is replaced', async () => {
    const { server, cluster, leases } = world();
    const informer = cluster.informer(Lease, { namespace: 'default' });
    await informer.start();
    const lease = structuredClone(informer.lister.get('default/lock')) as Lease & { metadata: { name: string } };
    await leases.replace({ ...lease, spec: { holderIdentity: 'b' } });
    kept(server, 'b');
    await informer.stop();
  });

  test('a field that was read and taken away is gone', async () => {
    const { server, leases } = world();
    const { newer, ...lease } = (await leases.get('lock')) as Lease & { metadata: { name: string }; newer?: unknown };
    expect(newer).toEqual({ deep: [1] });
    await leases.replace(lease);
    expect(server.objects.get('lock')).not.toHaveProperty('newer');
  });

  test('what changed meanwhile is a conflict', async () => {
    const { server, leases } = world();
    const lease = await leases.get('lock');
    server.put({ ...stored('lock'), spec: { holderIdentity: 'other' } } as never);
    await expect(leases.replace(lease)).rejects.toMatchObject({ isConflict: true });
  });
});

test('a kind with such fields costs one request more, once; others cost none', async () => {
  const server = new NewerServer();
  server.put(stored('lock'));
  const leases = new Cluster(server).resource(Lease).in('default');
  await leases.get('lock');
  await leases.get('lock');
  expect(server.requests).toEqual(['GET protobuf', 'GET json', 'GET json']);
  const { newer, ...known } = stored('lock');
  const older = new NewerServer();
  older.put(known);
  const others = new Cluster(older).resource(Lease).in('default');
  await others.get('lock');
  await others.get('lock');
  expect(older.requests).toEqual(['GET protobuf', 'GET protobuf']);
});

describe('fields that were not seen', () => {
  const whole = {
    spec: {
      containers: [
        { name: 'a', x: 1 },
        { name: 'b', x: 2 },
      ],
      y: 3,
      z: null,
    },
    top: [{ v: 1, w: 2 }],
  };
  const seen = { spec: { containers: [{ name: 'a' }, { name: 'b' }], z: null }, top: [{ v: 1 }] };
  const restored = (changed: object) => restoreFields(changed as never, whole, seen);

  test('come back where their object is, in whatever order, and not where it is gone', () => {
    expect(restored(structuredClone(seen))).toEqual(whole);
    expect(restored({ spec: { containers: [{ name: 'b', image: 'i' }, { name: 'a' }] } })).toEqual({
      spec: {
        containers: [
          { name: 'b', image: 'i', x: 2 },
          { name: 'a', x: 1 },
        ],
        y: 3,
      },
    });
    expect(restored({ spec: { containers: [{ name: 'c' }, { name: 'b' }] } })).toEqual({
      spec: { containers: [{ name: 'c' }, { name: 'b', x: 2 }], y: 3 },
    });
    expect(restored({ top: [{ v: 2 }] })).toEqual({ top: [{ v: 2, w: 2 }] });
    expect(restored({})).toEqual({});
  });
});
