import { PersistentVolume, type PersistentVolumeClaim, Pod } from '../../../../generated/core/v1.js';
import { StorageClass } from '../../../../generated/storage.k8s.io/v1.js';
import type { ReconcileContext } from '../../../controller/index.js';
import { BIND_COMPLETED, BOUND_BY_CONTROLLER, SELECTED_NODE } from '../../storage/volume-annotations.js';
import {
  bestVolume,
  type Claim,
  claimClass,
  compareSize,
  hasAccessModes,
  isReservedFor,
  sameAttributes,
  sameMode,
  type Volume,
  volumeClass,
} from '../../storage/volume-match.js';
import type { ComponentEvents } from '../base/component-events.js';
import { groupBy } from '../base/group-by.js';
import { isPodTerminal } from '../pods/pod-state.js';
import { BindingWriter } from './binding-writer.js';
import { assignDefaultClass, requestVolume } from './claim-provisioning.js';

/** One reconcile of a claim. */
export class ClaimSync {
  readonly #context: ReconcileContext<PersistentVolumeClaim, 'Namespaced'>;
  readonly #events: ComponentEvents;
  readonly #writer: BindingWriter;

  constructor(context: ReconcileContext<PersistentVolumeClaim, 'Namespaced'>, events: ComponentEvents) {
    this.#context = context;
    this.#events = events;
    this.#writer = new BindingWriter(context.cluster, context.signal);
  }

  /** Brings the claim one step on. Returns true if it has no volume yet. */
  async run(): Promise<boolean> {
    const { object: claim } = this.#context;
    if (claim.metadata.annotations?.[BIND_COMPLETED] !== undefined) {
      await this.#checkBound(claim);
      return false;
    }
    const volumeName = claim.spec?.volumeName ?? '';
    return volumeName === '' ? this.#findVolume(claim) : this.#takeVolume(claim, volumeName);
  }

  async #checkBound(claim: Claim): Promise<void> {
    const volumeName = claim.spec?.volumeName ?? '';
    const volume = this.#context.lister(PersistentVolume).get(volumeName);
    if (volumeName === '') {
      const message = 'Bound claim has lost reference to PersistentVolume. Data on the volume is lost!';
      return this.#lose('ClaimLost', message);
    }
    if (volume === undefined)
      return this.#lose('ClaimLost', 'Bound claim has lost its PersistentVolume. Data on the volume is lost!');
    const { claimRef } = volume.spec ?? {};
    if (claimRef !== undefined && claimRef.uid !== claim.metadata.uid) {
      const message = 'Two claims are bound to the same volume, this one is bound incorrectly';
      return this.#lose('ClaimMisbound', message);
    }
    await this.#writer.bind(volume, claim);
  }

  async #lose(reason: string, message: string): Promise<void> {
    const { object: claim } = this.#context;
    if (claim.status?.phase === 'Lost') return;
    await this.#writer.setClaimPhase(claim, 'Lost');
    this.#events.warning(claim, reason, message);
  }

  /** Binds the claim to the best volume, or asks for one. */
  async #findVolume(claim: Claim): Promise<boolean> {
    const { lister } = this.#context;
    const className = claimClass(claim);
    const isDelayed = lister(StorageClass).get(className)?.volumeBindingMode === 'WaitForFirstConsumer';
    const volume = this.#bestVolume(claim, isDelayed);
    if (volume !== undefined) {
      await this.#writer.bind(volume, claim);
      return false;
    }
    if (await assignDefaultClass(this.#context)) return true;
    if (isDelayed && claim.metadata.annotations?.[SELECTED_NODE] === undefined) this.#tellWaiting(claim);
    else if (className !== '') {
      await requestVolume(this.#context, this.#events);
      return true;
    } else {
      const message = 'no persistent volumes available for this claim and no storage class is set';
      this.#events.normal(claim, 'FailedBinding', message);
    }
    await this.#writer.setClaimPhase(claim, 'Pending');
    return true;
  }

  /** Returns the best volume with the fewest access modes that the claim did not ask for. */
  #bestVolume(claim: Claim, reservedOnly: boolean): Volume | undefined {
    const volumes = this.#context.lister(PersistentVolume).list();
    const groups = groupBy(
      volumes.filter((volume) => hasAccessModes(volume, claim)),
      ({ spec }) => spec?.accessModes?.length ?? 0,
    );
    for (const modes of [...groups.keys()].sort((a, b) => a - b)) {
      const volume = bestVolume(claim, groups.get(modes) ?? [], { reservedOnly });
      if (volume !== undefined) return volume;
    }
    return undefined;
  }

  #tellWaiting(claim: Claim): void {
    const { namespace, name } = claim.metadata;
    const pods = this.#context
      .lister(Pod)
      .list({ namespace })
      .filter((pod) => (pod.spec?.nodeName ?? '') === '' && !isPodTerminal(pod))
      .filter(({ metadata, spec }) =>
        (spec?.volumes ?? []).some((volume) =>
          volume.ephemeral === undefined
            ? volume.persistentVolumeClaim?.claimName === name
            : `${metadata.name}-${volume.name}` === name,
        ),
      )
      .map(({ metadata }) => metadata.name);
    if (pods.length === 0) {
      const message = 'waiting for first consumer to be created before binding';
      this.#events.normal(claim, 'WaitForFirstConsumer', message);
    } else {
      const message = `waiting for pod${pods.length > 1 ? 's' : ''} ${pods.join(',')} to be scheduled`;
      this.#events.normal(claim, 'WaitForPodScheduled', message);
    }
  }

  /** Binds the claim to the volume that it names. */
  async #takeVolume(claim: Claim, volumeName: string): Promise<boolean> {
    const volume = this.#context.lister(PersistentVolume).get(volumeName);
    if (volume === undefined) {
      await this.#writer.setClaimPhase(claim, 'Pending');
      return true;
    }
    const isFree = volume.spec?.claimRef === undefined;
    if (!isFree && !isReservedFor(volume, claim)) {
      this.#events.warning(claim, 'FailedBinding', `volume "${volumeName}" already bound to a different claim.`);
      if (claim.metadata.annotations?.[BOUND_BY_CONTROLLER] !== undefined) {
        const { namespace, name } = claim.metadata;
        throw new Error(`cannot bind the claim ${namespace}/${name}: the volume ${volumeName} has another claim`);
      }
      await this.#writer.setClaimPhase(claim, 'Pending');
      return true;
    }
    const problem = isFree ? mismatch(volume, claim) : undefined;
    if (problem !== undefined) {
      const message = `Cannot bind to requested volume "${volumeName}": ${problem}`;
      this.#events.warning(claim, 'VolumeMismatch', message);
      await this.#writer.setClaimPhase(claim, 'Pending');
      return true;
    }
    await this.#writer.bind(volume, claim);
    return false;
  }
}

/** Returns why a volume does not satisfy the claim that names it. */
function mismatch(volume: Volume, claim: Claim): string | undefined {
  const { name, deletionTimestamp } = volume.metadata;
  if (deletionTimestamp !== undefined) return `the volume is marked for deletion "${name}"`;
  if (compareSize(volume, claim) < 0) return 'requested PV is too small';
  if (volumeClass(volume) !== claimClass(claim)) return 'storageClassName does not match';
  if (!sameAttributes(volume, claim)) return 'volumeAttributesClassName does not match';
  if (!sameMode(volume, claim)) return 'incompatible volumeMode';
  return hasAccessModes(volume, claim) ? undefined : 'incompatible accessMode';
}
