import type {
  DownwardAPIVolumeFile,
  KeyToPath,
  PersistentVolume,
  Pod,
  Volume,
  VolumeProjection,
} from '../../../../generated/core/v1.js';
import type { DeepReadonly } from '../../../meta/index.js';
import type { ConfigData, ConfigSources } from '../environment/config-sources.js';
import { type PodAddressFacts, podFieldValue } from '../environment/field-ref.js';
import { type NodeResources, resourceFieldValue } from '../environment/resource-field-ref.js';
import { ContainerError } from '../runtime/container-error.js';
import type { VolumeFile } from './atomic-folder.js';

/** The facts that the files of a volume are made of. */
export interface VolumeFacts {
  readonly pod: DeepReadonly<Pod>;
  readonly addresses: PodAddressFacts;
  readonly allocatable: NodeResources;
  readonly sources: ConfigSources;
  /** Returns the volume that a claim is bound to. */
  readonly claimed: (claimName: string) => Promise<DeepReadonly<PersistentVolume>>;
  /** The group that may use the volumes. Undefined: files belong to the kubelet's user. */
  readonly fsGroup: number | undefined;
  /** Returns a token of the pod's service account. */
  readonly token: (audience: string | undefined, expirationSeconds: number | undefined) => Promise<string>;
}

type Files = Map<string, VolumeFile>;
const DEFAULT_MODE = 0o644;

/** Returns the files of a volume that is made of API objects, or undefined for volumes of other kinds. */
export async function volumeFiles(volume: DeepReadonly<Volume>, facts: VolumeFacts): Promise<Files | undefined> {
  const { configMap, secret, downwardAPI, projected } = volume;
  const files: Files = new Map();
  if (configMap !== undefined) {
    await add(files, { configMap }, configMap.defaultMode ?? DEFAULT_MODE, facts);
  } else if (secret !== undefined) {
    const { secretName, items, optional } = secret;
    await add(files, { secret: { name: secretName, items, optional } }, secret.defaultMode ?? DEFAULT_MODE, facts);
  } else if (downwardAPI !== undefined) {
    await add(files, { downwardAPI }, downwardAPI.defaultMode ?? DEFAULT_MODE, facts);
  } else if (projected !== undefined) {
    for (const source of projected.sources ?? []) {
      await add(files, source, projected.defaultMode ?? DEFAULT_MODE, facts);
    }
  } else return undefined;
  return files;
}

async function add(
  files: Files,
  source: DeepReadonly<VolumeProjection>,
  mode: number,
  facts: VolumeFacts,
): Promise<void> {
  const { configMap, secret, downwardAPI, serviceAccountToken } = source;
  const namespace = facts.pod.metadata?.namespace ?? '';
  if (configMap !== undefined) {
    const { name = '', items, optional = false } = configMap;
    const data = await facts.sources.configMap(namespace, name, optional);
    addItems(files, data, { items, optional, mode, what: `configmap "${name}"` });
  } else if (secret !== undefined) {
    const { name = '', items, optional = false } = secret;
    const data = await facts.sources.secret(namespace, name, optional);
    addItems(files, data, { items, optional, mode, what: `secret "${name}"` });
  } else if (downwardAPI !== undefined) {
    for (const item of downwardAPI.items ?? []) {
      put(files, item.path, Buffer.from(downwardValue(item, facts)), item.mode ?? mode);
    }
  } else if (serviceAccountToken !== undefined) {
    const { audience, expirationSeconds, path } = serviceAccountToken;
    const token = await facts.token(audience, expirationSeconds);
    // Only the owner reads a token, unless the whole volume is meant to be read by others.
    put(files, path, Buffer.from(token), mode === DEFAULT_MODE ? 0o600 : mode);
  } else throw failure(`a projected volume has a source that this kubelet does not support`);
}

interface ItemOptions {
  readonly items: readonly DeepReadonly<KeyToPath>[] | undefined;
  readonly optional: boolean;
  readonly mode: number;
  readonly what: string;
}

function addItems(files: Files, data: ConfigData | undefined, { items, optional, mode, what }: ItemOptions): void {
  if (items === undefined || items.length === 0) {
    for (const [key, bytes] of data ?? []) put(files, key, bytes, mode);
    return;
  }
  for (const item of items) {
    const bytes = data?.get(item.key);
    if (bytes !== undefined) put(files, item.path, bytes, item.mode ?? mode);
    else if (!optional) throw failure(`${what} references non-existent key: ${item.key}`);
  }
}

function downwardValue(
  { fieldRef, resourceFieldRef }: DeepReadonly<DownwardAPIVolumeFile>,
  facts: VolumeFacts,
): string {
  if (fieldRef !== undefined) {
    const value = podFieldValue(facts.pod, fieldRef.fieldPath, facts.addresses);
    if (value === undefined) throw failure(`unsupported fieldPath: ${fieldRef.fieldPath}`);
    return value;
  }
  const { initContainers = [], containers = [] } = facts.pod.spec ?? {};
  const container = [...initContainers, ...containers].find(({ name }) => name === resourceFieldRef?.containerName);
  const value = container && resourceFieldRef && resourceFieldValue(container, resourceFieldRef, facts.allocatable);
  if (value === undefined) throw failure(`unsupported container resource : ${resourceFieldRef?.resource}`);
  return value;
}

/** Adds a file below the volume. Paths that lead out of it are refused. */
function put(files: Files, path: string, data: Buffer, mode: number): void {
  const parts = path.split('/');
  if (path.startsWith('/') || parts.some((part) => part === '..' || part === '') || path.startsWith('..')) {
    throw failure(`invalid path of a volume file: ${path}`);
  }
  files.set(path, { data, mode });
}

function failure(message: string): ContainerError {
  return new ContainerError('CreateContainerConfigError', message);
}
