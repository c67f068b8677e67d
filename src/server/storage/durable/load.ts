import type { Encryption } from '../encryption/encryption.js';
import { StorageError } from '../storage-error.js';
import { WatchCache, type WatchCacheOptions } from '../watch-cache.js';
import type { StoreState } from './checkpoint.js';
import { type DataFile, dataFiles, dataPath, readWhole } from './data-files.js';
import { readFrame } from './frame.js';
import { decodeRecord, type Head, type LoggedWrite, type StoredRecord } from './records.js';
import { StoredValues } from './stored-values.js';

/** Options of `loadFolder`. */
export interface LoadOptions extends WatchCacheOptions {
  /** Decrypts the values. Default: they are loaded as they are in the files. */
  readonly encryption?: Encryption | undefined;
}

/** The contents of a data folder. */
export interface LoadedFolder {
  readonly cache: WatchCache;
  /** The id of the store, in hexadecimal. */
  readonly store: string;
  /** The log to append to, and the length of its intact part. */
  readonly log: DataFile;
  readonly length: number;
  /** The length of the older logs behind the latest checkpoint. */
  readonly olderLength: number;
}

/**
 * Loads a data folder: the latest checkpoint, then the logs behind it. Returns undefined for a folder without a store. Throws a
 * `StorageError` that names the file if one is damaged or missing, and one that names the key of a value that cannot be decrypted. A write
 * that was cut off at the very end is ignored.
 */
export async function loadFolder(folder: string, options: LoadOptions = {}): Promise<LoadedFolder | undefined> {
  const files = await dataFiles(folder);
  const checkpoint = files.findLast(({ kind }) => kind === 'checkpoint');
  const logs = files.filter(({ kind, revision }) => kind === 'log' && revision >= (checkpoint?.revision ?? 0));
  const [first] = logs;
  if (first === undefined) {
    if (checkpoint === undefined) return undefined;
    throw missing(dataPath(folder, 'log', checkpoint.revision));
  }
  let cache: WatchCache | undefined;
  let store: string | undefined;
  const values = new StoredValues(options.encryption);
  if (checkpoint !== undefined) {
    const state = await readCheckpoint(checkpoint.path);
    if (first.revision !== state.revision) throw missing(dataPath(folder, 'log', state.revision));
    store = state.store;
    cache = new WatchCache(state.revision, options);
    for (const kv of state.kvs) cache.load(values.opened(kv));
  }
  let length = 0;
  let olderLength = 0;
  for (const [index, log] of logs.entries()) {
    const isLast = index === logs.length - 1;
    const bytes = await readWhole(log.path);
    const [head, start] = readHead(bytes, log.path);
    if (head.revision !== log.revision || (store !== undefined && head.store !== store)) throw foreign(log.path);
    if (cache === undefined && head.previous !== 0) throw missing(dataPath(folder, 'checkpoint', head.revision));
    store = head.store;
    cache ??= new WatchCache(head.revision, options);
    if (cache.revision !== head.revision) throw missing(dataPath(folder, 'log', cache.revision));
    olderLength += length;
    length = replay(cache, values, bytes, start, log.path, isLast);
  }
  const log = logs.at(-1);
  if (cache === undefined || store === undefined || log === undefined) return undefined;
  values.check(folder);
  // A watch would show values that cannot be decrypted.
  if (values.unreadableUntil > cache.compactRevision) cache.compact(values.unreadableUntil);
  return { cache, store, log, length, olderLength };
}

/** Reads a checkpoint, which must be complete. Throws a `StorageError` that names the file otherwise. */
export async function readCheckpoint(path: string): Promise<StoreState> {
  const bytes = await readWhole(path);
  const [{ revision, store }, start] = readHead(bytes, path);
  const kvs: StoreState['kvs'][number][] = [];
  let at = start;
  for (;;) {
    const [record, end] = readRecord(bytes, at, path);
    if (record?.kind === 'objects') for (const kv of record.kvs) kvs.push(kv);
    else if (record?.kind === 'end' && record.count === kvs.length && end === bytes.length) break;
    else throw damaged(path, at);
    at = end;
  }
  return { revision, store, kvs };
}

/** Applies the writes of a log. Returns the length of its intact part. */
function replay(
  cache: WatchCache,
  values: StoredValues,
  bytes: Buffer,
  start: number,
  path: string,
  isLast: boolean,
): number {
  let at = start;
  for (;;) {
    const frame = readFrame(bytes, at);
    if (frame === 'end' || (frame === 'torn' && isLast)) return at;
    if (frame === 'torn' || frame === 'damaged') throw damaged(path, at);
    const record = decodeRecord(frame.payload);
    if (record?.kind !== 'writes' || record.revision !== cache.revision + 1) throw damaged(path, at);
    for (const write of record.writes) apply(cache, values, write);
    at = frame.end;
  }
}

function apply(cache: WatchCache, values: StoredValues, { key, value }: LoggedWrite): void {
  const revision = cache.revision + 1;
  values.replaced(key, revision);
  if (value === undefined) cache.delete(key, revision);
  else {
    const createRevision = cache.current(key)?.createRevision ?? revision;
    cache.put(values.opened({ key, value, createRevision, modRevision: revision }));
  }
}

/** Returns the head of a file and where it ends. Files get their name when their head is on disk. */
function readHead(bytes: Buffer, path: string): [Head, number] {
  const [record, end] = readRecord(bytes, 0, path);
  if (record?.kind !== 'head') throw damaged(path, 0);
  return [record, end];
}

function readRecord(bytes: Buffer, at: number, path: string): [StoredRecord | undefined, number] {
  const frame = readFrame(bytes, at);
  if (typeof frame === 'string') throw damaged(path, at);
  return [decodeRecord(frame.payload), frame.end];
}

function damaged(path: string, at: number): StorageError {
  return new StorageError(
    'FileDamaged',
    `cannot read ${path}: the file is damaged at byte ${at}. Restore a snapshot into an empty folder.`,
  );
}

function missing(path: string): StorageError {
  return new StorageError(
    'FileDamaged',
    `cannot read ${path}: the file is missing. Restore it, or restore a snapshot into an empty folder.`,
  );
}

function foreign(path: string): StorageError {
  return new StorageError(
    'FileDamaged',
    `cannot read ${path}: the file belongs to another store. Remove it, or restore a snapshot into an empty folder.`,
  );
}
