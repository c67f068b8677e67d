import type { ReplicaSet } from '../../../../generated/apps/v1.js';
import type { Stored } from '../../../meta/index.js';
import { compareText } from '../../../util/compare.js';

/** A ReplicaSet of a Deployment, which a reconcile may change. */
export type RevisionSet = Stored<ReplicaSet, 'Namespaced'>;

/** Returns the number of pods that a ReplicaSet should have. */
export function sizeOf(set: RevisionSet): number {
  return set.spec?.replicas ?? 1;
}

/** Returns the number of pods that the ReplicaSets should have together. */
export function totalSize(sets: readonly RevisionSet[]): number {
  return sets.reduce((sum, set) => sum + sizeOf(set), 0);
}

/** Returns the sum of one count of the ReplicaSets' status. */
export function totalOf(
  sets: readonly RevisionSet[],
  field: 'replicas' | 'readyReplicas' | 'availableReplicas',
): number {
  return sets.reduce((sum, { status }) => sum + (status?.[field] ?? 0), 0);
}

/** Returns the number of pods being deleted, or undefined when a ReplicaSet does not tell. */
export function totalTerminating(sets: readonly RevisionSet[]): number | undefined {
  let sum = 0;
  for (const { status } of sets) {
    if (status?.terminatingReplicas !== undefined) sum += status.terminatingReplicas;
    else if ((status?.observedGeneration ?? 0) !== 0) return undefined;
  }
  return sum;
}

/** Returns the ReplicaSets that should have pods. */
export function activeSets(sets: readonly RevisionSet[]): RevisionSet[] {
  return sets.filter((set) => sizeOf(set) > 0);
}

/** Orders ReplicaSets by age, the oldest first. */
export function byAge(a: RevisionSet, b: RevisionSet): number {
  return (
    compareText(a.metadata.creationTimestamp, b.metadata.creationTimestamp) ||
    compareText(a.metadata.name, b.metadata.name)
  );
}

/** Orders ReplicaSets by size, the largest first, and the older of two first. */
export function bySizeOlder(a: RevisionSet, b: RevisionSet): number {
  return sizeOf(b) - sizeOf(a) || byAge(a, b);
}

/** Orders ReplicaSets by size, the largest first, and the newer of two first. */
export function bySizeNewer(a: RevisionSet, b: RevisionSet): number {
  return sizeOf(b) - sizeOf(a) || byAge(b, a);
}
