import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { abortForMany } from '../../../util/abort.js';
import { type Clock, systemClock } from '../../../util/clock.js';
import { turn } from '../../../util/next-turn.js';
import { Encryption } from '../encryption/encryption.js';
import { firstRevision } from '../first-revision.js';
import type {
  GetResult,
  KeyValue,
  RangeOptions,
  RangeResult,
  Storage,
  StorageWatch,
  WatchListener,
  WriteResult,
} from '../storage.js';
import { reasonOf, StorageError } from '../storage-error.js';
import { WatchCache, type WatchCacheOptions } from '../watch-cache.js';
import { writeCheckpoint } from './checkpoint.js';
import { dataFiles, dataPath, syncFolder } from './data-files.js';
import { type FolderLock, lockFolder } from './folder-lock.js';
import { encodeFrame } from './frame.js';
import { type LoadedFolder, loadFolder } from './load.js';
import { LogFailedError, LogFile } from './log-file.js';
import { type PendingWrite, PendingWrites } from './pending-writes.js';
import { writesRecord } from './records.js';

/** Options of `DurableStorage.open`. */
export interface DurableStorageOptions extends WatchCacheOptions {
  /** The clock that the first revision of a new store comes from. Default: the system's clock. */
  readonly clock?: Clock | undefined;
  /** The bytes of logs, beyond the size of the state, after which a checkpoint replaces them. Default 64 MiB. */
  readonly checkpointBytes?: number | undefined;
  /** Encrypts values in the files. Default: values are stored as they are. */
  readonly encryption?: Encryption | undefined;
}

/**
 * A store in a folder on this machine. A write is appended to a log, synced to the disk together with those that wait at the same time,
 * then applied to the cache, delivered to watches and answered. Reads see only writes that are on disk.
 *
 * Logs are replaced by a checkpoint of the state now and then. It is written beside the writes, which continue in a new log.
 */
export class DurableStorage implements Storage {
  readonly #folder: string;
  readonly #lock: FolderLock;
  readonly #cache: WatchCache;
  readonly #store: string;
  readonly #pending: PendingWrites;
  readonly #checkpointBytes: number;
  readonly #encryption: Encryption;
  readonly #closing = abortForMany();
  #log: LogFile;
  /** The bytes of the logs before the current one that no checkpoint has replaced. */
  #olderBytes: number;
  /** No checkpoint begins before the logs have grown to this size. */
  #retryBytes = 0;
  #checkpointing: Promise<void> | undefined;
  #flushing: Promise<void> | undefined;
  /** The reason why the store takes no more writes. */
  #failed: StorageError | undefined;

  private constructor(
    folder: string,
    lock: FolderLock,
    log: LogFile,
    loaded: Loaded,
    encryption: Encryption,
    checkpointBytes: number,
  ) {
    this.#folder = folder;
    this.#lock = lock;
    this.#log = log;
    this.#cache = loaded.cache;
    this.#store = loaded.store;
    this.#olderBytes = loaded.olderLength;
    this.#pending = new PendingWrites(loaded.cache);
    this.#encryption = encryption;
    this.#checkpointBytes = checkpointBytes;
  }

  /**
   * Opens the store in `folder`, or creates one there. Throws a `StorageError` if another process uses the folder, if it cannot be
   * read or written, or if one of its files is damaged. Throws one as well if a value is encrypted with an unknown key.
   */
  static async open(folder: string, options: DurableStorageOptions = {}): Promise<DurableStorage> {
    const path = resolve(folder);
    await createFolder(path);
    const lock = await lockFolder(path);
    try {
      await removeLeftovers(path);
      const encryption = options.encryption ?? new Encryption([], () => '');
      const loaded = await loadFolder(path, { ...options, encryption });
      const { log, ...rest } = loaded === undefined ? await begin(path, options) : await resume(loaded);
      return new DurableStorage(path, lock, log, rest, encryption, options.checkpointBytes ?? 64 * 1024 * 1024);
    } catch (error) {
      await lock.release();
      if (error instanceof StorageError) throw error;
      throw unusable(path, error);
    }
  }

  async revision(): Promise<number> {
    return this.#cache.revision;
  }

  async get(key: string, options: { revision?: number } = {}): Promise<GetResult> {
    return this.#cache.get(key, options);
  }

  async range(start: string, end: string, options: RangeOptions = {}): Promise<RangeResult> {
    return this.#cache.range(start, end, options);
  }

  async put(key: string, value: Uint8Array, expected: number): Promise<WriteResult> {
    return this.#write(key, value, expected);
  }

  async delete(key: string, expected: number): Promise<WriteResult> {
    return this.#write(key, undefined, expected);
  }

  watch(start: string, end: string, after: number, listener: WatchListener): StorageWatch {
    return this.#cache.watch(start, end, after, listener);
  }

  isStale(kv: KeyValue): boolean {
    return this.#encryption.isStale(kv);
  }

  /** Forgets history in memory. Logs go with the next checkpoint. */
  async compact(revision: number): Promise<void> {
    this.#cache.compact(revision);
  }

  /** Answers the writes under way, then lets another process open the folder. Later writes are refused. */
  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    await this.#flushing;
    await this.#checkpointing;
    this.#cache.close();
    await this.#log.close();
    await this.#lock.release();
  }

  async #write(key: string, value: Uint8Array | undefined, expected: number): Promise<WriteResult> {
    for (;;) {
      if (this.#failed !== undefined) throw this.#failed;
      if (this.#closing.signal.aborted)
        throw new StorageError('StoreClosed', `cannot write to the data folder ${this.#folder}: the store was closed.`);
      if (this.#pending.revisionOf(key) === expected && (value !== undefined || expected !== 0)) {
        const sealed = value === undefined ? undefined : this.#encryption.seal(key, value);
        const written = this.#pending.add(key, value, sealed);
        this.#flushing ??= this.#flush();
        return { ok: true, revision: await written };
      }
      const settled = this.#pending.settled(key);
      if (settled === undefined) return { ok: false, current: this.#cache.current(key) };
      // An answer may tell only what is on disk: a crash would take the rest back.
      await settled;
    }
  }

  /** Writes batches until none waits. Never rejects. */
  async #flush(): Promise<void> {
    // Writes of the same turn share a sync.
    await turn();
    for (let batch = this.#pending.take(); batch !== undefined; batch = this.#pending.take()) {
      try {
        const logged = batch.writes.map(({ key, sealed }) => ({ key, value: sealed?.stored }));
        await this.#log.append(encodeFrame(writesRecord(batch.revision, logged)));
      } catch (error) {
        this.#pending.reject(this.#failure(error));
        continue;
      }
      this.#apply(batch.writes);
      if (this.#isCheckpointDue()) await this.#startCheckpoint();
    }
    this.#flushing = undefined;
  }

  #apply(writes: readonly PendingWrite[]): void {
    for (const { key, value, sealed, revision, createRevision } of writes) {
      if (value === undefined) this.#cache.delete(key, revision);
      else this.#cache.put({ key, value, createRevision, modRevision: revision, sealedBy: sealed?.sealedBy });
    }
    this.#pending.resolve();
  }

  #failure(error: unknown): StorageError {
    const failed = error instanceof LogFailedError;
    const reason = reasonOf(failed ? error.cause : error);
    const advice = failed ? 'The store takes no more writes: restart the server' : 'Free space on the disk, then retry';
    const message = `cannot write to the data folder ${this.#folder}: ${reason}. ${advice}.`;
    const failure = new StorageError('WriteFailed', message, { cause: error });
    if (failed) this.#failed = failure;
    return failure;
  }

  #isCheckpointDue(): boolean {
    const limit = Math.max(this.#checkpointBytes, this.#cache.liveBytes, this.#retryBytes);
    return this.#checkpointing === undefined && this.#olderBytes + this.#log.length > limit;
  }

  /** Tries again when the logs have grown: a full disk would fail every attempt. */
  #postponeCheckpoint(): void {
    this.#retryBytes = this.#olderBytes + this.#log.length + this.#checkpointBytes;
  }

  /** Continues in a new log, and begins to write the state to a checkpoint. */
  async #startCheckpoint(): Promise<void> {
    const { revision } = this.#cache;
    const old = this.#log;
    try {
      const head = { revision, previous: old.revision, store: this.#store };
      this.#log = await LogFile.create(this.#folder, head);
    } catch {
      // The old log goes on.
      this.#postponeCheckpoint();
      return;
    }
    this.#olderBytes += old.length;
    await old.close();
    const { kvs } = this.#cache.range('', '\uffff');
    const state = { revision, store: this.#store, kvs, encryption: this.#encryption };
    this.#checkpointing = this.#checkpoint(state).finally(() => {
      this.#checkpointing = undefined;
    });
  }

  /** Writes a checkpoint and removes the files that it replaces. Never rejects: if it fails, the logs stay. */
  async #checkpoint(state: Parameters<typeof writeCheckpoint>[1]): Promise<void> {
    try {
      await writeCheckpoint(dataPath(this.#folder, 'checkpoint', state.revision), state, this.#closing.signal);
      this.#olderBytes = 0;
      this.#retryBytes = 0;
      for (const file of await dataFiles(this.#folder))
        if (file.revision < state.revision) await rm(file.path, { force: true });
    } catch {
      this.#postponeCheckpoint();
    }
  }
}

type Loaded = Pick<LoadedFolder, 'cache' | 'store' | 'olderLength'>;

async function createFolder(folder: string): Promise<void> {
  try {
    const created = await mkdir(folder, { recursive: true, mode: 0o700 });
    if (created !== undefined) await syncFolder(dirname(created));
  } catch (error) {
    throw unusable(folder, error);
  }
}

/** Removes files that were not complete when their process stopped. */
async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(folder))
    if (/^\d{16}\.(log|checkpoint)\.tmp$/.test(name)) await rm(join(folder, name), { force: true });
}

async function begin(folder: string, options: DurableStorageOptions): Promise<Loaded & { log: LogFile }> {
  const revision = firstRevision(options.clock ?? systemClock);
  const store = randomBytes(16).toString('hex');
  const log = await LogFile.create(folder, { revision, previous: 0, store });
  return { cache: new WatchCache(revision, options), store, olderLength: 0, log };
}

async function resume({ log, length, ...rest }: LoadedFolder): Promise<Loaded & { log: LogFile }> {
  return { ...rest, log: await LogFile.resume(log.path, log.revision, length) };
}

function unusable(folder: string, error: unknown): StorageError {
  return new StorageError(
    'FolderUnusable',
    `cannot open the data folder ${folder}: ${reasonOf(error)}. Choose a folder that this user may write.`,
    { cause: error },
  );
}
