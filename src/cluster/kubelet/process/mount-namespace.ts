import { spawn } from 'node:child_process';
import { type FileHandle, lstat, mkdir, open, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ContainerError } from '../runtime/container-error.js';
import type { VolumeMountPoint } from '../runtime/container-runtime.js';

/** The length of the errors of `mount` to keep, in characters. */
const MOST_ERROR_TEXT = 4096;

/**
 * Mounts each volume at its place, and then waits until the namespace has another holder. Arguments: the mode of the root, then
 * `source path mode` of each volume.
 */
const MOUNT_SCRIPT = `
root=$1; shift
while [ "$#" -gt 0 ]; do
  mount --bind "$1" "$2" || exit 1
  if [ "$3" = ro ]; then mount -o remount,bind,ro "$2" || exit 1; fi
  shift 3
done
if [ "$root" = ro ]; then mount -o remount,bind,ro / || exit 1; fi
echo mounted
read -r line
`;

/** The tools of the machine that make mount namespaces and run commands in them. */
export interface MountTools {
  readonly unshare: string;
  readonly nsenter: string;
}

/** Tells whether this process may run its children in a mount namespace of their own. */
export async function canMount({ unshare, nsenter }: MountTools): Promise<boolean> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  return new Promise((resolve) => {
    const inside = [nsenter, '--mount=/proc/self/ns/mnt', 'env', '-C', '/', 'true'];
    const probe = spawn(unshare, ['--mount', '--propagation', 'private', ...inside], { stdio: 'ignore' });
    probe.once('error', () => resolve(false));
    probe.once('exit', (code) => resolve(code === 0));
  });
}

/** The mount namespace of one container. Its processes see the volumes at the paths that the pod names. */
export class MountNamespace {
  readonly #tools: MountTools;
  readonly #handle: FileHandle;

  private constructor(tools: MountTools, handle: FileHandle) {
    this.#tools = tools;
    this.#handle = handle;
  }

  /** Makes a namespace with the volumes mounted. With `readOnlyRoot`, only the volumes can be written to. */
  static async create(
    tools: MountTools,
    mounts: readonly VolumeMountPoint[],
    readOnlyRoot: boolean,
  ): Promise<MountNamespace> {
    const places = mounts.flatMap(({ source, path, readOnly }) => [source, path, readOnly ? 'ro' : 'rw']);
    const script = ['sh', '-c', MOUNT_SCRIPT, 'mount', readOnlyRoot ? 'ro' : 'rw', ...places];
    const maker = spawn(tools.unshare, ['--mount', '--propagation', 'private', ...script], { stdio: 'pipe' });
    maker.stdin.on('error', () => {});
    let errors = '';
    maker.stderr.on('data', (chunk: Buffer) => {
      if (errors.length < MOST_ERROR_TEXT) errors += chunk.toString();
    });
    try {
      await new Promise<void>((resolve, reject) => {
        maker.stdout.once('data', () => resolve());
        maker.once('error', reject);
        maker.once('close', () => reject(new Error(errors.trim())));
      });
      // The open file holds the namespace when the process that made it has ended.
      return new MountNamespace(tools, await open(`/proc/${maker.pid}/ns/mnt`, 'r'));
    } catch (error) {
      throw new ContainerError('CreateContainerError', `cannot mount the volumes: ${messageOf(error)}`, {
        cause: error,
      });
    } finally {
      maker.stdin.end();
    }
  }

  /** Returns a command that runs another one in this namespace. It does not change the environment. */
  enter(cwd: string, command: readonly string[]): readonly string[] {
    const place = `/proc/${process.pid}/fd/${this.#handle.fd}`;
    // `env` would take a program with an equals sign in its name for a variable.
    const inside = command[0]?.includes('=') ? ['nice', '-n', '0', ...command] : command;
    return [this.#tools.nsenter, `--mount=${place}`, 'env', '-C', cwd, ...inside];
  }

  /** Gives the namespace up. It ends with its last process. */
  async close(): Promise<void> {
    await this.#handle.close();
  }
}

/** Makes the places where volumes are to be mounted. */
export async function makeMountPoints(mounts: readonly VolumeMountPoint[]): Promise<void> {
  for (const { path, source } of mounts) {
    try {
      if (await exists(path)) continue;
      if ((await stat(source)).isDirectory()) await mkdir(path, { recursive: true });
      else {
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, '');
      }
    } catch (error) {
      throw new ContainerError('CreateContainerError', `cannot make the mount point ${path}: ${messageOf(error)}`);
    }
  }
}

/** Links each volume below a folder that stands for the root of the container. */
export async function linkVolumes(root: string, mounts: readonly VolumeMountPoint[]): Promise<void> {
  for (const { source, path } of [...mounts].sort((a, b) => a.path.length - b.path.length)) {
    const place = join(root, path);
    try {
      await mkdir(dirname(place), { recursive: true });
      if (!(await exists(place))) await symlink(source, place);
    } catch (error) {
      throw new ContainerError('CreateContainerError', `cannot link the volume ${path}: ${messageOf(error)}`);
    }
  }
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
