import { parseMicroTime } from '../../../meta/index.js';

/** The output stream that a line was written to. */
export type LogStreamName = 'stdout' | 'stderr';

/** One record of a log file in the format of the container runtime interface. */
export interface LogRecord {
  /** The time of writing, as RFC 3339 with nine digits of the second. */
  readonly time: string;
  readonly stream: LogStreamName;
  /** True: the next record of the stream continues the line. */
  readonly partial: boolean;
  /** The text, with the line end unless it is partial. */
  readonly text: Buffer;
}

const SPACE = 0x20;
const NEWLINE = 0x0a;

/** Formats one record: `2016-10-06T00:17:09.669794202Z stdout F text`. */
export function formatLogRecord(time: string, stream: LogStreamName, partial: boolean, text: Uint8Array): Buffer {
  const head = `${time} ${stream} ${partial ? 'P' : 'F'} `;
  const record = Buffer.allocUnsafe(head.length + text.length + 1);
  record.write(head, 0, 'latin1');
  record.set(text, head.length);
  record[record.length - 1] = NEWLINE;
  return record;
}

/** Reads one record, with or without its line end. Returns undefined when it is malformed. */
export function parseLogRecord(record: Buffer): LogRecord | undefined {
  const first = record.indexOf(SPACE);
  const second = record.indexOf(SPACE, first + 1);
  const third = record.indexOf(SPACE, second + 1);
  if (first < 0 || second < 0 || third < 0) return undefined;
  const stream = record.toString('latin1', first + 1, second);
  if (stream !== 'stdout' && stream !== 'stderr') return undefined;
  const [tag] = record.toString('latin1', second + 1, third).split(':');
  const partial = tag === 'P';
  const end = partial && record.at(-1) === NEWLINE ? record.length - 1 : record.length;
  return { time: record.toString('latin1', 0, first), stream, partial, text: record.subarray(third + 1, end) };
}

/** Returns the time of a record in nanoseconds since the epoch. */
export function logTimeOf(time: string): bigint {
  const [, second = '', fraction = ''] = /^([^.]*?)(?:\.(\d+))?Z$/.exec(time) ?? [];
  return parseMicroTime(`${second}Z`) * 1000n + BigInt(fraction.padEnd(9, '0').slice(0, 9) || '0');
}

/** Formats nanoseconds since the epoch as RFC 3339 with nine digits. */
export function formatLogTime(nanoseconds: bigint): string {
  const second = new Date(Number(nanoseconds / 1_000_000_000n) * 1000).toISOString().slice(0, 19);
  return `${second}.${String(nanoseconds % 1_000_000_000n).padStart(9, '0')}Z`;
}
