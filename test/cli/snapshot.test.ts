import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { run } from '../../src/cli/snapshot.js';
import { DurableStorage } from '../../src/server/storage/durable/durable-storage.js';

let folder = '';
let printed = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keelson-snapshot-'));
  printed = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += text;
    return true;
  });
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});

describe('keelson snapshot', () => {
  it('saves a folder that is in use, and restores it to another one at a later revision', async () => {
    const data = join(folder, 'data');
    const file = join(folder, 'backup');
    const storage = await DurableStorage.open(data, { checkpointBytes: 5_000 });
    const value = new TextEncoder().encode('x'.repeat(500));
    // Checkpoints replace files while the snapshot reads them.
    const writing = (async () => {
      for (let i = 0; i < 200; i++) await storage.put(`/${i}`, value, 0);
    })();
    await storage.put('/first', value, 0);
    const least = await storage.revision();
    for (let i = 0; i < 5; i++) expect(await run(['save', '--data-dir', data, `${file}-${i}`])).toBe(0);
    await writing;
    expect(await run(['save', '--data-dir', data, file])).toBe(0);
    const { kvs, revision } = await storage.range('/', '0');
    expect(printed).toContain(`saved 201 keys at revision ${revision} to ${file}\n`);
    await storage.close();
    printed = '';
    expect(await run(['status', `${file}-0`])).toBe(0);
    expect(Number(/revision (\d+)/.exec(printed)?.[1])).toBeGreaterThanOrEqual(least);

    const restored = join(folder, 'restored');
    expect(await run(['restore', '--data-dir', restored, '--bump-revision', '1000', file])).toBe(0);
    const again = await DurableStorage.open(restored);
    expect(await again.revision()).toBe(revision + 1_000);
    expect((await again.range('/', '0')).kvs).toEqual(kvs);
    const [first] = kvs;
    expect(await again.put('/first', value, kvs.find(({ key }) => key === '/first')?.modRevision ?? 0)).toEqual({
      ok: true,
      revision: revision + 1_001,
    });
    expect(first).toBeDefined();
    await again.close();
  });

  it('refuses to restore over a store, to save what is not one, and names a damaged file', async () => {
    const data = join(folder, 'data');
    const file = join(folder, 'backup');
    const storage = await DurableStorage.open(data);
    await storage.put('/a', new Uint8Array(100), 0);
    await storage.close();
    await run(['save', '--data-dir', data, file]);
    await expect(run(['restore', '--data-dir', data, file])).rejects.toThrow('the folder holds a store');
    await expect(run(['save', '--data-dir', folder, join(folder, 'b')])).rejects.toThrow('does not hold a store');
    await expect(run(['status', join(folder, 'none')])).rejects.toThrow(`${join(folder, 'none')}: it does not exist`);
    const bytes = await readFile(file);
    bytes[bytes.length - 3] = 7;
    await writeFile(file, bytes);
    await expect(run(['status', file])).rejects.toThrow(`cannot read ${file}: the file is damaged at byte`);
    await expect(run(['restore', '--data-dir', join(folder, 'r'), file])).rejects.toThrow(file);
  });

  it('names the arguments that it does not know', async () => {
    await expect(run(['save', 'file'])).rejects.toThrow('--data-dir is missing');
    await expect(run(['copy', 'file'])).rejects.toThrow("there is no action 'copy'");
    await expect(run(['status'])).rejects.toThrow('name one action and one file');
    await expect(run(['status', 'file', '--colour'])).rejects.toThrow('--colour');
  });
});
