import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { ContainerError } from '../runtime/container-error.js';

/** Finds the program of a command as the container's own `PATH` has it. Throws a `ContainerError` in the words of Go's `os/exec`. */
export async function findExecutable(
  name: string | undefined,
  env: Readonly<Record<string, string>>,
  cwd: string,
): Promise<string> {
  if (name === undefined) throw new ContainerError('StartError', 'no command specified');
  if (name === '') throw new ContainerError('StartError', 'exec: no command');
  const isDirectory = await stat(cwd).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isDirectory) throw new ContainerError('StartError', `chdir ${cwd}: no such file or directory`);
  if (name.includes('/')) {
    const path = isAbsolute(name) ? name : resolve(cwd, name);
    const problem = await problemOf(path);
    if (problem === undefined) return path;
    throw new ContainerError('StartError', `fork/exec ${name}: ${problem}`);
  }
  let denied = false;
  for (const folder of (env.PATH ?? '').split(delimiter)) {
    if (folder === '') continue;
    const path = join(folder, name);
    const problem = await problemOf(path);
    if (problem === undefined) return path;
    denied ||= problem === 'permission denied';
  }
  const problem = denied ? 'permission denied' : 'executable file not found in $PATH';
  throw new ContainerError('StartError', `exec: ${JSON.stringify(name)}: ${problem}`);
}

async function problemOf(path: string): Promise<string | undefined> {
  try {
    if ((await stat(path)).isDirectory()) return 'permission denied';
    await access(path, constants.X_OK);
    return undefined;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    return code === 'EACCES' ? 'permission denied' : 'no such file or directory';
  }
}
