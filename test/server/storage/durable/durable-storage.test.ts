import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { DurableStorage, type DurableStorageOptions } from '../../../../src/server/storage/durable/durable-storage.js';
import { CompactedError, type Storage } from '../../../../src/server/storage/storage.js';
import { agree, bytes, command, text } from '../model.js';

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const one of undo.splice(0).reverse()) await one();
});

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'keelson-store-'));
  undo.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function open(folder: string, options?: DurableStorageOptions): Promise<DurableStorage> {
  const storage = await DurableStorage.open(folder, options);
  undo.push(() => storage.close());
  return storage;
}

async function put(storage: Storage, key: string, value: string): Promise<number> {
  const { kv } = await storage.get(key);
  const written = await storage.put(key, bytes(value), kv?.modRevision ?? 0);
  if (!written.ok) throw new Error(`${key} was written meanwhile`);
  return written.revision;
}

async function contents(storage: Storage): Promise<unknown[]> {
  const { kvs } = await storage.range('/', '0');
  return kvs.map(({ key, value, createRevision, modRevision }) => [key, text(value), createRevision, modRevision]);
}

async function fileNamed(folder: string, ending: string): Promise<string> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(ending)).sort();
  return join(folder, names.at(-1) ?? 'none');
}

describe('DurableStorage', () => {
  it('agrees with a map of all revisions, before and after it is opened again', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 40 }), fc.nat(20), async (commands, watchAt) => {
        const folder = await newFolder();
        const storage = await open(folder);
        const { revision, now } = await agree(storage, commands, watchAt);
        await storage.close();
        const again = await open(folder);
        expect(await again.revision()).toBe(revision);
        const wanted = [...now].sort(([one], [other]) => (one < other ? -1 : 1));
        expect(await contents(again)).toEqual(wanted.map(([key, { value, create, mod }]) => [key, value, create, mod]));
      }),
      { numRuns: 30 },
    );
  });

  it('writes concurrent writes with one sync, in order, and answers each', async () => {
    const storage = await open(await newFolder());
    const start = await storage.revision();
    const results = await Promise.all(Array.from({ length: 200 }, (_, i) => storage.put(`/${i}`, bytes('x'), 0)));
    expect(results).toEqual(results.map((_, i) => ({ ok: true, revision: start + 1 + i })));
  });

  it('shows a write to nobody before it is on disk, and compares writes with those that wait', async () => {
    const storage = await open(await newFolder());
    const first = storage.put('/a', bytes('1'), 0);
    const second = storage.put('/a', bytes('2'), 0);
    expect((await storage.get('/a')).kv).toBeUndefined();
    const written = await first;
    const refused = await second;
    expect(written.ok).toBe(true);
    expect(!refused.ok && text(refused.current?.value ?? bytes(''))).toBe('1');
    expect((await storage.get('/a')).kv).toBeDefined();
  });

  it('keeps the history since the last checkpoint for watches that resume after a restart', async () => {
    const folder = await newFolder();
    const before = await open(folder);
    const seen = await put(before, '/a', '1');
    await put(before, '/a', '2');
    await before.delete('/a', await put(before, '/a', '3'));
    await before.close();
    const after = await open(folder);
    const events: string[] = [];
    after.watch('/', '0', seen, {
      events: (batch) =>
        events.push(
          ...batch.map(
            ({ type, kv, previous }) => `${type} ${text(kv.value)} after ${text(previous?.value ?? bytes(''))}`,
          ),
        ),
      ended: () => {},
    });
    expect(events).toEqual(['put 2 after 1', 'put 3 after 2', 'delete  after 3']);
    expect(await put(after, '/b', '1')).toBe(seen + 4);
  });

  it('replaces logs by a checkpoint while it writes, and tells watches from before it that they are too old', async () => {
    const folder = await newFolder();
    const storage = await open(folder, { checkpointBytes: 20_000 });
    const start = await storage.revision();
    for (let round = 0; round < 40; round++)
      await Promise.all(Array.from({ length: 10 }, (_, i) => put(storage, `/${i}`, `${round} `.repeat(100))));
    const wanted = await contents(storage);
    const revision = await storage.revision();
    await storage.close();
    const names = await readdir(folder);
    expect(names.filter((name) => name.endsWith('.checkpoint')).length).toBe(1);
    let size = 0;
    for (const name of names) if (/log$|checkpoint$/.test(name)) size += (await stat(join(folder, name))).size;
    expect(size).toBeLessThan(80_000);
    const again = await open(folder);
    expect(await contents(again)).toEqual(wanted);
    expect(await again.revision()).toBe(revision);
    const ended = await new Promise((resolve) => again.watch('/', '0', start, { events: () => {}, ended: resolve }));
    expect(ended).toBeInstanceOf(CompactedError);
  });

  it('refuses a folder that is in use, in this process or another, until it is closed', async () => {
    const folder = await newFolder();
    const storage = await open(folder);
    await expect(DurableStorage.open(folder)).rejects.toMatchObject({
      code: 'FolderInUse',
      message: `cannot open the data folder ${folder}: process ${process.pid} uses it. Stop that process, or choose another folder.`,
    });
    await storage.close();
    await (await open(folder)).close();
  });

  it('lets one of many that open a folder at the same time have it', async () => {
    const folder = await newFolder();
    for (let round = 0; round < 5; round++) {
      const opened = await Promise.allSettled(Array.from({ length: 6 }, () => open(folder)));
      const held = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
      expect(held.length).toBe(1);
      await held[0]?.close();
    }
  });

  it('cuts off a write that was torn at the very end, wherever it was torn', async () => {
    const folder = await newFolder();
    const storage = await open(folder);
    await put(storage, '/a', 'kept');
    const log = await fileNamed(folder, '.log');
    const intact = (await stat(log)).size;
    await put(storage, '/b', 'torn'.repeat(500));
    await storage.close();
    const whole = await readFile(log);
    for (const length of [intact, intact + 1, intact + 15, intact + 16, intact + 700, whole.length - 1]) {
      await truncate(log, length);
      const again = await open(folder);
      expect((await contents(again)).map((one) => (one as string[])[1])).toEqual(['kept']);
      await again.close();
      await writeFile(log, whole);
    }
    // A sector that did not reach the disk before the power failed reads as zeros.
    const torn = Buffer.from(whole);
    torn.fill(0, 1024, 1536);
    await writeFile(log, torn);
    const again = await open(folder);
    expect((await contents(again)).map((one) => (one as string[])[1])).toEqual(['kept']);
    await put(again, '/c', 'next');
    await again.close();
    expect((await contents(await open(folder))).length).toBe(2);
  });

  it('names a file of which any byte was changed, and reads nothing of it', async () => {
    const folder = await newFolder();
    const storage = await open(folder, { checkpointBytes: 1_000 });
    for (let i = 0; i < 12; i++) await put(storage, `/${i}`, 'x'.repeat(300));
    await storage.close();
    for (const ending of ['.log', '.checkpoint']) {
      const path = await fileNamed(folder, ending);
      const whole = await readFile(path);
      for (let at = 0; at < whole.length; at += Math.max(1, Math.floor(whole.length / 97))) {
        const changed = Buffer.from(whole);
        changed[at] = (changed[at] ?? 0) ^ 0x10;
        await writeFile(path, changed);
        await expect(DurableStorage.open(folder), `byte ${at} of ${path}`).rejects.toMatchObject({
          code: 'FileDamaged',
          message: expect.stringContaining(path),
        });
      }
      await writeFile(path, whole);
    }
  });

  it('names a file that is missing, incomplete or of another store', async () => {
    const folder = await newFolder();
    const storage = await open(folder, { checkpointBytes: 1_000 });
    for (let i = 0; i < 12; i++) await put(storage, `/${i}`, 'x'.repeat(300));
    await storage.close();
    const other = await newFolder();
    await (await open(other)).close();
    for (const ending of ['.log', '.checkpoint']) {
      const path = await fileNamed(folder, ending);
      const whole = await readFile(path);
      const refused = () =>
        expect(DurableStorage.open(folder)).rejects.toMatchObject({
          code: 'FileDamaged',
          message: expect.stringContaining(path),
        });
      await rm(path);
      await refused();
      await writeFile(path, await readFile(await fileNamed(other, '.log')));
      await refused();
      await writeFile(path, '');
      await refused();
      if (ending === '.checkpoint') {
        await writeFile(path, whole.subarray(0, whole.length - 1));
        await refused();
      }
      await writeFile(path, whole);
    }
    await expect(open(folder)).resolves.toBeDefined();
  });

  it('keeps a change to a complete write that another write follows from passing as a torn one', async () => {
    const folder = await newFolder();
    const storage = await open(folder);
    await put(storage, '/a', 'x'.repeat(2_000));
    await put(storage, '/b', 'y');
    await storage.close();
    const log = await fileNamed(folder, '.log');
    const whole = await readFile(log);
    whole.fill(0, 512, 1024);
    await writeFile(log, whole);
    await expect(DurableStorage.open(folder)).rejects.toMatchObject({ code: 'FileDamaged' });
    await appendFile(log, 'more');
    await expect(DurableStorage.open(folder)).rejects.toMatchObject({ code: 'FileDamaged' });
  });

  it('removes what a process left behind that stopped while it wrote a file', async () => {
    const folder = await newFolder();
    await (await open(folder)).close();
    await writeFile(join(folder, `${'0'.repeat(15)}9.checkpoint.tmp`), 'half');
    await writeFile(join(folder, 'notes.tmp'), 'not ours');
    await open(folder);
    expect((await readdir(folder)).filter((name) => name.endsWith('.tmp'))).toEqual(['notes.tmp']);
  });

  it('says why a folder cannot be used', async () => {
    const folder = await newFolder();
    const file = join(folder, 'file');
    await writeFile(file, '');
    await expect(DurableStorage.open(join(file, 'data'))).rejects.toMatchObject({
      code: 'FolderUnusable',
      message: `cannot open the data folder ${join(file, 'data')}: it is not a folder. Choose a folder that this user may write.`,
    });
    const deep = join(folder, 'long'.repeat(40), 'name');
    await mkdir(deep, { recursive: true });
    await (await open(deep)).close();
  });

  it('refuses writes after it was closed', async () => {
    const storage = await open(await newFolder());
    await storage.close();
    await expect(storage.put('/a', bytes('1'), 0)).rejects.toMatchObject({ code: 'StoreClosed' });
  });
});
