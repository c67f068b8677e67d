import { constants, type Stats } from 'node:fs';
import {
  chmod,
  link,
  lstat,
  lutimes,
  mkdir,
  open,
  readdir,
  readlink,
  stat,
  symlink,
  unlink,
  utimes,
} from 'node:fs/promises';
import { dirname, isAbsolute, join, normalize, resolve, sep } from 'node:path';
import { type TarEntry, TarError } from './tar-entry.js';
import { type ReadEntry, readTar } from './tar-reader.js';
import { tarEnd, tarHeader, tarPadding } from './tar-writer.js';

/** The progress of a copy. */
export interface CopyProgress {
  /** Files that have been copied whole. */
  readonly files: number;
  /** Bytes of content so far. */
  readonly bytes: number;
}

const PIECE = 256 * 1024;

/** Archives a file or a tree. The entries are named `root`, `root/a`, `root/a/b` …; sockets and devices are left out. */
export async function* packTree(
  path: string,
  root: string,
  onProgress: (progress: CopyProgress) => void,
): AsyncGenerator<Buffer> {
  const progress = { files: 0, bytes: 0 };
  const pending: { readonly path: string; readonly name: string }[] = [{ path, name: root }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    // The top may be a symbolic link to what is meant; those inside are copied as links.
    const stats = next.path === path ? await stat(path) : await lstat(next.path);
    const common = { mode: stats.mode & 0o7777, mtime: stats.mtimeMs / 1000, linkName: '', size: 0 };
    if (stats.isDirectory()) {
      yield tarHeader({ ...common, name: `${next.name}/`, type: 'directory' });
      const names = (await readdir(next.path)).sort().reverse();
      for (const name of names) pending.push({ path: join(next.path, name), name: `${next.name}/${name}` });
    } else if (stats.isSymbolicLink()) {
      yield tarHeader({ ...common, name: next.name, type: 'symlink', linkName: await readlink(next.path) });
    } else if (stats.isFile()) {
      yield* packFile(next.path, { ...common, name: next.name, type: 'file', size: stats.size }, progress, onProgress);
    }
  }
  yield tarEnd();
}

async function* packFile(
  path: string,
  entry: TarEntry,
  progress: { files: number; bytes: number },
  onProgress: (progress: CopyProgress) => void,
): AsyncGenerator<Buffer> {
  yield tarHeader(entry);
  const file = await open(path, 'r');
  try {
    for (let left = entry.size; left > 0; ) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(Math.min(left, PIECE)));
      if (bytesRead === 0) throw new TarError(`${path} became shorter while it was copied`);
      left -= bytesRead;
      progress.bytes += bytesRead;
      yield buffer.subarray(0, bytesRead);
      if (left > 0) onProgress({ ...progress });
    }
  } finally {
    await file.close();
  }
  if (entry.size % 512 !== 0) yield tarPadding(entry.size);
  progress.files++;
  onProgress({ ...progress });
}

/**
 * Unpacks an archive to `target`; `root` is the name that its entries begin with. Nothing is written outside `target`: names with `..`
 * and absolute names are errors, symbolic links are made last and only inside, and links that are there already are never followed.
 * Devices, sockets and pipes are left out and returned.
 */
export async function unpackTree(
  chunks: AsyncIterable<Uint8Array>,
  root: string,
  target: string,
  onProgress: (progress: CopyProgress) => void,
): Promise<CopyProgress & { readonly skipped: readonly string[] }> {
  const unpacker = new Unpacker(resolve(target), root, onProgress);
  for await (const entry of readTar(chunks)) await unpacker.add(entry);
  return unpacker.finish();
}

class Unpacker {
  readonly #target: string;
  readonly #root: string;
  readonly #onProgress: (progress: CopyProgress) => void;
  readonly #progress = { files: 0, bytes: 0 };
  readonly #skipped: string[] = [];
  /** Directories that are known to be real ones. */
  readonly #directories = new Set<string>();
  /** Modes and times are set last: a read-only directory takes no files. */
  readonly #later: { readonly path: string; readonly entry: TarEntry }[] = [];
  readonly #symlinks: { readonly path: string; readonly entry: TarEntry }[] = [];

  constructor(target: string, root: string, onProgress: (progress: CopyProgress) => void) {
    this.#target = target;
    this.#root = root;
    this.#onProgress = onProgress;
  }

  async add(entry: ReadEntry): Promise<void> {
    const path = this.#pathOf(entry.name);
    if (entry.type === 'directory') {
      await this.#directory(path);
      this.#later.push({ path, entry });
    } else if (entry.type === 'file') await this.#file(path, entry);
    else if (entry.type === 'link') await this.#link(path, entry);
    else if (entry.type === 'symlink') this.#symlinks.push({ path, entry });
    else this.#skipped.push(entry.name);
  }

  async finish(): Promise<CopyProgress & { readonly skipped: readonly string[] }> {
    for (const { path, entry } of this.#symlinks) await this.#symlink(path, entry);
    for (const { path, entry } of this.#later.reverse()) {
      await chmod(path, entry.mode);
      await utimes(path, entry.mtime, entry.mtime);
    }
    return { ...this.#progress, skipped: this.#skipped };
  }

  /** Returns where an entry belongs. Throws when that is outside the target. */
  #pathOf(name: string): string {
    const clean = normalize(name).replace(/[/\\]+$/, '');
    const inside = clean === this.#root ? '' : clean.slice(this.#root.length + 1);
    const parts = name.split(/[/\\]/);
    if (
      isAbsolute(name) ||
      parts.includes('..') ||
      name.includes('\0') ||
      !(clean === this.#root || clean.startsWith(`${this.#root}${sep}`))
    ) {
      throw new TarError(`the archive holds ${JSON.stringify(name)}, which is outside of what was asked for`);
    }
    return join(this.#target, inside);
  }

  /** Makes a directory and its parents below the target; none may be a link. */
  async #directory(path: string): Promise<void> {
    if (this.#directories.has(path)) return;
    if (path === this.#target) await mkdir(path, { recursive: true });
    else {
      await this.#directory(dirname(path));
      const found = await statsOf(path);
      if (found === undefined) await mkdir(path);
      else if (!found.isDirectory()) throw new TarError(`${path} is there already, and is not a directory`);
    }
    this.#directories.add(path);
  }

  async #file(path: string, entry: ReadEntry): Promise<void> {
    await this.#free(path);
    const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW = 0 } = constants;
    const file = await open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    try {
      for await (const pieces of gathered(entry.content)) {
        await file.writev(pieces);
        for (const piece of pieces) this.#progress.bytes += piece.length;
        this.#onProgress({ ...this.#progress });
      }
      await file.chmod(entry.mode);
      await file.utimes(entry.mtime, entry.mtime);
    } finally {
      await file.close();
    }
    this.#progress.files++;
    this.#onProgress({ ...this.#progress });
  }

  /** A hard link leads to a file of this archive. */
  async #link(path: string, entry: TarEntry): Promise<void> {
    const from = this.#pathOf(entry.linkName);
    await this.#directory(dirname(from));
    const found = await statsOf(from);
    if (found === undefined || !found.isFile()) {
      throw new TarError(`the archive links ${entry.name} to ${entry.linkName}, which is not a file in it`);
    }
    await this.#free(path);
    await link(from, path);
    this.#progress.files++;
  }

  async #symlink(path: string, entry: TarEntry): Promise<void> {
    const leadsTo = resolve(dirname(path), entry.linkName);
    const inside = leadsTo === this.#target || leadsTo.startsWith(`${this.#target}${sep}`);
    if (isAbsolute(entry.linkName) || !inside || path === this.#target) {
      this.#skipped.push(entry.name);
      return;
    }
    await this.#free(path);
    await symlink(entry.linkName, path);
    await lutimes(path, entry.mtime, entry.mtime);
  }

  /** Removes what is in the way of a file, without following it. A single file may replace the target itself. */
  async #free(path: string): Promise<void> {
    if (path === this.#target) await mkdir(dirname(path), { recursive: true });
    else await this.#directory(dirname(path));
    const found = await statsOf(path);
    if (found?.isDirectory()) throw new TarError(`${path} is there already, and is a directory`);
    if (found !== undefined) await unlink(path);
  }
}

/** Gathers small pieces, because one write for each costs more than the bytes. */
async function* gathered(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer[]> {
  let pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of content) {
    pieces.push(piece);
    length += piece.length;
    if (length < PIECE) continue;
    yield pieces;
    pieces = [];
    length = 0;
  }
  if (pieces.length > 0) yield pieces;
}

async function statsOf(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
