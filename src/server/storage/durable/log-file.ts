import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { dataPath, syncFolder, writeFully } from './data-files.js';
import { encodeFrame } from './frame.js';
import { type Head, headRecord } from './records.js';

/** A log whose tail is unknown after a failed call: nothing may be appended to it any more. */
export class LogFailedError extends Error {}

/** A log that is open for appending. */
export class LogFile {
  #length: number;

  private constructor(
    /** The revision before the first write of the log. */
    readonly revision: number,
    private readonly file: FileHandle,
    length: number,
  ) {
    this.#length = length;
  }

  /** Creates a log in a folder. When the promise resolves, the file is on disk. */
  static async create(folder: string, head: Omit<Head, 'kind'>): Promise<LogFile> {
    const path = dataPath(folder, 'log', head.revision);
    const temporary = `${path}.tmp`;
    const file = await open(temporary, 'w', 0o600);
    try {
      const frame = encodeFrame(headRecord(head));
      await writeFully(file, frame, 0);
      await file.sync();
      await rename(temporary, path);
      await syncFolder(folder);
      return new LogFile(head.revision, file, frame.length);
    } catch (error) {
      await file.close();
      await rm(temporary, { force: true });
      await rm(path, { force: true });
      throw error;
    }
  }

  /** Opens a log to append at `length`. Cuts off what is behind it. */
  static async resume(path: string, revision: number, length: number): Promise<LogFile> {
    const file = await open(path, 'r+');
    try {
      await file.truncate(length);
      await file.sync();
      await syncFolder(dirname(path));
      return new LogFile(revision, file, length);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** The length of the file in bytes. */
  get length(): number {
    return this.#length;
  }

  /**
   * Appends a frame. When the promise resolves, the frame is on disk. When it rejects, the log is as before, unless the error is a
   * `LogFailedError`.
   */
  async append(frame: Uint8Array): Promise<void> {
    try {
      await writeFully(this.file, frame, this.#length);
    } catch (error) {
      await this.file.truncate(this.#length).catch((cause: unknown) => {
        throw new LogFailedError('cannot remove an incomplete write', { cause });
      });
      throw error;
    }
    // After a failed sync, the kernel may have dropped the pages: a later sync that succeeds says nothing about them.
    await this.file.datasync().catch((cause: unknown) => {
      throw new LogFailedError('cannot sync the log', { cause });
    });
    this.#length += frame.length;
  }

  /** Closes the file. */
  async close(): Promise<void> {
    await this.file.close();
  }
}
