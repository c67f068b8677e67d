import { type PersistentVolume, PersistentVolumeClaim } from '../../../../generated/core/v1.js';
import type { ReconcileContext } from '../../../controller/index.js';
import { MIGRATED_TO, PROVISIONED_BY } from '../../storage/volume-annotations.js';
import { type Claim, sameMode, type Volume } from '../../storage/volume-match.js';
import type { ComponentEvents } from '../base/component-events.js';
import { BindingWriter } from './binding-writer.js';

/** One reconcile of a volume. */
export class VolumeSync {
  readonly #context: ReconcileContext<PersistentVolume, 'Cluster'>;
  readonly #events: ComponentEvents;
  readonly #writer: BindingWriter;

  constructor(context: ReconcileContext<PersistentVolume, 'Cluster'>, events: ComponentEvents) {
    this.#context = context;
    this.#events = events;
    this.#writer = new BindingWriter(context.cluster, context.signal);
  }

  /** Brings the volume's phase in line with its claim. */
  async run(): Promise<void> {
    const { object: volume } = this.#context;
    const { claimRef } = volume.spec ?? {};
    if (!claimRef?.uid) {
      await this.#writer.setVolumePhase(volume, 'Available');
      return;
    }
    const claim = await this.#claim(claimRef.namespace ?? '', claimRef.name ?? '', claimRef.uid);
    if (claim === undefined) return this.#release(volume);
    const volumeName = claim.spec?.volumeName ?? '';
    if (volumeName === '') return this.#checkMode(volume, claim);
    if (volumeName === volume.metadata.name) {
      await this.#writer.setVolumePhase(volume, 'Bound');
      return;
    }
    const { persistentVolumeReclaimPolicy: policy } = volume.spec ?? {};
    const isProvisioned = volume.metadata.annotations?.[PROVISIONED_BY] !== undefined;
    return isProvisioned && policy === 'Delete' ? this.#release(volume) : this.#writer.unbind(volume);
  }

  /** Returns the claim with this uid. A claim that the cache does not have may be newer than the cache. */
  async #claim(namespace: string, name: string, uid: string): Promise<Claim | undefined> {
    const { lister, cluster, signal } = this.#context;
    const cached = lister(PersistentVolumeClaim).get(`${namespace}/${name}`);
    if (cached?.metadata.uid === uid) return cached;
    const fresh = await cluster.resource(PersistentVolumeClaim).in(namespace).find(name, { signal });
    return fresh?.metadata.uid === uid ? fresh : undefined;
  }

  /** The reconcile of the claim binds it, unless the two can never be bound. */
  #checkMode(volume: Volume, claim: Claim): void {
    if (sameMode(volume, claim)) return;
    const why = 'due to incompatible volumeMode.';
    const claimName = JSON.stringify(claim.metadata.name);
    const toClaim = `Cannot bind PersistentVolume to requested PersistentVolumeClaim ${claimName} ${why}`;
    this.#events.warning(volume, 'VolumeMismatch', toClaim);
    const volumeName = JSON.stringify(volume.metadata.name);
    const toVolume = `Cannot bind PersistentVolume ${volumeName} to requested PersistentVolumeClaim ${why}`;
    this.#events.warning(claim, 'VolumeMismatch', toVolume);
  }

  /** Marks a volume whose claim is gone. External provisioners delete it if its policy says so. */
  async #release(volume: Volume): Promise<void> {
    const phase = volume.status?.phase;
    if (phase === 'Failed') return;
    if (phase !== 'Released') {
      // The new version comes back through the watch.
      await this.#writer.setVolumePhase(volume, 'Released');
      return;
    }
    const { persistentVolumeReclaimPolicy: policy, csi } = volume.spec ?? {};
    const annotations = volume.metadata.annotations ?? {};
    if (annotations[MIGRATED_TO]) return;
    if (policy === 'Recycle')
      return this.#fail(volume, 'VolumeFailedRecycle', 'No recycler plugin found for the volume!');
    if (policy !== 'Delete' || csi !== undefined) return;
    const provisioner = annotations[PROVISIONED_BY];
    if (provisioner === undefined) {
      const name = JSON.stringify(volume.metadata.name);
      const message = `error getting deleter volume plugin for volume ${name}: no deletable volume plugin matched`;
      return this.#fail(volume, 'VolumeFailedDelete', message);
    }
    if (provisioner.startsWith('kubernetes.io/'))
      return this.#fail(volume, 'VolumeFailedDelete', 'no volume plugin matched');
  }

  async #fail(volume: Volume, reason: string, message: string): Promise<void> {
    if (await this.#writer.setVolumePhase(volume, 'Failed', message)) this.#events.warning(volume, reason, message);
  }
}
