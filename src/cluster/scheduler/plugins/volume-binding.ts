import type { PersistentVolume, PersistentVolumeClaim } from '../../../../generated/core/v1.js';
import type { StorageClass } from '../../../../generated/storage.k8s.io/v1.js';
import type { Cached } from '../../../cache/index.js';
import { BIND_COMPLETED, SELECTED_NODE } from '../../storage/volume-annotations.js';
import { bestVolume, compareClaims, hasAccessModes, type Volume } from '../../storage/volume-match.js';
import { type LabelledNode, matchesTerm } from '../node-selector.js';
import type { Plugin } from '../plugin.js';
import { type Rejection, unresolvable } from '../rejection.js';

const name = 'VolumeBinding';
/** The provisioner of classes whose volumes an administrator makes. */
const noProvisioner = 'kubernetes.io/no-provisioner';

/** The objects of storage, by name. */
export interface StorageObjects {
  claim(key: string): Cached<PersistentVolumeClaim, 'Namespaced'> | undefined;
  volume(name: string): Cached<PersistentVolume, 'Cluster'> | undefined;
  volumes(): readonly Cached<PersistentVolume, 'Cluster'>[];
  storageClass(name: string): Cached<StorageClass, 'Cluster'> | undefined;
}

type Claim = Cached<PersistentVolumeClaim, 'Namespaced'>;

/** Tells whether a claim has its volume. */
export function isBound({ metadata, spec }: Claim): boolean {
  return Boolean(spec?.volumeName) && Object.hasOwn(metadata.annotations ?? {}, BIND_COMPLETED);
}

/**
 * Keeps pods off all nodes until their claims exist and are bound, and to the nodes that their volumes can be used on. Claims whose
 * class waits for the first consumer are bound once a node is chosen.
 */
export function volumeBinding(storage: StorageObjects): Plugin {
  return {
    name,
    filter(pod) {
      if (pod.claims.length === 0) return undefined;
      const claims: Claim[] = [];
      for (const claimName of pod.claims) {
        const claim = storage.claim(`${pod.namespace}/${claimName}`);
        const problem = problemOf(claim, claimName);
        if (problem !== undefined) return problem;
        if (claim !== undefined) claims.push(claim);
      }
      if (claims.some((claim) => !isBound(claim) && !waitsForConsumer(claim, storage))) {
        return unresolvable(name, 'pod has unbound immediate PersistentVolumeClaims');
      }
      const volumes = claims.filter(isBound).map(({ spec }) => storage.volume(spec?.volumeName ?? ''));
      const waiting = claims.filter((claim) => !isBound(claim));
      const all = waiting.length === 0 ? [] : storage.volumes();
      return {
        check(node) {
          if (volumes.includes(undefined)) {
            return unresolvable(name, 'node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)');
          }
          const matches = volumes.every((volume) => volume === undefined || isUsableOn(volume, node));
          if (!matches) return unresolvable(name, "node(s) didn't match PersistentVolume's node affinity");
          if (waiting.length === 0 || chooseVolumes(waiting, all, node, storage) !== undefined) return undefined;
          return unresolvable(name, "node(s) didn't find available persistent volumes to bind");
        },
      };
    },
    mayHelp: ({ type }) => type === 'VolumeChange' || type === 'NodeAdd' || type === 'NodeUpdate',
  };
}

function problemOf(claim: Claim | undefined, claimName: string): Rejection | undefined {
  const what = `persistentvolumeclaim ${JSON.stringify(claimName)}`;
  if (claim === undefined) return unresolvable(name, `${what} not found`);
  if (claim.status?.phase === 'Lost') {
    const volume = JSON.stringify(claim.spec?.volumeName ?? '');
    return unresolvable(name, `${what} bound to non-existent persistentvolume ${volume}`);
  }
  return claim.metadata.deletionTimestamp === undefined ? undefined : unresolvable(name, `${what} is being deleted`);
}

/** Tells whether a claim is bound only when its first pod has a node. */
export function waitsForConsumer({ spec }: Claim, storage: StorageObjects): boolean {
  if (spec?.volumeName) return false;
  const storageClass = spec?.storageClassName && storage.storageClass(spec.storageClassName);
  return storageClass ? storageClass.volumeBindingMode === 'WaitForFirstConsumer' : false;
}

/** Reports whether the node affinity of a volume lets pods on the node use it. */
function isUsableOn({ spec }: Volume, node: LabelledNode): boolean {
  const terms = spec?.nodeAffinity?.required?.nodeSelectorTerms;
  return terms === undefined || terms.some((term) => matchesTerm(term, node));
}

/** A claim that waits for its first pod. */
export interface WaitingClaim {
  readonly claim: Claim;
  /** The volume that it gets. Undefined: a provisioner makes one. */
  readonly volume: Volume | undefined;
}

/**
 * Chooses a volume on the node for each claim that waits for its first pod, the smallest claim first. Returns undefined if a claim can
 * get none there, neither from the administrator nor from a provisioner.
 */
export function chooseVolumes(
  claims: readonly Claim[],
  volumes: readonly Volume[],
  node: LabelledNode,
  storage: StorageObjects,
): WaitingClaim[] | undefined {
  const chosen: WaitingClaim[] = [];
  for (const claim of claims.toSorted(compareClaims)) {
    const selected = claim.metadata.annotations?.[SELECTED_NODE];
    if (selected !== undefined && selected !== node.name) return undefined;
    const taken = chosen.map(({ volume }) => volume);
    const fitting = volumes.filter((volume) => !taken.includes(volume) && hasAccessModes(volume, claim));
    const volume = bestVolume(claim, fitting, { isUsable: (one) => isUsableOn(one, node) });
    if (volume === undefined && !isProvisioned(claim, node, storage)) return undefined;
    chosen.push({ claim, volume });
  }
  return chosen;
}

/** Tells whether a provisioner makes a volume for the claim on the node. */
function isProvisioned({ spec }: Claim, node: LabelledNode, storage: StorageObjects): boolean {
  const storageClass = storage.storageClass(spec?.storageClassName ?? '');
  if (storageClass === undefined || storageClass.provisioner === noProvisioner) return false;
  const { allowedTopologies = [] } = storageClass;
  return (
    allowedTopologies.length === 0 ||
    allowedTopologies.some(({ matchLabelExpressions = [] }) =>
      matchLabelExpressions.every(({ key, values }) => values.includes(node.labels[key] ?? '')),
    )
  );
}
