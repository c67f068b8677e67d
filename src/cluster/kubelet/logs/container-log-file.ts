import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import type { Clock } from '../../../util/clock.js';
import { formatLogRecord, formatLogTime, type LogStreamName } from './log-line.js';

/** Longer lines are written as several records, as containerd does. */
const MOST_IN_RECORD = 16_384;
const NEWLINE = 0x0a;

/** Settings of a `LogFile`. */
export interface LogFileOptions {
  readonly path: string;
  readonly clock: Clock;
  /** The file is rotated when it is larger than this, in bytes. */
  readonly maxBytes: number;
  /** The most files to keep, with the one that is written to. */
  readonly maxFiles: number;
}

/** The log of one container: a file in the format of the container runtime interface, and the files that it was rotated to. */
export class LogFile {
  readonly #options: LogFileOptions;
  /** Rotated files from the oldest on. */
  readonly #rotated: string[] = [];
  readonly #held: Record<LogStreamName, Buffer[]> = { stdout: [], stderr: [] };
  readonly #heldLength: Record<LogStreamName, number> = { stdout: 0, stderr: 0 };
  readonly #listeners = new Set<() => void>();
  #handle: FileHandle | undefined;
  #size = 0;
  #rotations = 0;
  #lastTime = 0n;
  #writing: Promise<void> = Promise.resolve();
  #closed = false;

  private constructor(options: LogFileOptions, handle: FileHandle) {
    this.#options = options;
    this.#handle = handle;
  }

  /** Creates the file, or empties it. */
  static async create(options: LogFileOptions): Promise<LogFile> {
    return new LogFile(options, await open(options.path, 'w', 0o640));
  }

  /** The files of the log, from the oldest on. */
  get files(): readonly string[] {
    return [...this.#rotated, this.#options.path];
  }

  /** Counts the rotations. A reader finds the new file when the count has changed. */
  get rotations(): number {
    return this.#rotations;
  }

  /** True once the container has ended and everything is written. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Writes output of the container. Resolves when it is in the file. */
  write(stream: LogStreamName, chunk: Uint8Array): Promise<void> {
    const records: Buffer[] = [];
    let rest = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    while (rest.length > 0) {
      const at = rest.indexOf(NEWLINE);
      const end = at < 0 ? rest.length : at;
      const room = MOST_IN_RECORD - this.#heldLength[stream];
      if (end > room || (at < 0 && end === room)) {
        this.#hold(stream, rest.subarray(0, room));
        records.push(this.#record(stream, true));
        rest = rest.subarray(room);
        continue;
      }
      this.#hold(stream, rest.subarray(0, end));
      if (at < 0) break;
      records.push(this.#record(stream, false));
      rest = rest.subarray(at + 1);
    }
    return this.#append(records);
  }

  /** Writes lines without an end as partial ones, and ends the log. */
  async close(): Promise<void> {
    const records = (['stdout', 'stderr'] as const)
      .filter((stream) => this.#heldLength[stream] > 0)
      .map((stream) => this.#record(stream, true));
    await this.#append(records);
    this.#closed = true;
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
    this.#changed();
  }

  /** Removes the files. */
  async remove(): Promise<void> {
    await Promise.all(this.files.map((file) => rm(file, { force: true })));
  }

  /** Calls `listener` whenever there is more to read. Returns the function that ends this. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #hold(stream: LogStreamName, piece: Buffer): void {
    this.#held[stream].push(Buffer.from(piece));
    this.#heldLength[stream] += piece.length;
  }

  #record(stream: LogStreamName, partial: boolean): Buffer {
    const text = Buffer.concat(this.#held[stream]);
    this.#held[stream] = [];
    this.#heldLength[stream] = 0;
    // The clock counts milliseconds; the digits below keep the records of one millisecond in order.
    const now = BigInt(Math.floor(this.#options.clock.now())) * 1_000_000n;
    this.#lastTime = now > this.#lastTime ? now : this.#lastTime + 1n;
    return formatLogRecord(formatLogTime(this.#lastTime), stream, partial, text);
  }

  #append(records: readonly Buffer[]): Promise<void> {
    if (records.length === 0) return this.#writing;
    const bytes = Buffer.concat(records);
    const written = this.#writing.then(async () => {
      if (this.#handle === undefined) return;
      if (this.#size > 0 && this.#size + bytes.length > this.#options.maxBytes) await this.#rotate();
      await this.#handle?.appendFile(bytes);
      this.#size += bytes.length;
      this.#changed();
    });
    this.#writing = written.catch(() => {});
    return written;
  }

  async #rotate(): Promise<void> {
    const { path, maxFiles } = this.#options;
    const old = `${path}.${formatLogTime(this.#lastTime).replace(/[-:Z]/g, '').replace('T', '-')}`;
    await this.#handle?.close();
    await rename(path, old);
    this.#handle = await open(path, 'w', 0o640);
    this.#size = 0;
    this.#rotated.push(old);
    this.#rotations++;
    while (this.#rotated.length > Math.max(0, maxFiles - 1)) await rm(this.#rotated.shift() ?? '', { force: true });
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}
