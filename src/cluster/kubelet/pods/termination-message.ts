import { open } from 'node:fs/promises';
import type { Container } from '../../../../generated/core/v1.js';
import type { DeepReadonly } from '../../../meta/index.js';
import type { LogFile } from '../logs/container-log-file.js';
import { readLog } from '../logs/log-reader.js';

/** The path that containers write their last words to, unless they name another. */
export const defaultTerminationPath = '/dev/termination-log';

const MOST_FROM_FILE = 4096;
const MOST_FROM_LOG = 2048;
const LOG_LINES = 80;

/** Reads the message that a container left: from its file, or from the end of its log when that is asked for and it failed. */
export async function terminationMessage(
  container: DeepReadonly<Container>,
  file: string,
  log: LogFile,
  exitCode: number,
): Promise<string> {
  const written = await endOf(file);
  if (written !== '' || exitCode === 0 || container.terminationMessagePolicy !== 'FallbackToLogsOnError')
    return written;
  const chunks: Buffer[] = [];
  const options = { follow: false, timestamps: false, tailLines: LOG_LINES };
  for await (const chunk of readLog(log, options, new AbortController().signal)) chunks.push(chunk);
  return Buffer.concat(chunks).subarray(-MOST_FROM_LOG).toString('utf8');
}

async function endOf(path: string): Promise<string> {
  const handle = await open(path, 'r').catch(() => undefined);
  if (handle === undefined) return '';
  try {
    const { size } = await handle.stat();
    const length = Math.min(size, MOST_FROM_FILE);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, size - length);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}
