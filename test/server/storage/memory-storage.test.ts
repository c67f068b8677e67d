import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryStorage } from '../../../src/server/storage/memory-storage.js';
import { CompactedError } from '../../../src/server/storage/storage.js';
import { agree, bytes, command, text } from './model.js';

describe('MemoryStorage', () => {
  it('agrees with a map of all revisions, whatever is written, read, watched and compacted', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 60 }), fc.nat(20), async (commands, watchAt) => {
        await agree(new MemoryStorage({ initialRevision: 1_000 }), commands, watchAt);
      }),
    );
  });

  it('keeps no more history than it is allowed, and says so to those who come too late', async () => {
    const storage = new MemoryStorage({ initialRevision: 1, historyLimit: 100 });
    let revision = 0;
    for (let i = 0; i < 1_000; i++) {
      const written = await storage.put('/k', bytes(String(i)), revision);
      if (written.ok) revision = written.revision;
    }
    await expect(storage.range('/', '0', { revision: 500 })).rejects.toBeInstanceOf(CompactedError);
    const { kv } = await storage.get('/k', { revision: revision - 50 });
    expect(text(kv?.value ?? bytes(''))).toBe('949');
    const ended = new Promise((resolve) => storage.watch('/', '0', 500, { events: () => {}, ended: resolve }));
    expect(await ended).toBeInstanceOf(CompactedError);
  });

  it('bounds history by the bytes it holds, not only by their number', async () => {
    const storage = new MemoryStorage({ initialRevision: 1, historyBytes: 10_000 });
    let revision = 0;
    for (let i = 0; i < 100; i++) {
      const written = await storage.put('/k', new Uint8Array(1_000), revision);
      if (written.ok) revision = written.revision;
    }
    await expect(storage.get('/k', { revision: revision - 20 })).rejects.toBeInstanceOf(CompactedError);
    await expect(storage.get('/k', { revision: revision - 5 })).resolves.toBeDefined();
  });

  it('delivers to every watch in order, even when a watch writes in turn', async () => {
    const storage = new MemoryStorage();
    const start = await storage.revision();
    const first: number[] = [];
    const second: number[] = [];
    storage.watch('/', '0', start, {
      events: (batch) => {
        first.push(...batch.map(({ kv }) => kv.modRevision));
        if (first.length === 1) void storage.put('/b', bytes('2'), 0);
      },
      ended: () => {},
    });
    storage.watch('/', '0', start, {
      events: (batch) => second.push(...batch.map(({ kv }) => kv.modRevision)),
      ended: () => {},
    });
    await storage.put('/a', bytes('1'), 0);
    expect(first).toEqual([start + 1, start + 2]);
    expect(second).toEqual(first);
  });

  it('replays what a watch has missed and goes on without a gap or a double', async () => {
    const storage = new MemoryStorage();
    const start = await storage.revision();
    await storage.put('/a', bytes('1'), 0);
    const seen: number[] = [];
    storage.watch('/', '0', start, {
      events: (batch) => seen.push(...batch.map(({ kv }) => kv.modRevision)),
      ended: () => {},
    });
    await storage.put('/b', bytes('2'), 0);
    expect(seen).toEqual([start + 1, start + 2]);
  });

  it('writes 100,000 keys at about the price per key of 1,000', async () => {
    // Work is counted by comparing the two sizes in one run; a cost that grew with the number of keys would be 100 times higher. The
    // best of five rounds counts: the machine may be busy with something else in any of them.
    const cost = async (keys: number): Promise<number> => {
      const storage = new MemoryStorage({ historyLimit: 1_000 });
      for (let i = 0; i < keys; i++) await storage.put(`/k/${(i * 7_919) % keys}`, bytes('x'), 0);
      let best = Number.POSITIVE_INFINITY;
      for (let round = 0; round < 5; round++) {
        const begin = performance.now();
        for (let i = 0; i < 200; i++) await storage.put(`/new/${round}/${i}`, bytes('x'), 0);
        best = Math.min(best, performance.now() - begin);
      }
      return best;
    };
    const small = await cost(1_000);
    const large = await cost(100_000);
    expect(large).toBeLessThan(Math.max(small, 2) * 25);
  });
});
