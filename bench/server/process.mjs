// Processes of a benchmark: started, asked for one line of JSON, looked at from outside, stopped.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** Ticks of a processor's time in a second, as Linux counts them for those who read /proc. */
const ticksPerSecond = 100;
const taskset = ['/usr/bin/taskset', '/bin/taskset'].find(existsSync);

/** Starts a script that prints a line when it is ready. `onOneCore` keeps it to one core, where the machine has a way to. */
export async function start(args, { onOneCore = false, env } = {}) {
  const pinned = onOneCore && taskset !== undefined;
  const [command, ...rest] = pinned ? [taskset, '-c', '0', process.execPath, ...args] : [process.execPath, ...args];
  const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...env } });
  const began = performance.now();
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const { value: line, done } = await lines.next();
  if (done) throw new Error(`${args[0]} ended before it was ready`);
  const readyMs = performance.now() - began;
  return {
    line,
    readyMs,
    pid: child.pid,
    /** The next line it prints. */
    next: async () => (await lines.next()).value,
    /** Seconds of processor time so far, of all its threads; undefined where there is no /proc. */
    cpuSeconds: () => cpuSeconds(child.pid),
    /** MiB in memory now. */
    residentMiB: () => residentMiB(child.pid),
    stop: async () => {
      const closed = once(child, 'close');
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
      await closed;
      clearTimeout(timer);
    },
  };
}

/** Runs a script to its end; gives the last line it printed, read as JSON. */
export async function run(args, env) {
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${args[0]} ended with ${code}`);
  return JSON.parse(text.trim().split('\n').at(-1) ?? '');
}

/** Seconds of processor time that a process has taken so far, of all its threads; undefined where there is no /proc. */
export function cpuSeconds(pid) {
  const path = `/proc/${pid}/stat`;
  if (!existsSync(path)) return undefined;
  const fields = readFileSync(path, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

function residentMiB(pid) {
  const path = `/proc/${pid}/status`;
  if (!existsSync(path)) return undefined;
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(path, 'utf8'))?.[1]) / 1024);
}

/** The middle one. */
export function median(numbers) {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
}
