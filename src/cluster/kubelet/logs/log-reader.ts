import { type FileHandle, open } from 'node:fs/promises';
import { onAbort } from '../../../util/abort.js';
import type { LogFile } from './container-log-file.js';
import { formatLogTime, type LogRecord, logTimeOf, parseLogRecord } from './log-line.js';

/** The part of a log to read. */
export interface LogReadOptions {
  /** True: the reader waits for more until the container has ended. */
  readonly follow: boolean;
  readonly timestamps: boolean;
  /** Only records from this time on, in nanoseconds since the epoch. */
  readonly since?: bigint | undefined;
  /** Only so many records from the end. */
  readonly tailLines?: number | undefined;
  /** Only so many bytes. */
  readonly limitBytes?: number | undefined;
}

const NEWLINE = 0x0a;
const CHUNK = 64 * 1024;

/** Reads a log as the kubelet sends it: text without the heads of the records. Ends early when `signal` aborts. */
export async function* readLog(log: LogFile, options: LogReadOptions, signal: AbortSignal): AsyncGenerator<Buffer> {
  const { follow, timestamps, since, tailLines, limitBytes } = options;
  let remaining = limitBytes ?? Number.POSITIVE_INFINITY;
  let records = follow ? Number.POSITIVE_INFINITY : (tailLines ?? Number.POSITIVE_INFINITY);
  let newLine = true;
  if (remaining <= 0 || records <= 0) return;
  for await (const batch of readRecords(log, tailLines, follow, signal)) {
    const pieces: Buffer[] = [];
    for (const record of batch) {
      if (records-- <= 0) break;
      if (since !== undefined && logTimeOf(record.time) < since) continue;
      const prefix = timestamps && newLine ? `${formatLogTime(logTimeOf(record.time))} ` : '';
      newLine = !record.partial;
      const line = prefix === '' ? record.text : Buffer.concat([Buffer.from(prefix), record.text]);
      const cut = line.subarray(0, remaining);
      remaining -= cut.length;
      pieces.push(cut);
      if (remaining <= 0) break;
    }
    if (pieces.length > 0) yield Buffer.concat(pieces);
    if (remaining <= 0 || records <= 0) return;
  }
}

/** Reads the records of a log across its files, in batches. */
async function* readRecords(
  log: LogFile,
  tailLines: number | undefined,
  follow: boolean,
  signal: AbortSignal,
): AsyncGenerator<LogRecord[]> {
  let rotations = log.rotations;
  const files = await openAll(log.files);
  try {
    let { file, offset } = tailLines === undefined ? { file: 0, offset: 0 } : await tailStart(files, tailLines);
    const change = changesOf(log, signal);
    let held = Buffer.alloc(0);
    try {
      for (;;) {
        const handle = files[file];
        if (handle === undefined || signal.aborted) return;
        // Asked before the read: what is written in between is seen the next time.
        const ended = log.closed;
        const chunk = Buffer.allocUnsafe(CHUNK);
        const { bytesRead } = await handle.read(chunk, 0, CHUNK, offset);
        offset += bytesRead;
        if (bytesRead > 0) {
          const bytes = Buffer.concat([held, chunk.subarray(0, bytesRead)]);
          const end = bytes.lastIndexOf(NEWLINE) + 1;
          held = bytes.subarray(end);
          yield recordsIn(bytes.subarray(0, end));
          continue;
        }
        if (file < files.length - 1) {
          file++;
          offset = 0;
        } else if (log.rotations > rotations) {
          files.push(...(await openAll(log.files.slice(-(log.rotations - rotations)))));
          rotations = log.rotations;
        } else if (!follow || ended) return;
        else await change.next();
      }
    } finally {
      change.stop();
    }
  } finally {
    await Promise.all(files.map((handle) => handle.close()));
  }
}

function recordsIn(bytes: Buffer): LogRecord[] {
  const records: LogRecord[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(NEWLINE, at) + 1;
    const record = parseLogRecord(bytes.subarray(at, end));
    if (record !== undefined) records.push(record);
    at = end;
  }
  return records;
}

/** Finds the start of the last `lines` records, searching backwards. */
async function tailStart(files: readonly FileHandle[], lines: number): Promise<{ file: number; offset: number }> {
  let wanted = lines;
  const last = files.length - 1;
  for (let file = last; file >= 0; file--) {
    const handle = files[file];
    if (handle === undefined) break;
    const { size } = await handle.stat();
    if (file === last && lines === 0) return { file, offset: size };
    const chunk = Buffer.allocUnsafe(CHUNK);
    for (let end = size; end > 0; ) {
      const start = Math.max(0, end - CHUNK);
      const { bytesRead } = await handle.read(chunk, 0, end - start, start);
      for (let at = bytesRead - 1; at >= 0; at--) {
        // The last byte of the file ends its last record.
        if (chunk[at] !== NEWLINE || start + at === size - 1) continue;
        if (--wanted === 0) return { file, offset: start + at + 1 };
      }
      end = start;
    }
    if (size > 0 && --wanted === 0) return { file, offset: 0 };
  }
  return { file: 0, offset: 0 };
}

async function openAll(paths: readonly string[]): Promise<FileHandle[]> {
  const opened = await Promise.all(paths.map((path) => open(path, 'r').catch(() => undefined)));
  return opened.filter((handle) => handle !== undefined);
}

/** Waits for changes of a log. A change that came since the last call counts. */
function changesOf(log: LogFile, signal: AbortSignal): { next(): Promise<void>; stop(): void } {
  let pending = true;
  let wake: (() => void) | undefined;
  const changed = () => {
    pending = true;
    wake?.();
  };
  const stops = [log.onChange(changed), onAbort(signal, changed)];
  return {
    async next() {
      if (!pending) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      pending = false;
    },
    stop: () => {
      for (const stop of stops) stop();
    },
  };
}
