import type { Readable } from 'node:stream';
import { onAbort } from '../../../util/abort.js';
import type { ContainerInstance } from './container-instance.js';

/** The result of a command that was run to its end. */
export interface CommandResult {
  readonly exitCode: number;
  /** Both outputs, the errors last. */
  readonly output: string;
  readonly stderr: string;
}

const MOST_IN_OUTPUT = 10 * 1024;

/** Runs a command in a container without input. The command ends when `signal` aborts. Throws when it cannot be started. */
export async function runCommand(
  instance: ContainerInstance,
  command: readonly string[],
  signal: AbortSignal,
  limit = MOST_IN_OUTPUT,
): Promise<CommandResult> {
  const process = await instance.exec({ command, stdin: false, tty: false });
  const stop = onAbort(signal, () => process.kill('SIGKILL'));
  try {
    const [stdout, stderr, { exitCode }] = await Promise.all([
      textOf(process.stdout, limit),
      textOf(process.stderr, limit),
      process.exited,
    ]);
    return { exitCode, output: stdout + stderr, stderr };
  } finally {
    stop();
  }
}

async function textOf(stream: Readable | undefined, limit: number): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream ?? []) {
    if (length < limit) chunks.push(chunk.subarray(0, limit - length));
    length += chunk.length;
  }
  return Buffer.concat(chunks).toString('utf8');
}
