import { type FileHandle, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import type { Clock } from '../../util/clock.js';
import { type AuditEvent, type AuditSink, jsonLine, legacyLine } from './audit-event.js';

/** The format of a log's lines: JSON, or the short text of kube-apiserver before 1.8. */
export const auditLogFormats = ['json', 'legacy'] as const;
export type AuditLogFormat = (typeof auditLogFormats)[number];

/** A log file and its rotation. */
export interface AuditLogOptions {
  readonly path: string;
  readonly format?: AuditLogFormat | undefined;
  /** The size at which the file is rotated, in MiB. Default, and for 0: 100. */
  readonly maxSizeMib?: number | undefined;
  /** The number of rotated files that are kept. Default, and for 0: all. */
  readonly maxBackups?: number | undefined;
  /** The days that rotated files are kept. Default, and for 0: always. */
  readonly maxAgeDays?: number | undefined;
}

/** A log file that takes events. */
export interface AuditLogFile extends AuditSink {
  /** Closes the file once all events are written. */
  close(): Promise<void>;
}

const dayMs = 86_400_000;

/** Opens a log file for its owner only, and appends to it. Rejects when the file cannot be opened. */
export async function auditLogFile(options: AuditLogOptions, clock: Pick<Clock, 'now'>): Promise<AuditLogFile> {
  const file = new RotatingFile(options, clock);
  await file.open();
  const line = lineOf(options.format);
  return { write: (event) => file.append(line(event)), close: () => file.close() };
}

/** Writes events to a stream, such as the standard output. */
export function auditLogStream(write: (line: string) => void, format?: AuditLogFormat): AuditSink {
  const line = lineOf(format);
  return { write: (event) => write(line(event)) };
}

function lineOf(format: AuditLogFormat = 'json'): (event: AuditEvent) => string {
  return format === 'json' ? jsonLine : legacyLine;
}

/** A file that is renamed when it is full, as `name-2026-01-02T03-04-05.678.log`. Lines are written one after the other. */
class RotatingFile {
  readonly #options: AuditLogOptions;
  readonly #clock: Pick<Clock, 'now'>;
  #file: FileHandle | undefined;
  #size = 0;
  #last: Promise<void> = Promise.resolve();

  constructor(options: AuditLogOptions, clock: Pick<Clock, 'now'>) {
    this.#options = options;
    this.#clock = clock;
  }

  async open(): Promise<void> {
    const { path } = this.#options;
    await mkdir(dirname(path), { recursive: true });
    this.#file = await open(path, 'a', 0o600);
    this.#size = (await this.#file.stat()).size;
  }

  append(line: string): Promise<void> {
    const written = this.#last.then(() => this.#append(line));
    this.#last = written.catch(() => {});
    return written;
  }

  async #append(line: string): Promise<void> {
    const bytes = Buffer.from(line);
    const maxBytes = (this.#options.maxSizeMib || 100) * 1024 * 1024;
    if (this.#size > 0 && this.#size + bytes.length > maxBytes) await this.#rotate();
    await this.#file?.appendFile(bytes);
    this.#size += bytes.length;
  }

  async #rotate(): Promise<void> {
    const { path } = this.#options;
    await this.#file?.close();
    const time = new Date(this.#clock.now()).toISOString().replace('Z', '').replaceAll(':', '-');
    await rename(path, join(dirname(path), `${this.#stem()}-${time}${extname(path)}`));
    await this.open();
    await this.#removeOld();
  }

  async #removeOld(): Promise<void> {
    const { path, maxBackups = 0, maxAgeDays = 0 } = this.#options;
    const oldest = maxAgeDays > 0 ? this.#clock.now() - maxAgeDays * dayMs : 0;
    const names = await readdir(dirname(path));
    const backups = names.flatMap((name) => {
      const time = this.#timeOf(name);
      return time === undefined ? [] : [{ name, time }];
    });
    backups.sort((one, other) => other.time - one.time);
    const old = backups.filter(({ time }, index) => time < oldest || (maxBackups > 0 && index >= maxBackups));
    for (const { name } of old) await rm(join(dirname(path), name), { force: true });
  }

  /** Returns when a file was rotated, undefined for other files. */
  #timeOf(name: string): number | undefined {
    const end = extname(this.#options.path);
    const stem = this.#stem();
    if (!name.startsWith(stem) || !name.endsWith(end)) return undefined;
    const written = name.slice(stem.length, name.length - end.length);
    const [, day, hours, minutes, seconds] = /^-(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d\.\d{3})$/.exec(written) ?? [];
    return day === undefined ? undefined : Date.parse(`${day}T${hours}:${minutes}:${seconds}Z`);
  }

  #stem(): string {
    return basename(this.#options.path, extname(this.#options.path));
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#file?.close();
    this.#file = undefined;
  }
}
