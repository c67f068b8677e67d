import type { ChildProcess } from 'node:child_process';
import type { Clock } from '../util/clock.js';

/** The result of a child process. */
export interface PluginRun {
  /** Everything it wrote on standard output. */
  readonly stdout: string;
  /** The end of what it wrote on standard error. */
  readonly stderr: string;
  readonly end:
    | { readonly kind: 'exit'; readonly code: number }
    | { readonly kind: 'signal'; readonly signal: string }
    | { readonly kind: 'not-found' }
    | { readonly kind: 'not-started'; readonly cause: unknown }
    | { readonly kind: 'timeout' }
    | { readonly kind: 'too-much' };
}

/** The command to run, and its time limit. */
export interface PluginCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** True: it gets the terminal, and what it says on standard error is shown to the person there. */
  readonly interactive: boolean;
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/** The bound on the output: a credential is a few kilobytes. */
const MAX_STDOUT = 1024 * 1024;
const KEPT_STDERR = 8 * 1024;
/** The time that a child has to clean up before it is killed. */
const KILL_AFTER_MS = 2000;

/** Sends a signal to a child, or to it and all that it has started. That nothing is left of them is what was wanted. */
function end(child: ChildProcess, signal: NodeJS.Signals, grouped: boolean): void {
  try {
    if (grouped && child.pid !== undefined) process.kill(-child.pid, signal);
    else child.kill(signal);
  } catch {}
}

/** Runs a credential plugin. Never rejects; a child that takes too long or writes too much is ended, and not waited for. */
export async function runPlugin(options: PluginCommand): Promise<PluginRun> {
  const { spawn } = await import('node:child_process');
  const { clock } = options;
  return new Promise((resolve) => {
    const stdout: Buffer[] = [];
    let size = 0;
    let stderr = '';
    let exited = false;
    // In a group of its own, so that what it has started ends with it: many plugins are shell scripts around something else. One that
    // talks to a person needs the terminal, and stays in the terminal's group.
    const grouped = !options.interactive && process.platform !== 'win32';
    const child = spawn(options.command, options.args, {
      env: options.env,
      detached: grouped,
      stdio: [options.interactive ? 'inherit' : 'ignore', 'pipe', 'pipe'],
      windowsHide: true,
    });
    const settle = (how: PluginRun['end']) => {
      timer.cancel();
      resolve({ stdout: Buffer.concat(stdout).toString('utf8'), stderr, end: how });
    };
    const stop = (how: PluginRun['end']) => {
      // Its own children may hold the pipes open: they are let go of, and nobody waits for them.
      child.stdout.destroy();
      child.stderr.destroy();
      end(child, 'SIGTERM', grouped);
      clock.setTimer(KILL_AFTER_MS, () => {
        if (grouped || !exited) end(child, 'SIGKILL', grouped);
      });
      child.unref();
      settle(how);
    };
    const timer = clock.setTimer(options.timeoutMs, () => stop({ kind: 'timeout' }));
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAX_STDOUT) stop({ kind: 'too-much' });
      else stdout.push(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      if (options.interactive) process.stderr.write(chunk);
      stderr = (stderr + chunk.toString('utf8')).slice(-KEPT_STDERR);
    });
    child.on('error', (cause: NodeJS.ErrnoException) =>
      settle(cause.code === 'ENOENT' ? { kind: 'not-found' } : { kind: 'not-started', cause }),
    );
    child.on('exit', () => {
      exited = true;
    });
    child.on('close', (code, signal) =>
      settle(code === null ? { kind: 'signal', signal: signal ?? 'unknown' } : { kind: 'exit', code }),
    );
  });
}
