import { PersistentVolume, PersistentVolumeClaim } from '../../../../generated/core/v1.js';
import type { DeepReadonly } from '../../../meta/index.js';
import type { Cluster } from '../../../sdk/index.js';
import { ContainerError } from '../runtime/container-error.js';

/** Reads the volumes that the claims of pods are bound to. */
export class VolumeClaims {
  readonly #cluster: Cluster;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** Returns the volume of a claim. Throws a `ContainerError` for a claim that is not bound yet. */
  async volumeOf(namespace: string, name: string): Promise<DeepReadonly<PersistentVolume>> {
    const claim = await this.#cluster.resource(PersistentVolumeClaim).in(namespace).find(name);
    if (claim === undefined) throw failure(`persistentvolumeclaim "${name}" not found`);
    const { spec, status, metadata } = claim;
    if (metadata.deletionTimestamp !== undefined)
      throw failure(`can't start pod because PVC ${namespace}/${name} is being deleted`);
    const volumeName = spec?.volumeName;
    if (status?.phase !== 'Bound' || volumeName === undefined)
      throw failure(`PersistentVolumeClaim ${namespace}/${name} is not bound`);
    const volume = await this.#cluster.resource(PersistentVolume).find(volumeName);
    if (volume === undefined) throw failure(`persistentvolume "${volumeName}" not found`);
    const owner = volume.spec?.claimRef;
    if (owner?.uid !== undefined && owner.uid !== metadata.uid)
      throw failure(`persistentvolume "${volumeName}" is bound to another claim than ${namespace}/${name}`);
    return volume;
  }
}

function failure(message: string): ContainerError {
  return new ContainerError('CreateContainerConfigError', message);
}
