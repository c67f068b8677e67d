import { closeSync, constants, openSync } from 'node:fs';
import { PassThrough, Writable } from 'node:stream';
import { ContainerError } from '../runtime/container-error.js';
import type { ProcessExit } from '../runtime/container-runtime.js';
import { exitOf, killGroup, type LocalProcess, type ProgramSpec } from './child-process.js';

/** A terminal of the package, which takes bytes although its types say text. */
interface Terminal {
  readonly pid: number;
  onData(listener: (data: string) => void): unknown;
  onExit(listener: (exit: { exitCode: number; signal?: number | undefined }) => void): unknown;
  write(data: string | Uint8Array): void;
  resize(columns: number, rows: number): void;
  pause(): void;
  resume(): void;
}

const INITIAL_SIZE = { cols: 80, rows: 24 };

/** Starts a process with a terminal of its own. Throws a `ContainerError` when the optional package for terminals is missing. */
export async function startTerminal(spec: ProgramSpec): Promise<LocalProcess> {
  const { spawn } = await loadPty();
  // The encoding null gives bytes.
  const pty: Terminal = spawn(spec.file, [...spec.args], {
    name: spec.env.TERM ?? 'xterm',
    ...INITIAL_SIZE,
    cwd: spec.cwd,
    env: { ...spec.env },
    encoding: null,
  });
  const { pid } = pty;
  const release = holdTerminal(pty);
  const stdout = new PassThrough();
  let over = false;
  pty.onData((data: string | Uint8Array) => {
    if (!stdout.write(data)) pty.pause();
  });
  stdout.on('drain', () => pty.resume());
  const exited = new Promise<ProcessExit>((resolve) => {
    pty.onExit(({ exitCode, signal }) => {
      over = true;
      release();
      stdout.end();
      resolve(exitOf(exitCode, signal));
    });
  });
  const stdin = new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (!over) pty.write(chunk);
      done();
    },
    // The terminal stays open at the end of the input, as with other runtimes.
    final: (done) => done(),
  });
  return {
    pid,
    stdin: spec.stdin ? stdin : undefined,
    stdout,
    stderr: undefined,
    exited,
    kill: (signal) => {
      if (!over) killGroup(pid, signal);
    },
    resize: ({ columns, rows }) => {
      if (!over && columns > 0 && rows > 0) pty.resize(columns, rows);
    },
  };
}

/**
 * Keeps a terminal open until its process has been seen to end. The package closes it as soon as the process has closed its streams,
 * and a process that is about to exit would then die of SIGHUP, with another exit code.
 */
function holdTerminal(pty: Terminal): () => void {
  const path: unknown = Reflect.get(pty, 'ptsName');
  if (typeof path !== 'string') return () => {};
  try {
    const descriptor = openSync(path, constants.O_RDWR | constants.O_NOCTTY);
    return () => closeSync(descriptor);
  } catch {
    // The process has ended already.
    return () => {};
  }
}

async function loadPty() {
  try {
    return await import('@lydell/node-pty');
  } catch (error) {
    throw new ContainerError(
      'StartError',
      'cannot open a terminal: the package @lydell/node-pty is not installed. Install it beside keelson.',
      { cause: error },
    );
  }
}
