import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { killGroup } from './child-process.js';

const FILE = 'process';
/** The field of `/proc/PID/stat` with the time at which the process was started, counted after the name. */
const START_FIELD = 19;

/** Notes the main process of a container in the folder of the container. */
export async function noteProcess(folder: string, pid: number): Promise<void> {
  await writeFile(join(folder, FILE), `${pid} ${(await startOf(pid)) ?? ''}`).catch(() => {});
}

/** Ends the processes that are noted below a folder and still run: a kubelet that was killed could not end them. */
export async function endLeftProcesses(folder: string): Promise<void> {
  for (const pod of await foldersIn(join(folder, 'pods'))) {
    for (const container of await foldersIn(join(pod, 'containers'))) {
      for (const attempt of await foldersIn(container)) await endNoted(join(attempt, FILE));
    }
  }
}

async function endNoted(file: string): Promise<void> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const [pid = '', start = ''] = text.split(' ');
  // The number may belong to another process by now.
  if (start !== '' && (await startOf(Number(pid))) === start) killGroup(Number(pid), 'SIGKILL');
}

async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map((entry) => join(folder, entry.name));
}

async function startOf(pid: number): Promise<string | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return text?.slice(text.lastIndexOf(')') + 2).split(' ')[START_FIELD];
}
