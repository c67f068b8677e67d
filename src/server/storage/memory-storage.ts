import {
  CompactedError,
  type GetResult,
  type RangeOptions,
  type RangeResult,
  type Storage,
  type StorageSnapshot,
  type StorageWatch,
  type UndoneWrite,
  type WatchListener,
  type WriteResult,
} from './storage.js';
import { UndoLog } from './undo-log.js';
import { WatchCache, type WatchCacheOptions } from './watch-cache.js';

/** Options of a `MemoryStorage`. */
export interface MemoryStorageOptions extends WatchCacheOptions {
  /**
   * The revision of the empty store, which counts as compacted. Default 100: a client that asks for the history since
   * revision 1 is too late, as on a real server after five minutes. `firstRevision` returns one that no earlier process has reached.
   */
  readonly initialRevision?: number | undefined;
}

/** A store in memory. Writes are atomic and ordered, and each watch sees each write once. */
export class MemoryStorage implements Storage {
  readonly #cache: WatchCache;
  readonly #undo = new UndoLog();

  constructor(options: MemoryStorageOptions = {}) {
    this.#cache = new WatchCache(options.initialRevision ?? 100, options);
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
    const current = this.#cache.current(key);
    if ((current?.modRevision ?? 0) !== expected) return { ok: false, current };
    this.#undo.note(key, current);
    const revision = this.#cache.revision + 1;
    this.#cache.put({ key, value, createRevision: current?.createRevision ?? revision, modRevision: revision });
    return { ok: true, revision };
  }

  async delete(key: string, expected: number): Promise<WriteResult> {
    const current = this.#cache.current(key);
    if (current === undefined || current.modRevision !== expected) return { ok: false, current };
    this.#undo.note(key, current);
    const revision = this.#cache.revision + 1;
    this.#cache.delete(key, revision);
    return { ok: true, revision };
  }

  watch(start: string, end: string, after: number, listener: WatchListener): StorageWatch {
    return this.#cache.watch(start, end, after, listener);
  }

  async compact(revision: number): Promise<void> {
    this.#cache.compact(revision);
  }

  snapshot(): StorageSnapshot {
    return this.#undo.remember(this.#cache.revision);
  }

  restore(snapshot: StorageSnapshot): void {
    const changes = this.#undo.rewind(snapshot);
    if (changes === undefined) {
      throw new Error(
        `there is no snapshot of revision ${snapshot.revision} to go back to: it is of another store, or was taken after a state that this one has gone back to`,
      );
    }
    const undone: UndoneWrite[] = [];
    for (const [key, to] of changes) {
      undone.push({ key, from: this.#cache.current(key), to });
      if (to === undefined) this.#cache.unload(key);
      else this.#cache.load(to);
    }
    const revision = this.#cache.revision + 1;
    this.#cache.restart(revision, new CompactedError(revision, undone));
  }

  async close(): Promise<void> {
    this.#cache.close();
  }
}
