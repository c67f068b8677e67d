import { execFile } from 'node:child_process';
import { inject } from 'vitest';

/** The exit of a program. */
export interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, in a folder, without standard input. Never throws for its exit code; look at it. */
export function run(command: string, args: readonly string[], cwd: string, env = process.env): Promise<Ended> {
  return new Promise((done, failed) => {
    const child = execFile(command, args, { cwd, env, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : error.code;
      if (typeof code === 'number') done({ exitCode: code, stdout, stderr });
      else failed(error);
    });
    child.stdin?.end();
  });
}

/** Runs npm with the user's own cache and settings, and throws with all it said when it fails. */
export async function npm(args: readonly string[], cwd: string): Promise<string> {
  const env = { ...process.env, HOME: inject('realHome') };
  const { exitCode, stdout, stderr } = await run('npm', args, cwd, env);
  if (exitCode !== 0) throw new Error(`npm ${args.join(' ')} ended with ${exitCode}:\n${stdout}\n${stderr}`);
  return stdout;
}
