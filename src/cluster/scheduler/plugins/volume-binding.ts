import type { PersistentVolume, PersistentVolumeClaim } from '../../../../generated/core/v1.js';
import type { StorageClass } from '../../../../generated/storage.k8s.io/v1.js';
import type { Cached } from '../../../cache/index.js';
import { matchesTerm } from '../node-selector.js';
import type { Plugin } from '../plugin.js';
import { type Rejection, unresolvable } from '../rejection.js';

const name = 'VolumeBinding';
const boundAnnotation = 'pv.kubernetes.io/bind-completed';

/** The objects of storage, by name. */
export interface StorageObjects {
  claim(key: string): Cached<PersistentVolumeClaim, 'Namespaced'> | undefined;
  volume(name: string): Cached<PersistentVolume, 'Cluster'> | undefined;
  storageClass(name: string): Cached<StorageClass, 'Cluster'> | undefined;
}

type Claim = Cached<PersistentVolumeClaim, 'Namespaced'>;

/** Tells whether a claim has its volume. */
export function isBound({ metadata, spec }: Claim): boolean {
  return Boolean(spec?.volumeName) && Object.hasOwn(metadata.annotations ?? {}, boundAnnotation);
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
      if (volumes.length === 0) return undefined;
      return {
        check(node) {
          if (volumes.includes(undefined)) {
            return unresolvable(name, 'node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)');
          }
          const matches = volumes.every((volume) => {
            const terms = volume?.spec?.nodeAffinity?.required?.nodeSelectorTerms;
            return terms === undefined || terms.some((term) => matchesTerm(term, node));
          });
          return matches ? undefined : unresolvable(name, "node(s) didn't match PersistentVolume's node affinity");
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
