import { posix } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { InvalidRequestError, isApiError, KubeError, NetworkError } from '../errors/index.js';
import { type RemoteCommand, startRemoteCommand } from './remote-command.js';
import type { StreamContext, StreamOptions, StreamTarget } from './stream-context.js';
import { type CopyProgress, packTree, unpackTree } from './tar/tar-files.js';

/** Options of `copyTo` and `copyFrom`. */
export interface CopyOptions extends StreamOptions {
  /** Default: the pod's only container, or the one that `kubectl.kubernetes.io/default-container` names. */
  readonly container?: string | undefined;
  /** Hears how far the copy has come, about once every 256 KiB and after each file. */
  readonly onProgress?: ((progress: CopyProgress) => void) | undefined;
}

/** The result of a copy. */
export interface CopyResult extends CopyProgress {
  /** Entries that were left out: devices, pipes, sockets, and symbolic links that lead out of the target. */
  readonly skipped: readonly string[];
}

/**
 * Copies a local file or tree to a path in a container, with modes and times. `to` names the copy itself: `copyTo('web-0', './site',
 * '/srv/site')` makes `/srv/site`. Missing directories are made. The container needs `tar`.
 */
export async function copyTo(
  context: StreamContext,
  target: StreamTarget,
  from: string,
  to: string,
  options: CopyOptions,
): Promise<CopyResult> {
  const path = posix.normalize(to).replace(/\/+$/, '');
  if (path === '' || path === '.' || path.startsWith('..')) {
    throw new InvalidRequestError(
      `cannot copy to ${JSON.stringify(to)}: name the file or directory that shall be made`,
      {
        request: target.request,
      },
    );
  }
  const absolute = path.startsWith('/');
  const command = ['tar', '-xpof', '-', ...(absolute ? ['-C', '/'] : [])];
  const session = await startTar(context, target, command, options, { stdin: true, stdout: false });
  let progress: CopyProgress = { files: 0, bytes: 0 };
  const pack = packTree(from, absolute ? path.slice(1) : path, (next) => {
    progress = next;
    options.onProgress?.(next);
  });
  const { stdin } = session.command;
  if (stdin === undefined) throw new InvalidRequestError('the session has no input');
  await session.finish(async () => {
    await pipeline(Readable.from(pack, { objectMode: true, highWaterMark: 2 }), stdin);
  });
  return { ...progress, skipped: [] };
}

/**
 * Copies a file or tree from a container to a local path, with modes and times. `to` names the copy itself. Nothing is written outside
 * of `to`, whatever the container sends. The container needs `tar`.
 */
export async function copyFrom(
  context: StreamContext,
  target: StreamTarget,
  from: string,
  to: string,
  options: CopyOptions,
): Promise<CopyResult> {
  const path = posix.normalize(from).replace(/(?<=.)\/+$/, '');
  const name = posix.basename(path);
  if (name === '' || name === '..') {
    throw new InvalidRequestError(`cannot copy ${JSON.stringify(from)}: name a file or directory below the root`, {
      request: target.request,
    });
  }
  // `./` keeps a name that begins with a dash from being an option.
  const command = ['tar', '-cf', '-', '-C', posix.dirname(path), name.startsWith('-') ? `./${name}` : name];
  const session = await startTar(context, target, command, options, { stdin: false, stdout: true });
  const { stdout } = session.command;
  if (stdout === undefined) throw new InvalidRequestError('the session has no output');
  return session.finish(() => unpackTree(stdout, name, to, options.onProgress ?? (() => {})));
}

async function startTar(
  context: StreamContext,
  target: StreamTarget,
  command: readonly string[],
  options: CopyOptions,
  streams: { readonly stdin: boolean; readonly stdout: boolean },
): Promise<{ readonly command: RemoteCommand; finish<T>(work: () => Promise<T>): Promise<T> }> {
  let started: RemoteCommand;
  try {
    started = await startRemoteCommand(context, target, { ...options, ...streams, command, stderr: true, tty: false });
  } catch (error) {
    throw withoutTar(error, target);
  }
  let complaints = '';
  started.stderr?.on('data', (chunk: Buffer) => {
    if (complaints.length < 4096) complaints += chunk.toString('utf8');
  });
  const finish = async <T>(work: () => Promise<T>): Promise<T> => {
    const working = work();
    // Tar that ends early breaks the work; its own words say why.
    working.catch(() => {});
    try {
      const [worked, exited] = await Promise.allSettled([working, exitAfter(started, working)]);
      options.signal?.throwIfAborted();
      if (exited.status === 'rejected') throw withoutTar(exited.reason, target);
      const { exitCode } = exited.value;
      if (exitCode !== 0) throw withoutTar(tarFailure(exitCode, complaints, target), target, exitCode);
      if (worked.status === 'rejected') throw failed(worked.reason, target);
      return worked.value;
    } finally {
      started.close();
    }
  };
  return { command: started, finish };
}

/** Resolves with the exit status; when the local side fails, ends the session first, for tar may never end by itself. */
async function exitAfter(started: RemoteCommand, working: Promise<unknown>): Promise<{ readonly exitCode: number }> {
  const failure = working.then(
    () => new Promise<never>(() => {}),
    async (error: unknown) => {
      // A tar that has ended is a better explanation than the pipe that broke because of it.
      await Promise.race([started.exit.catch(() => {}), new Promise((resolve) => setImmediate(resolve))]);
      if (error instanceof KubeError || isLocal(error)) started.close(error);
      return started.exit;
    },
  );
  return Promise.race([started.exit, failure]);
}

/** Errors of the file system and of the archive, in contrast to those of the connection. */
function isLocal(error: unknown): boolean {
  if (!(error instanceof Error)) return true;
  return error.name === 'TarError' || ('syscall' in error && 'path' in error);
}

function tarFailure(exitCode: number, complaints: string, { request }: StreamTarget): NetworkError {
  return new NetworkError(`tar ended with exit code ${exitCode}: ${complaints.trim() || 'it said nothing'}`, {
    request,
  });
}

function failed(error: unknown, { request }: StreamTarget): unknown {
  if (error instanceof KubeError) return error;
  return new NetworkError(`the copy failed: ${error instanceof Error ? error.message : 'unknown'}`, {
    cause: error,
    request,
  });
}

const NO_TAR = /\btar\W*: executable file not found|executable file \W?tar\W? not found|exec: "tar": .*no such file/i;

/** Runtimes report a missing program in their own words; shells do by exit code 127. */
function withoutTar(error: unknown, { request }: StreamTarget, exitCode?: number): unknown {
  const message = error instanceof Error ? error.message : '';
  const missing = exitCode === 127 || NO_TAR.test(message);
  if (!missing) return error;
  const hint = isApiError(error) || exitCode !== undefined;
  return hint
    ? new InvalidRequestError('the container has no tar, which copying needs: use a debug container that has it', {
        cause: error,
        request,
      })
    : error;
}
