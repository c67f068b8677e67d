import { spawn } from 'node:child_process';
import { lstat, mkdir, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ContainerError } from '../runtime/container-error.js';
import type { VolumeMountPoint } from '../runtime/container-runtime.js';

/**
 * Mounts each volume at its place and then runs the command. Arguments: the mode of the root, the number of mounts, `source path mode` of
 * each, the directory, the command.
 */
const MOUNT_SCRIPT = `
root=$1; n=$2; shift 2
while [ "$n" -gt 0 ]; do
  mount --bind "$1" "$2" || exit 127
  if [ "$3" = ro ]; then mount -o remount,bind,ro "$2" || exit 127; fi
  shift 3; n=$((n-1))
done
if [ "$root" = ro ]; then mount -o remount,bind,ro / || exit 127; fi
cd "$1" || exit 127; shift
unset OLDPWD PWD
exec "$@"
`;

/** Tells whether this process may give its children a mount namespace of their own. */
export async function canMount(unshare: string): Promise<boolean> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  return new Promise((resolve) => {
    const probe = spawn(unshare, ['--mount', '--propagation', 'private', 'true'], { stdio: 'ignore' });
    probe.once('error', () => resolve(false));
    probe.once('exit', (code) => resolve(code === 0));
  });
}

/** The files that a command sees. */
interface MountedPlace {
  readonly mounts: readonly VolumeMountPoint[];
  readonly cwd: string;
  /** True: only what is mounted can be written to. */
  readonly readOnlyRoot: boolean;
}

/** Returns the arguments of `unshare` with which a command sees volumes at the paths that the pod names. */
export function inMountNamespace(
  { mounts, cwd, readOnlyRoot }: MountedPlace,
  command: readonly string[],
): readonly string[] {
  const places = mounts.flatMap(({ source, path, readOnly }) => [source, path, readOnly ? 'ro' : 'rw']);
  const root = readOnlyRoot ? 'ro' : 'rw';
  const script = ['sh', '-c', MOUNT_SCRIPT, 'mount', root, String(mounts.length), ...places, cwd, ...command];
  return ['--mount', '--propagation', 'private', ...script];
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
