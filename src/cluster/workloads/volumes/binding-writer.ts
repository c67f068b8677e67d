import { PersistentVolume, PersistentVolumeClaim } from '../../../../generated/core/v1.js';
import { deepEqual, type Stored } from '../../../meta/index.js';
import type { Cluster } from '../../../sdk/index.js';
import { BIND_COMPLETED, BOUND_BY_CONTROLLER } from '../../storage/volume-annotations.js';
import { type Claim, isReservedFor, type Volume } from '../../storage/volume-match.js';
import { draftOf } from '../base/draft.js';

type ClaimPhase = 'Pending' | 'Bound' | 'Lost';
type VolumePhase = 'Available' | 'Bound' | 'Released' | 'Failed';

/** Writes bindings, volume first, so that a claim never names a volume that another claim can take. */
export class BindingWriter {
  readonly #cluster: Cluster;
  readonly #signal: AbortSignal;

  constructor(cluster: Cluster, signal: AbortSignal) {
    this.#cluster = cluster;
    this.#signal = signal;
  }

  /** Binds a claim and a volume to each other. Writes only what is not there yet. */
  async bind(volume: Volume, claim: Claim): Promise<void> {
    const reserved = await this.reserve(volume, claim);
    await this.setVolumePhase(reserved, 'Bound');
    await this.setClaimPhase(await this.#complete(claim, reserved), 'Bound', reserved);
  }

  /** Names the claim in the volume. */
  async reserve(volume: Volume, claim: Claim): Promise<Volume> {
    const { name, namespace, uid, resourceVersion } = claim.metadata;
    if (volume.spec?.claimRef?.uid === uid) return volume;
    const draft = draftOf<Stored<PersistentVolume, 'Cluster'>>(volume);
    if (!isReservedFor(volume, claim)) annotate(draft, { [BOUND_BY_CONTROLLER]: 'yes' });
    const claimRef = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', name, namespace, uid, resourceVersion };
    draft.spec = { ...draft.spec, claimRef };
    return this.#cluster.resource(PersistentVolume).replace(draft, { signal: this.#signal });
  }

  /** Takes the claim out of a volume. A volume that a user reserved stays reserved for the name. */
  async unbind(volume: Volume): Promise<void> {
    const draft = draftOf<Stored<PersistentVolume, 'Cluster'>>(volume);
    const { [BOUND_BY_CONTROLLER]: byController, ...annotations } = draft.metadata.annotations ?? {};
    const { claimRef, ...spec } = draft.spec ?? {};
    if (byController === undefined) draft.spec = { ...spec, claimRef: { ...claimRef, uid: undefined } };
    else {
      draft.spec = spec;
      draft.metadata.annotations = annotations;
    }
    const written = await this.#cluster.resource(PersistentVolume).replace(draft, { signal: this.#signal });
    await this.setVolumePhase(written, 'Available');
  }

  /** Writes the phase of a volume. Returns false if it had that phase. */
  async setVolumePhase(volume: Volume, phase: VolumePhase, message?: string): Promise<boolean> {
    if (volume.status?.phase === phase) return false;
    const draft = draftOf<Stored<PersistentVolume, 'Cluster'>>(volume);
    draft.status = { ...draft.status, phase, message };
    await this.#cluster.resource(PersistentVolume).subresource('status').replace(draft, { signal: this.#signal });
    return true;
  }

  /** Writes the phase of a claim, and what it has of its volume. Returns false if nothing changed. */
  async setClaimPhase(claim: Claim, phase: ClaimPhase, volume?: Volume): Promise<boolean> {
    const draft = draftOf<Stored<PersistentVolumeClaim, 'Namespaced'>>(claim);
    const status: NonNullable<PersistentVolumeClaim['status']> = { ...draft.status, phase };
    const wasPending = (claim.status?.phase ?? 'Pending') === 'Pending';
    const facts = volume === undefined ? {} : draftOf<NonNullable<PersistentVolume['spec']>>(volume.spec ?? {});
    status.accessModes = facts.accessModes;
    // A bound claim may be smaller than its volume, if the file system was not grown yet.
    if (volume === undefined || claim.status?.phase !== phase) status.capacity = facts.capacity;
    if (volume === undefined || (wasPending && phase === 'Bound'))
      status.currentVolumeAttributesClassName = facts.volumeAttributesClassName;
    if (deepEqual(present(status), present(draft.status ?? {}))) return false;
    const claims = this.#cluster.resource(PersistentVolumeClaim).in(claim.metadata.namespace);
    await claims.subresource('status').replace({ ...draft, status }, { signal: this.#signal });
    return true;
  }

  /** Names the volume in the claim. */
  async #complete(claim: Claim, { metadata: { name } }: Volume): Promise<Claim> {
    const isNamed = claim.spec?.volumeName === name;
    if (isNamed && claim.metadata.annotations?.[BIND_COMPLETED] !== undefined) return claim;
    const draft = draftOf<Stored<PersistentVolumeClaim, 'Namespaced'>>(claim);
    annotate(draft, { ...(isNamed ? {} : { [BOUND_BY_CONTROLLER]: 'yes' }), [BIND_COMPLETED]: 'yes' });
    draft.spec = { ...draft.spec, volumeName: name };
    const claims = this.#cluster.resource(PersistentVolumeClaim).in(claim.metadata.namespace);
    return claims.replace(draft, { signal: this.#signal });
  }
}

function annotate(object: { metadata: { annotations?: Record<string, string> | undefined } }, more: object): void {
  object.metadata.annotations = { ...more, ...object.metadata.annotations };
}

/** Returns the fields that have a value. */
function present(status: object): object {
  return Object.fromEntries(Object.entries(status).filter(([, value]) => value !== undefined));
}
