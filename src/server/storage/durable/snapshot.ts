import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { reasonOf, StorageError } from '../storage-error.js';
import { writeCheckpoint } from './checkpoint.js';
import { dataFiles, dataPath } from './data-files.js';
import { lockFolder } from './folder-lock.js';
import { loadFolder, readCheckpoint } from './load.js';
import { LogFile } from './log-file.js';

/** The contents of a snapshot, in numbers. */
export interface SnapshotStatus {
  readonly revision: number;
  readonly keys: number;
  /** The bytes of the keys and values. */
  readonly bytes: number;
}

/** The revision of a restored store is raised by this much: clients may know later revisions than the snapshot's. */
const defaultRevisionBump = 1_000_000_000;

/** A running server may replace files while they are read. It does so at most once in many thousand writes. */
const attempts = 5;

/**
 * Writes the state of a data folder to a file, which appears when it is complete. A server may use the folder meanwhile. Throws a
 * `StorageError` for a folder without a store, or with a damaged file.
 */
export async function saveSnapshot(folder: string, path: string): Promise<SnapshotStatus> {
  const loaded = await loadUnlocked(resolve(folder));
  if (loaded === undefined)
    throw new StorageError('FolderUnusable', `cannot save a snapshot of ${folder}: the folder does not hold a store.`);
  const { cache, store } = loaded;
  const { kvs } = cache.range('', '\uffff');
  await writeCheckpoint(path, { revision: cache.revision, store, kvs }).catch((error: unknown) => {
    throw new StorageError('WriteFailed', `cannot save the snapshot ${path}: ${reasonOf(error)}.`, { cause: error });
  });
  return { revision: cache.revision, keys: kvs.length, bytes: cache.liveBytes };
}

/**
 * Creates a store in a folder from a snapshot. Keys keep their revisions; the store's revision is the snapshot's, raised by `bump`, and
 * the history before it is compacted. Throws a `StorageError` if the folder holds a store, or if the snapshot is damaged.
 */
export async function restoreSnapshot(
  path: string,
  folder: string,
  bump = defaultRevisionBump,
): Promise<SnapshotStatus> {
  const state = await readSnapshot(path);
  const target = resolve(folder);
  await mkdir(target, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw new StorageError('FolderUnusable', `cannot create the data folder ${folder}: ${reasonOf(error)}.`, {
      cause: error,
    });
  });
  const lock = await lockFolder(target);
  try {
    if ((await dataFiles(target)).length > 0)
      throw new StorageError(
        'FolderUnusable',
        `cannot restore to ${folder}: the folder holds a store. Choose an empty folder.`,
      );
    const revision = state.revision + bump;
    const store = randomBytes(16).toString('hex');
    // The checkpoint comes first: a log without it would be an empty store.
    await writeCheckpoint(dataPath(target, 'checkpoint', revision), { revision, store, kvs: state.kvs });
    await (await LogFile.create(target, { revision, previous: 0, store })).close();
    return statusOf({ ...state, revision });
  } finally {
    await lock.release();
  }
}

/** Reads a snapshot from end to end. Throws a `StorageError` if it is damaged. */
export async function snapshotStatus(path: string): Promise<SnapshotStatus> {
  return statusOf(await readSnapshot(path));
}

async function readSnapshot(path: string): ReturnType<typeof readCheckpoint> {
  return readCheckpoint(path).catch((error: unknown) => {
    if (error instanceof StorageError) throw error;
    throw new StorageError('FolderUnusable', `cannot read the snapshot ${path}: ${reasonOf(error)}.`, { cause: error });
  });
}

function statusOf({ revision, kvs }: Awaited<ReturnType<typeof readCheckpoint>>): SnapshotStatus {
  return { revision, keys: kvs.length, bytes: kvs.reduce((sum, { key, value }) => sum + key.length + value.length, 0) };
}

/** Loads a folder that a server may be using: a file that it replaces meanwhile is looked for again. */
async function loadUnlocked(folder: string, attempt = 1): ReturnType<typeof loadFolder> {
  try {
    return await loadFolder(folder);
  } catch (error) {
    const replaced = (error as NodeJS.ErrnoException).code === 'ENOENT' || error instanceof StorageError;
    if (replaced && attempt < attempts) return loadUnlocked(folder, attempt + 1);
    if (error instanceof StorageError) throw error;
    throw new StorageError('FolderUnusable', `cannot read the data folder ${folder}: ${reasonOf(error)}.`, {
      cause: error,
    });
  }
}
