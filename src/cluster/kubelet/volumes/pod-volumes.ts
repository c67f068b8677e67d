import { chmod, chown, mkdir, open, readdir, realpath, rm, stat } from 'node:fs/promises';
import { join, normalize } from 'node:path';
import type {
  Container,
  HostPathVolumeSource,
  PersistentVolumeClaimVolumeSource,
  Volume,
} from '../../../../generated/core/v1.js';
import type { DeepReadonly } from '../../../meta/index.js';
import { expandVariables } from '../environment/expansion.js';
import { ContainerError } from '../runtime/container-error.js';
import type { VolumeMountPoint } from '../runtime/container-runtime.js';
import { writeAtomically } from './atomic-folder.js';
import { type VolumeFacts, volumeFiles } from './volume-files.js';

/** The volumes of one pod, as folders of the node. */
export class PodVolumes {
  readonly #folder: string;
  readonly #sources = new Map<string, string>();
  /** Volumes whose files the kubelet writes. */
  readonly #written = new Set<string>();
  /** Claims that the pod mounts to read only. */
  readonly #readOnly = new Set<string>();

  /** `folder` belongs to the pod. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Makes the volumes, or brings their files up to date. Throws a `ContainerError` that names the volume. */
  async sync(volumes: readonly DeepReadonly<Volume>[], facts: VolumeFacts): Promise<void> {
    for (const volume of volumes) {
      try {
        this.#sources.set(volume.name, await this.#make(volume, facts));
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        throw new ContainerError(
          'CreateContainerConfigError',
          `MountVolume.SetUp failed for volume "${volume.name}" : ${why}`,
          { cause: error },
        );
      }
    }
  }

  /** Returns the places where a container mounts volumes. Throws a `ContainerError` for a `subPath` that leads out of its volume. */
  async mountsOf(
    container: DeepReadonly<Container>,
    env: Readonly<Record<string, string>>,
  ): Promise<VolumeMountPoint[]> {
    const mounts: VolumeMountPoint[] = [];
    for (const { name, mountPath, readOnly = false, subPath, subPathExpr } of container.volumeMounts ?? []) {
      const expanded = subPathExpr === undefined ? subPath : expandVariables(subPathExpr, (key) => env[key]);
      const source = await this.file(name, expanded ?? '');
      const path = normalize(join('/', mountPath)).replace(/(.)\/$/, '$1');
      mounts.push({ source, path, readOnly: readOnly || this.#written.has(name) || this.#readOnly.has(name) });
    }
    return mounts;
  }

  /** Returns the path on the node of something in a volume, which becomes a folder when it does not exist. */
  async file(volume: string, path: string): Promise<string> {
    const source = this.#sources.get(volume);
    if (source === undefined) throw configError(`cannot find the volume "${volume}"`);
    if (path === '') return source;
    if (path.startsWith('/') || path.split('/').includes('..')) throw configError(`invalid subPath: ${path}`);
    const inside = join(source, path);
    await stat(inside).catch(() => mkdir(inside, { recursive: true, mode: 0o755 }));
    const [root, real] = await Promise.all([realpath(source), realpath(inside)]);
    if (real !== root && !real.startsWith(`${root}/`)) throw configError(`subPath ${path} leads out of the volume`);
    return real;
  }

  /** Removes the volumes that belong to the pod. Folders of the node that it used stay. */
  async remove(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #make(volume: DeepReadonly<Volume>, facts: VolumeFacts): Promise<string> {
    const folder = join(this.#folder, volume.name);
    if (volume.hostPath !== undefined) return hostPath(volume.hostPath);
    if (volume.persistentVolumeClaim !== undefined)
      return this.#claimed(volume.name, volume.persistentVolumeClaim, facts);
    if (volume.emptyDir !== undefined) {
      await mkdir(folder, { recursive: true });
      await chmod(folder, 0o777);
      await giveToGroup(folder, facts.fsGroup);
      return folder;
    }
    const files = await volumeFiles(volume, facts);
    if (files === undefined) {
      const [kind = 'without a source'] = Object.keys(volume).filter((key) => key !== 'name');
      throw configError(`this kubelet does not support volumes of the kind ${kind}`);
    }
    this.#written.add(volume.name);
    await writeAtomically(folder, files);
    await giveToGroup(folder, facts.fsGroup);
    return folder;
  }

  /** Returns the folder of the volume that a claim is bound to. It stays when the pod has gone. */
  async #claimed(
    name: string,
    { claimName, readOnly = false }: DeepReadonly<PersistentVolumeClaimVolumeSource>,
    facts: VolumeFacts,
  ): Promise<string> {
    const { spec = {}, metadata } = await facts.claimed(claimName);
    if (readOnly) this.#readOnly.add(name);
    if (spec.hostPath !== undefined) return hostPath(spec.hostPath);
    if (spec.local !== undefined) {
      const { path } = spec.local;
      if ((await stat(path).catch(() => undefined)) === undefined) throw configError(`path "${path}" does not exist`);
      return path;
    }
    if (spec.csi !== undefined) {
      throw configError(
        `this kubelet has no CSI drivers: ${spec.csi.driver} of the volume ${metadata?.name} is not installed`,
      );
    }
    const [kind = 'without a source'] = Object.keys(spec).filter((key) => !CLAIM_FIELDS.has(key));
    throw configError(`this kubelet does not support persistent volumes of the kind ${kind}`);
  }
}

/** The fields of a PersistentVolume beside its source. */
const CLAIM_FIELDS: ReadonlySet<string> = new Set([
  'accessModes',
  'capacity',
  'claimRef',
  'mountOptions',
  'nodeAffinity',
  'persistentVolumeReclaimPolicy',
  'storageClassName',
  'volumeAttributesClassName',
  'volumeMode',
]);

/** Lets a group use the files of a volume, and gives new ones to it. */
async function giveToGroup(folder: string, group: number | undefined): Promise<void> {
  const user = process.getuid?.();
  if (group === undefined || user === undefined) return;
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isSymbolicLink()) continue;
    const path = join(entry.parentPath, entry.name);
    const { mode } = await stat(path);
    await chown(path, user, group);
    await chmod(path, mode | (entry.isDirectory() ? 0o2770 : 0o440));
  }
  await chown(folder, user, group);
  await chmod(folder, (await stat(folder)).mode | 0o2770);
}

async function hostPath({ path, type = '' }: DeepReadonly<HostPathVolumeSource>): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined && type === 'DirectoryOrCreate') await mkdir(path, { recursive: true, mode: 0o755 });
  else if (found === undefined && type === 'FileOrCreate') await (await open(path, 'a', 0o644)).close();
  else if (found === undefined && type === '') await mkdir(path, { recursive: true, mode: 0o755 });
  else if (type !== '' && !fits(found, type))
    throw configError(`hostPath type check failed: ${path} is not a ${nounOf(type)}`);
  return path;
}

function fits(found: Awaited<ReturnType<typeof stat>> | undefined, type: string): boolean {
  switch (type) {
    case 'Directory':
    case 'DirectoryOrCreate':
      return found?.isDirectory() === true;
    case 'File':
    case 'FileOrCreate':
      return found?.isFile() === true;
    case 'Socket':
      return found?.isSocket() === true;
    case 'CharDevice':
      return found?.isCharacterDevice() === true;
    case 'BlockDevice':
      return found?.isBlockDevice() === true;
    default:
      return false;
  }
}

function nounOf(type: string): string {
  const nouns: Readonly<Record<string, string>> = {
    Socket: 'socket file',
    CharDevice: 'character device',
    BlockDevice: 'block device',
  };
  return nouns[type] ?? type.replace('OrCreate', '').toLowerCase();
}

function configError(message: string): ContainerError {
  return new ContainerError('CreateContainerConfigError', message);
}
