import type { PersistentVolume, PersistentVolumeClaim } from '../../../generated/core/v1.js';
import { type DeepReadonly, matchesLabelSelector, type Quantity, type Stored, toQuantity } from '../../meta/index.js';

/** A claim, out of a cache or as the server returned it. */
export type Claim = DeepReadonly<Stored<PersistentVolumeClaim, 'Namespaced'>>;
/** A volume, out of a cache or as the server returned it. */
export type Volume = DeepReadonly<Stored<PersistentVolume, 'Cluster'>>;

/** The annotation that named the class before `storageClassName` did. It still takes precedence. */
const CLASS = 'volume.beta.kubernetes.io/storage-class';

/** Returns the storage class that a claim asks for; empty if it asks for a volume without a class. */
export function claimClass({ metadata, spec }: Claim): string {
  return metadata.annotations?.[CLASS] ?? spec?.storageClassName ?? '';
}

/** Reports whether a claim names a class, be it the empty one. */
export function namesClass({ metadata, spec }: Claim): boolean {
  return metadata.annotations?.[CLASS] !== undefined || spec?.storageClassName !== undefined;
}

/** Returns the storage class of a volume; empty if it has none. */
export function volumeClass({ metadata, spec }: Volume): string {
  return metadata.annotations?.[CLASS] ?? spec?.storageClassName ?? '';
}

/** Reports whether a volume is reserved for a claim, or bound to it. */
export function isReservedFor({ spec }: Volume, { metadata }: Claim): boolean {
  const { claimRef } = spec ?? {};
  if (claimRef?.name !== metadata.name || claimRef.namespace !== metadata.namespace) return false;
  return !claimRef.uid || claimRef.uid === metadata.uid;
}

/** Reports whether a volume has every access mode that a claim asks for. */
export function hasAccessModes(volume: Volume, claim: Claim): boolean {
  return (claim.spec?.accessModes ?? []).every((mode) => volume.spec?.accessModes?.includes(mode) === true);
}

/** Reports whether a volume and a claim agree on `Filesystem` or `Block`. */
export function sameMode(volume: Volume, claim: Claim): boolean {
  return (volume.spec?.volumeMode ?? 'Filesystem') === (claim.spec?.volumeMode ?? 'Filesystem');
}

/** Orders by size: the volume's capacity compared to what the claim requests. */
export function compareSize(volume: Volume, claim: Claim): number {
  return capacityOf(volume).compare(requestOf(claim));
}

/** Reports whether a volume and a claim name the same class of attributes, or both none. */
export function sameAttributes(volume: Volume, claim: Claim): boolean {
  return (volume.spec?.volumeAttributesClassName ?? '') === (claim.spec?.volumeAttributesClassName ?? '');
}

/** The limits of a search for a volume. */
export interface VolumeSearch {
  /** True: only a volume that is reserved for the claim counts. The scheduler chooses among the others. */
  readonly reservedOnly?: boolean | undefined;
  /** Reports whether the volume can be used where the claim's pod will run. Default: every volume can. */
  readonly isUsable?: ((volume: Volume) => boolean) | undefined;
}

/**
 * Returns the volume that is best for a claim: one that is reserved for it, or else the smallest available one that satisfies it.
 * The caller checks access modes.
 */
export function bestVolume(claim: Claim, volumes: Iterable<Volume>, search: VolumeSearch = {}): Volume | undefined {
  const { reservedOnly = false, isUsable = () => true } = search;
  const { selector } = claim.spec ?? {};
  let best: Volume | undefined;
  for (const volume of volumes) {
    const { metadata, spec, status } = volume;
    const isReserved = isReservedFor(volume, claim);
    if (spec?.claimRef !== undefined && !isReserved) continue;
    if (metadata.deletionTimestamp !== undefined || compareSize(volume, claim) < 0) continue;
    if (!sameMode(volume, claim) || !sameAttributes(volume, claim)) continue;
    if (isReserved) return isUsable(volume) ? volume : undefined;
    if (reservedOnly || status?.phase !== 'Available') continue;
    if (selector !== undefined && !matchesLabelSelector(selector, metadata.labels ?? {})) continue;
    if (volumeClass(volume) !== claimClass(claim) || !isUsable(volume)) continue;
    if (best === undefined || capacityOf(best).compare(capacityOf(volume)) > 0) best = volume;
  }
  return best;
}

/** Orders claims by the size that they request. */
export function compareClaims(a: Claim, b: Claim): number {
  return requestOf(a).compare(requestOf(b));
}

function capacityOf({ spec }: Volume) {
  return storageOf(spec?.capacity);
}

function requestOf({ spec }: Claim) {
  return storageOf(spec?.resources?.requests);
}

function storageOf(list: { readonly [resource: string]: Quantity } | undefined) {
  return toQuantity(list?.storage ?? '0');
}
