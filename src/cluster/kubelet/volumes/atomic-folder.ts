import { chmod, mkdir, mkdtemp, readFile, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** A file of a volume. */
export interface VolumeFile {
  readonly data: Buffer;
  readonly mode: number;
}

const DATA = '..data';

/**
 * Writes files into a volume so that readers see all of the old or all of the new ones: into a folder of their own, to which the link
 * `..data` points. Each file is a link into it. Returns false when nothing has changed.
 */
export async function writeAtomically(folder: string, files: ReadonlyMap<string, VolumeFile>): Promise<boolean> {
  await mkdir(folder, { recursive: true, mode: 0o777 });
  const before = await readlink(join(folder, DATA)).catch(() => undefined);
  if (before !== undefined && (await isSame(join(folder, before), files))) return false;
  const target = await mkdtemp(`${folder}/..`);
  await chmod(target, 0o755);
  for (const [path, { data, mode }] of files) {
    const file = join(target, path);
    await mkdir(dirname(file), { recursive: true, mode: 0o755 });
    await writeFile(file, data, { mode });
    // The process's umask does not count.
    await chmod(file, mode);
  }
  await writeFile(join(target, '..files'), JSON.stringify([...files.keys()].sort()), { mode: 0o600 });
  const link = join(folder, '..data_tmp');
  await rm(link, { force: true });
  await symlink(target.slice(folder.length + 1), link);
  await rename(link, join(folder, DATA));
  const tops = new Set([...files.keys()].map((path) => path.split('/')[0] ?? path));
  for (const top of tops) await symlink(join(DATA, top), join(folder, top)).catch(() => {});
  if (before !== undefined) {
    const old = await namesIn(join(folder, before));
    for (const name of old) {
      const top = name.split('/')[0] ?? name;
      if (!tops.has(top)) await rm(join(folder, top), { force: true });
    }
    await rm(join(folder, before), { recursive: true, force: true });
  }
  return true;
}

async function isSame(folder: string, files: ReadonlyMap<string, VolumeFile>): Promise<boolean> {
  const names = await namesIn(folder);
  if (names.length !== files.size || names.some((name) => !files.has(name))) return false;
  for (const [path, { data }] of files) {
    const written = await readFile(join(folder, path)).catch(() => undefined);
    if (written?.equals(data) !== true) return false;
  }
  return true;
}

async function namesIn(folder: string): Promise<string[]> {
  const text = await readFile(join(folder, '..files'), 'utf8').catch(() => '[]');
  const names: unknown = JSON.parse(text);
  return Array.isArray(names) ? names.map(String) : [];
}
