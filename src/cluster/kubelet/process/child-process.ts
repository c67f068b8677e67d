import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { PassThrough, type Readable } from 'node:stream';
import type { Clock } from '../../../util/clock.js';
import { ContainerError } from '../runtime/container-error.js';
import type { ProcessExit, RuntimeProcess } from '../runtime/container-runtime.js';

/** A program that is to run as a process of this machine. */
export interface ProgramSpec {
  /** The name of the program as the command has it, which is what the program sees. */
  readonly name: string;
  /** The absolute path of the program. */
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly stdin: boolean;
}

/** A process of this machine, which leads a process group of its own. */
export interface LocalProcess extends RuntimeProcess {
  readonly pid: number;
}

/** A grandchild may hold the output open; it is cut off when the process has ended and nothing came for so long. */
const DRAIN_MS = 2_000;

/** Starts a process without a terminal. Throws a `ContainerError` when the system refuses. */
export async function startChild(spec: ProgramSpec, clock: Clock): Promise<LocalProcess> {
  const options = { argv0: spec.name, env: { ...spec.env }, cwd: spec.cwd, detached: true };
  // The end of file for a process that gets no input.
  const child = spec.stdin
    ? spawn(spec.file, spec.args, { ...options, stdio: ['pipe', 'pipe', 'pipe'] })
    : spawn(spec.file, spec.args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const { stdin, stdout, stderr } = child;
  const ended = new Promise<ProcessExit>((resolve) => {
    child.once('exit', (code, signal) => resolve(exitOf(code, signal)));
  });
  const pid = await new Promise<number>((resolve, reject) => {
    child.once('spawn', () => resolve(child.pid ?? 0));
    child.once('error', (error) => {
      reject(new ContainerError('StartError', `fork/exec ${spec.file}: ${error.message}`, { cause: error }));
    });
  });
  // A process that ends before it has read its input is not an error.
  stdin?.on('error', () => {});
  const [out, err] = [relay(stdout, ended, clock), relay(stderr, ended, clock)];
  return {
    pid,
    stdin: stdin ?? undefined,
    stdout: out.stream,
    stderr: err.stream,
    exited: Promise.all([ended, out.done, err.done]).then(([exit]) => exit),
    kill: (signal) => killGroup(pid, signal),
    resize: () => {},
  };
}

/** Returns the exit of a process in the terms of containers. */
export function exitOf(code: number | null, signal: NodeJS.Signals | number | null | undefined): ProcessExit {
  if (signal === null || signal === undefined || signal === 0) return { exitCode: code ?? 0 };
  return { exitCode: 128 + (typeof signal === 'number' ? signal : (constants.signals[signal] ?? 0)) };
}

/** Sends a signal to a process group. Returns false when the group does not exist any more. */
export function killGroup(leader: number, signal: string): boolean {
  try {
    return process.kill(-leader, signal);
  } catch {
    return false;
  }
}

/** Passes output on, and ends it when the process has ended but something else keeps its pipe open. */
function relay(source: Readable, ended: Promise<unknown>, clock: Clock): { stream: Readable; done: Promise<void> } {
  const stream = new PassThrough();
  let received = 0;
  source.on('data', (chunk: Buffer) => {
    received += chunk.length;
    if (!stream.write(chunk)) source.pause();
  });
  stream.on('drain', () => source.resume());
  const done = new Promise<void>((resolve) => {
    const finish = () => {
      stream.end();
      resolve();
    };
    source.once('close', finish);
    source.once('error', finish);
    stream.once('close', () => source.destroy());
    const cutWhenQuiet = () => {
      const before = received;
      clock.setTimer(DRAIN_MS, () => {
        if (source.destroyed) return;
        // A slow reader is not a reason to lose output.
        if (received === before && !source.isPaused()) source.destroy();
        else cutWhenQuiet();
      });
    };
    void ended.then(cutWhenQuiet);
  });
  return { stream, done };
}
