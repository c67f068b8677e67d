import { Buffer } from 'node:buffer';
import { type FileHandle, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** The names of the files of a data folder begin with the revision that they begin at or hold. */
const name = /^(\d{16})\.(log|checkpoint)$/;

/** A file of a data folder. */
export interface DataFile {
  readonly kind: 'log' | 'checkpoint';
  readonly revision: number;
  readonly path: string;
}

/** Returns the path of a file in a data folder. */
export function dataPath(folder: string, kind: DataFile['kind'], revision: number): string {
  return join(folder, `${String(revision).padStart(16, '0')}.${kind}`);
}

/** Returns the logs and checkpoints of a folder in the order of their revisions. */
export async function dataFiles(folder: string): Promise<DataFile[]> {
  const files = (await readdir(folder)).flatMap((entry): DataFile[] => {
    const [, revision, kind] = name.exec(entry) ?? [];
    if (revision === undefined || (kind !== 'log' && kind !== 'checkpoint')) return [];
    return [{ kind, revision: Number(revision), path: join(folder, entry) }];
  });
  return files.sort((one, other) => one.revision - other.revision);
}

/** One call reads at most this much: Node.js and some systems limit it to 2 GiB. */
const readLength = 1024 * 1024 * 1024;

/** Reads a whole file, which may be larger than `readFile` allows. */
export async function readWhole(path: string): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const bytes = Buffer.allocUnsafeSlow(size);
    let at = 0;
    while (at < size) {
      const { bytesRead } = await file.read(bytes, at, Math.min(readLength, size - at), at);
      if (bytesRead === 0) break;
      at += bytesRead;
    }
    return bytes.subarray(0, at);
  } finally {
    await file.close();
  }
}

/** Makes the names in a folder durable: a new file is lost in a power failure until its folder is on disk too. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open folders. Its file systems log changes of names.
  if (process.platform === 'win32') return;
  const directory = await open(folder, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** Writes all bytes at `position`. */
export async function writeFully(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  let at = 0;
  while (at < bytes.length) {
    const { bytesWritten } = await file.write(bytes, at, bytes.length - at, position + at);
    at += bytesWritten;
  }
}
