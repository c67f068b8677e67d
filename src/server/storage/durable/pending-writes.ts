import type { SealedValue } from '../encryption/encryption.js';
import type { WatchCache } from '../watch-cache.js';
import type { LoggedWrite } from './records.js';

/** A write that is not on disk yet. */
export interface PendingWrite extends LoggedWrite {
  readonly revision: number;
  readonly createRevision: number;
  /** The value as it is stored. Undefined for a deletion. */
  readonly sealed: SealedValue | undefined;
}

/** Writes that become durable together. Their revisions rise by one. */
export interface Batch {
  readonly revision: number;
  readonly writes: readonly PendingWrite[];
}

interface Waiting extends PendingWrite {
  readonly resolve: (revision: number) => void;
  readonly reject: (error: Error) => void;
  /** Called when the write has succeeded or failed. */
  readonly settled: (() => void)[];
}

/** A batch ends with the write that exceeds this size. */
const batchBytes = 8 * 1024 * 1024;

/** The writes that are not on disk yet, in the order of their revisions. */
export class PendingWrites {
  /** The last of the writes to each key. */
  readonly #latest = new Map<string, Waiting>();
  #queue: Waiting[] = [];
  #batch: Waiting[] = [];
  #revision: number;

  constructor(private readonly cache: WatchCache) {
    this.#revision = cache.revision;
  }

  /** Returns the modification revision that a key has after the writes that wait, 0 if it does not exist then. */
  revisionOf(key: string): number {
    const write = this.#latest.get(key);
    if (write === undefined) return this.cache.current(key)?.modRevision ?? 0;
    return write.value === undefined ? 0 : write.revision;
  }

  /** Returns a promise that resolves when the last write to a key has succeeded or failed. Undefined if no write to it waits. */
  settled(key: string): Promise<void> | undefined {
    const write = this.#latest.get(key);
    return write === undefined ? undefined : new Promise((resolve) => write.settled.push(resolve));
  }

  /** Adds a write. The promise resolves to its revision when `resolve` is called, and rejects when `reject` is. */
  add(key: string, value: Uint8Array | undefined, sealed: SealedValue | undefined): Promise<number> {
    const revision = ++this.#revision;
    const createRevision = this.#createRevisionOf(key) ?? revision;
    return new Promise((resolve, reject) => {
      const write = { key, value, sealed, revision, createRevision, resolve, reject, settled: [] };
      this.#latest.set(key, write);
      this.#queue.push(write);
    });
  }

  /** Returns the next batch, undefined if no write waits. */
  take(): Batch | undefined {
    let bytes = 0;
    let count = 0;
    while (count < this.#queue.length && bytes < batchBytes) bytes += this.#queue[count++]?.value?.length ?? 0;
    this.#batch = this.#queue.splice(0, count);
    const [first] = this.#batch;
    return first === undefined ? undefined : { revision: first.revision, writes: this.#batch };
  }

  /** Resolves the writes of the batch that was taken, which are in the cache now. */
  resolve(): void {
    for (const write of this.#batch) {
      if (this.#latest.get(write.key) === write) this.#latest.delete(write.key);
      write.resolve(write.revision);
      for (const settled of write.settled) settled();
    }
  }

  /** Rejects the batch and the writes behind it: they were compared with its outcome. Their revisions are used again. */
  reject(error: Error): void {
    const rejected = [...this.#batch, ...this.#queue];
    this.#queue = [];
    this.#latest.clear();
    this.#revision = this.cache.revision;
    for (const write of rejected) {
      write.reject(error);
      for (const settled of write.settled) settled();
    }
  }

  #createRevisionOf(key: string): number | undefined {
    const write = this.#latest.get(key);
    if (write === undefined) return this.cache.current(key)?.createRevision;
    return write.value === undefined ? undefined : write.createRevision;
  }
}
