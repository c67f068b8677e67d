import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DurableStorage } from '../../../../src/server/storage/durable/durable-storage.js';

const mount = (...args: string[]) => spawnSync('mount', args).status === 0;
const unmount = (folder: string) => spawnSync('umount', [folder]);

/** Mounting takes root, and a container may forbid it. */
const root = await mkdtemp(join(tmpdir(), 'keelson-disk-'));
const canMount = process.platform === 'linux' && mount('-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', root);
afterAll(async () => {
  if (canMount) unmount(root);
  await rm(root, { recursive: true, force: true });
});

describe.skipIf(!canMount)(
  `a data folder on a small disk${canMount ? '' : ' (skipped: this user cannot mount a tmpfs)'}`,
  () => {
    const value = new Uint8Array(50_000).fill(120);
    let folder = '';
    beforeAll(() => {
      folder = join(root, 'data');
    });

    it('refuses writes while the disk is full, keeps what it answered, and goes on when there is space', async () => {
      const filler = join(root, 'filler');
      await mkdir(filler);
      spawnSync('dd', ['if=/dev/zero', `of=${join(filler, 'file')}`, 'bs=1k', 'count=500']);
      const storage = await DurableStorage.open(folder);
      const answered: string[] = [];
      let refused: unknown;
      for (let i = 0; i < 40 && refused === undefined; i++) {
        await storage.put(`/${i}`, value, 0).then(
          () => answered.push(`/${i}`),
          (error: unknown) => {
            refused = error;
          },
        );
      }
      expect(refused).toMatchObject({
        code: 'WriteFailed',
        message: `cannot write to the data folder ${folder}: no space left on device. Free space on the disk, then retry.`,
      });
      const keys = async () => (await storage.range('/', '0')).kvs.map(({ key }) => key).sort();
      expect(await keys()).toEqual([...answered].sort());
      // A small write still fits, and the revisions have no gap.
      const before = await storage.revision();
      expect(await storage.put('/small', new Uint8Array(10), 0)).toEqual({ ok: true, revision: before + 1 });
      await rm(filler, { recursive: true });
      expect((await storage.put('/large', value, 0)).ok).toBe(true);
      await storage.close();
      const again = await DurableStorage.open(folder);
      const { kvs } = await again.range('/', '0');
      expect(kvs.map(({ key }) => key).sort()).toEqual([...answered, '/large', '/small'].sort());
      await again.close();
    });

    it('says that the file system is read-only', async () => {
      mount('-o', 'remount,ro', root);
      try {
        await expect(DurableStorage.open(folder)).rejects.toMatchObject({
          code: 'FolderUnusable',
          message: `cannot lock the data folder ${folder}: the file system is read-only. Choose a folder on a local disk that this user may write.`,
        });
      } finally {
        mount('-o', 'remount,rw', root);
      }
    });
  },
);
