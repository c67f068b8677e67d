import { readdir, readFile } from 'node:fs/promises';
import type { ContainerUsage } from '../runtime/container-runtime.js';

/** Linux counts CPU time in hundredths of a second for programs, whatever the kernel's own clock. */
const NANOSECONDS_IN_TICK = 10_000_000;
const PAGE = 4096;

/** Adds up what the processes of some process groups use. Returns undefined on systems without `/proc`. */
export async function usageOfGroups(groups: ReadonlySet<number>): Promise<ContainerUsage | undefined> {
  const entries = await readdir('/proc').catch(() => undefined);
  if (entries === undefined) return undefined;
  const total = { cpuNanoseconds: 0, memoryBytes: 0, processes: 0 };
  for (const entry of entries) {
    if (!/^\d+$/.test(entry)) continue;
    const text = await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => undefined);
    // The name of the program stands in parentheses and may hold anything.
    const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ');
    if (fields === undefined || !groups.has(Number(fields[2]))) continue;
    total.cpuNanoseconds += (Number(fields[11]) + Number(fields[12])) * NANOSECONDS_IN_TICK;
    total.memoryBytes += Number(fields[21]) * PAGE;
    total.processes++;
  }
  return total;
}
