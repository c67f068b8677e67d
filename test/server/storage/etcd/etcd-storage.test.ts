import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { EtcdClient } from '../../../../src/server/storage/etcd/etcd-client.js';
import { EtcdStorage, type EtcdStorageOptions } from '../../../../src/server/storage/etcd/etcd-storage.js';
import type { StorageEvent } from '../../../../src/server/storage/storage.js';
import { etcdMissing, startEtcd, type TestEtcd } from '../../../helpers/etcd.js';
import { agree, bytes, command, text } from '../model.js';

/** Keys and values as they are. */
const translation = {
  toEtcd: (key: string) => (key === '0' ? '/registry0' : `/registry${key}`),
  fromEtcd: (key: string) => key.slice('/registry'.length),
  encode: (_: string, value: Uint8Array) => value,
  decode: (_: string, value: Uint8Array) => new Uint8Array(value),
};

describe.skipIf(etcdMissing !== '')(`EtcdStorage${etcdMissing}`, () => {
  let etcd: TestEtcd;
  let prefixes = 0;
  const open: EtcdStorage[] = [];
  beforeAll(async () => {
    etcd = await startEtcd();
  });
  afterEach(async () => {
    for (const one of open.splice(0)) await one.close();
  });
  afterAll(() => etcd.stop());

  const prefixOf = () => `/test-${prefixes++}`;
  async function storage(options: Partial<EtcdStorageOptions> = {}): Promise<EtcdStorage> {
    const opened = await EtcdStorage.open({ servers: [etcd.url], translation, prefix: prefixOf(), ...options });
    open.push(opened);
    return opened;
  }

  it('agrees with a map of all revisions, whatever is written, read and watched', async () => {
    const client = await EtcdClient.open({ servers: [etcd.url] });
    // The model goes back by up to 12 revisions, and 0 means now.
    const before = await storage();
    for (let i = 0; i < 20; i++) await before.put(`/${i}`, bytes('x'), 0);
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 30 }), fc.nat(20), async (commands, watchAt) => {
        // Compaction writes a key of its own, which takes a revision.
        const steps = commands.filter(({ kind }) => kind !== 'compact');
        const one = await storage();
        // The model begins with a store whose past is gone.
        await client.compact(await one.revision()).catch(() => {});
        await agree(one, steps, watchAt);
      }),
      { numRuns: 20 },
    );
    client.close();
  });

  it('shows the writes of another server at once, and its watches too', async () => {
    const prefix = prefixOf();
    const [one, other] = [await storage({ prefix }), await storage({ prefix })];
    const seen: StorageEvent[] = [];
    other.watch('/', '0', await other.revision(), { events: (batch) => seen.push(...batch), ended: () => {} });
    let revision = 0;
    for (let i = 0; i < 50; i++) {
      const written = await one.put('/a', bytes(String(i)), revision);
      if (!written.ok) throw new Error('nobody else writes');
      revision = written.revision;
      const { kv } = await other.get('/a');
      expect(text(kv?.value ?? bytes(''))).toBe(String(i));
    }
    expect(seen.map(({ kv }) => text(kv.value))).toEqual(Array.from({ length: 50 }, (_, i) => String(i)));
    const refused = await other.put('/a', bytes('late'), 1);
    expect(!refused.ok && refused.current?.modRevision).toBe(revision);
    expect((await other.delete('/a', revision)).ok).toBe(true);
    expect((await one.get('/a')).kv).toBeUndefined();
  });

  it('lets one of many that create a key at the same time do so', async () => {
    const prefix = prefixOf();
    const stores = [await storage({ prefix }), await storage({ prefix }), await storage({ prefix })];
    const results = await Promise.all(stores.flatMap((one) => [1, 2, 3].map((i) => one.put('/a', bytes(`${i}`), 0))));
    expect(results.filter(({ ok }) => ok).length).toBe(1);
    const winner = results.find(({ ok }) => ok);
    for (const one of results)
      if (!one.ok && winner?.ok === true) expect(one.current?.modRevision).toBe(winner.revision);
  });

  it('goes on after etcd was killed, without a gap in its watches', async () => {
    const one = await storage();
    const seen: number[] = [];
    one.watch('/', '0', await one.revision(), {
      events: (batch) => seen.push(...batch.map(({ kv }) => kv.modRevision)),
      ended: () => seen.push(-1),
    });
    const revisions: number[] = [];
    const write = async (key: string) => {
      const written = await one.put(key, bytes('x'), 0);
      if (written.ok) revisions.push(written.revision);
    };
    await write('/a');
    await etcd.restart();
    for (let i = 0; revisions.length < 3; i++) await write(`/b${i}`).catch(() => {});
    await one.get('/a');
    expect(revisions.every((revision) => seen.includes(revision))).toBe(true);
    expect(seen).toEqual([...seen].sort((x, y) => x - y));
    expect(seen).not.toContain(-1);
  });

  it('reads revisions from before its own start from etcd, until they are compacted', async () => {
    const prefix = prefixOf();
    const one = await storage({ prefix });
    const first = await one.put('/a', bytes('1'), 0);
    if (!first.ok) throw new Error('the key is new');
    await one.put('/a', bytes('2'), first.revision);
    const late = await storage({ prefix });
    const { kvs } = await late.range('/', '0', { revision: first.revision });
    expect(kvs.map(({ value }) => text(value))).toEqual(['1']);
    await late.compact(await late.revision());
    await expect(late.range('/', '0', { revision: first.revision })).rejects.toThrow('compacted');
  });

  it('agrees with other servers who compacts', async () => {
    const prefix = prefixOf();
    const [one, other] = [await storage({ prefix }), await storage({ prefix })];
    const client = await EtcdClient.open({ servers: [etcd.url] });
    const compacted = async () => (await client.range({ key: 'compact_rev_key' })).kvs[0];
    for (let round = 0; round < 3; round++) {
      await one.put(`/${round}`, bytes('x'), 0);
      const revision = await one.revision();
      await Promise.all([one.compact(revision), other.compact(revision)]);
      expect(Number(Buffer.from((await compacted())?.value ?? '').toString())).toBeLessThanOrEqual(revision);
    }
    client.close();
  });

  it('gives expiring keys a lease', async () => {
    const one = await storage({ expiring: [{ prefix: '/events/', ttlMs: 1_000 }] });
    await one.put('/events/a', bytes('x'), 0);
    await one.put('/kept', bytes('x'), 0);
    const gone = new Promise<string>((resolve) => {
      void one.revision().then((revision) =>
        one.watch('/', '0', revision, {
          events: ([event]) => resolve(`${event?.type} ${event?.kv.key}`),
          ended: () => {},
        }),
      );
    });
    expect(await gone).toBe('delete /events/a');
  }, 20_000);

  it('says that etcd does not answer', async () => {
    await expect(EtcdStorage.open({ servers: ['http://127.0.0.1:1'], translation })).rejects.toMatchObject({
      code: 'EtcdUnavailable',
      message: expect.stringContaining('cannot reach etcd at http://127.0.0.1:1: '),
    });
  });
});
