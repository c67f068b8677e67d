import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { turn } from '../../../util/next-turn.js';
import type { Encryption } from '../encryption/encryption.js';
import type { KeyValue } from '../storage.js';
import { syncFolder, writeFully } from './data-files.js';
import { encodeFrame } from './frame.js';
import { endRecord, headRecord, objectsRecord } from './records.js';

/** The state of a store at one revision. */
export interface StoreState {
  readonly revision: number;
  /** The id of the store, in hexadecimal. */
  readonly store: string;
  readonly kvs: readonly KeyValue[];
  /** Encrypts the values. Default: they are written as they are. */
  readonly encryption?: Encryption | undefined;
}

/** A frame of objects holds about this much. The process does other work, and the disk catches up, between two. */
const chunkBytes = 1024 * 1024;

/**
 * Writes a state to a file, which appears under its name when it is complete and on disk. `signal` stops the writing; the promise
 * rejects then and nothing is left behind.
 */
export async function writeCheckpoint(path: string, state: StoreState, signal?: AbortSignal): Promise<void> {
  const temporary = `${path}.tmp`;
  const file = await open(temporary, 'w', 0o600);
  try {
    await writeState(file, state, signal);
    await file.sync();
    await file.close();
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await file.close().catch(() => {});
    await rm(temporary, { force: true });
    throw error;
  }
}

async function writeState(file: FileHandle, state: StoreState, signal: AbortSignal | undefined): Promise<void> {
  const { revision, store, kvs, encryption } = state;
  let position = 0;
  const write = async (parts: readonly Uint8Array[]): Promise<void> => {
    const frame = encodeFrame(parts);
    await writeFully(file, frame, position);
    position += frame.length;
  };
  await write(headRecord({ revision, previous: 0, store }));
  let chunk: KeyValue[] = [];
  let bytes = 0;
  for (const kv of kvs) {
    chunk.push(encryption === undefined ? kv : { ...kv, value: encryption.seal(kv.key, kv.value).stored });
    bytes += kv.key.length + kv.value.length;
    if (bytes < chunkBytes) continue;
    signal?.throwIfAborted();
    await write(objectsRecord(chunk));
    // A sync of everything at the end would hold up the syncs of the log for as long.
    await file.datasync();
    await turn();
    chunk = [];
    bytes = 0;
  }
  if (chunk.length > 0) await write(objectsRecord(chunk));
  await write(endRecord(kvs.length));
}
