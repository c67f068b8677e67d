/**
 * Where the server keeps objects, in the shape of etcd v3 because a real etcd can stand behind it: keys and values are opaque,
 * one revision counts every write in the whole store, writes compare the revision of the key they change.
 */
export interface Storage {
  /** True if other servers may write to the store at the same time. Default: false. */
  readonly isShared?: boolean;
  /** True if the store deletes events by itself some time after their last write. Default: false. */
  readonly expiresKeys?: boolean;
  /** The revision of the last write. */
  revision(): Promise<number>;
  /** One key, now or as it was at `revision`. Throws `CompactedError` for a revision that is gone. */
  get(key: string, options?: { revision?: number }): Promise<GetResult>;
  /** Keys from `start` (inclusive) to `end` (exclusive) in byte order. Throws `CompactedError`, or `FutureRevisionError`. */
  range(start: string, end: string, options?: RangeOptions): Promise<RangeResult>;
  /** Writes if the key's modification revision is `expected` (0: the key must not exist). */
  put(key: string, value: Uint8Array, expected: number): Promise<WriteResult>;
  /** Deletes if the key's modification revision is `expected`. */
  delete(key: string, expected: number): Promise<WriteResult>;
  /**
   * Every write to keys from `start` to `end` after revision `after`, in order, in batches of one revision or more. Ends with
   * `CompactedError` when `after` is older than the history. Close it when done.
   */
  watch(start: string, end: string, after: number, listener: WatchListener): StorageWatch;
  /** Reports whether the value would be encrypted with another key now: an update that changes nothing writes it again. */
  isStale?(kv: KeyValue): boolean;
  /** Forgets history up to `revision`: reads at older revisions and watches from older ones fail. */
  compact(revision: number): Promise<void>;
  /** Remembers the state of now, to go back to. Absent where the store cannot. */
  snapshot?(): StorageSnapshot;
  /**
   * Goes back to a state that was remembered. Keys have the values and revisions that they had; the store's own revision goes on
   * rising, history before it is gone, and every watch ends with `CompactedError`. Throws for a snapshot of another store, and for one
   * taken after a state that has been gone back to.
   */
  restore?(snapshot: StorageSnapshot): void;
  /** Ends every watch and lets go of everything. */
  close(): Promise<void>;
}

/** The state of a store at one moment: only the store that made it can go back to it. */
export interface StorageSnapshot {
  /** The store's revision then. */
  readonly revision: number;
}

/** One key's value and the revisions of its making and its last change. */
export interface KeyValue {
  readonly key: string;
  readonly value: Uint8Array;
  readonly createRevision: number;
  readonly modRevision: number;
  /** The id of the key that encrypts the value where it is stored. Absent where values are not encrypted. */
  readonly sealedBy?: string | undefined;
}

/** The result of reading a key. */
export interface GetResult {
  readonly kv: KeyValue | undefined;
  /** The store's revision at the time of the read. */
  readonly revision: number;
}

/** When and how much of a range to read. */
export interface RangeOptions {
  /** As things were then. Default: now. */
  readonly revision?: number;
  /** At most this many; 0 or absent: all. */
  readonly limit?: number;
}

/** The result of reading a range. */
export interface RangeResult {
  readonly kvs: readonly KeyValue[];
  /** The number of keys in the whole range at that revision. */
  readonly count: number;
  /** The store's revision at the time of the read. */
  readonly revision: number;
}

/** A write went through at `revision`, or met another state of the key, given as `current`. */
export type WriteResult =
  | { readonly ok: true; readonly revision: number }
  | { readonly ok: false; readonly current: KeyValue | undefined };

/** One write. For a deletion `kv.value` is empty and `kv.modRevision` the revision of the deletion. */
export interface StorageEvent {
  readonly type: 'put' | 'delete';
  readonly kv: KeyValue;
  /** The previous value of the key; undefined if it was created. */
  readonly previous: KeyValue | undefined;
}

/** The receiver of writes. Neither method may throw. */
export interface WatchListener {
  /** Writes in order, never none. */
  events(batch: readonly StorageEvent[]): void;
  /** Nothing more comes. With an error: `CompactedError`, or what the store met. */
  ended(error?: Error): void;
}

/** A watch under way. */
export interface StorageWatch {
  /** Ends it: the listener hears nothing more. */
  close(): void;
}

/** A key that has gone back to what it held before. */
export interface UndoneWrite {
  readonly key: string;
  /** The value before. */
  readonly from: KeyValue | undefined;
  /** The current value. */
  readonly to: KeyValue | undefined;
}

/** History before `compactRevision` is gone. */
export class CompactedError extends Error {
  /** `CompactedError`. */
  override readonly name = 'CompactedError';

  constructor(
    /** The newest revision that is gone. */
    readonly compactRevision: number,
    /** The changes since the last event, if the store returned to an earlier state; undefined if they are not known. */
    readonly undone?: readonly UndoneWrite[],
  ) {
    super(`history up to revision ${compactRevision} has been compacted`);
  }
}

/** A read at a revision that does not exist yet. */
export class FutureRevisionError extends Error {
  /** `FutureRevisionError`. */
  override readonly name = 'FutureRevisionError';

  constructor(
    /** The revision that was asked for. */
    readonly requested: number,
    /** The store's revision. */
    readonly current: number,
  ) {
    super(`revision ${requested} is ahead of ${current}`);
  }
}
