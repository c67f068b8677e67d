import type { Deployment } from '../../../../generated/apps/v1.js';
import { type DeepReadonly, scaledValue } from '../../../meta/index.js';
import { type RevisionSet, sizeOf, totalSize } from './replica-sets.js';
import { maxReplicas } from './revision-annotations.js';

type Limited = DeepReadonly<Pick<Deployment, 'spec' | 'status'>>;

/** The value of an int32 field that means "without a limit". */
const UNLIMITED = 2 ** 31 - 1;

/** Returns the number of pods that a Deployment should have. */
export function replicasOf({ spec }: Limited): number {
  return spec?.replicas ?? 1;
}

/** Reports whether a Deployment replaces its pods step by step. */
export function isRolling({ spec }: Limited): boolean {
  return spec?.strategy?.type !== 'Recreate';
}

/** Returns the most pods above `replicas` that a rolling update may create. */
export function maxSurge(deployment: Limited): number {
  return isRolling(deployment) ? fenceposts(deployment).surge : 0;
}

/** Returns the most pods below `replicas` that may be missing during a rolling update. */
export function maxUnavailable(deployment: Limited): number {
  const replicas = replicasOf(deployment);
  if (!isRolling(deployment) || replicas === 0) return 0;
  return Math.min(fenceposts(deployment).unavailable, replicas);
}

function fenceposts(deployment: Limited): { readonly surge: number; readonly unavailable: number } {
  const { maxSurge: up = 0, maxUnavailable: down = 0 } = deployment.spec?.strategy?.rollingUpdate ?? {};
  const replicas = replicasOf(deployment);
  const surge = scaledValue(up, replicas, 'up');
  const unavailable = scaledValue(down, replicas, 'down');
  // Without any room the rollout would never begin.
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}

/** Returns the size that the newest ReplicaSet may have now. */
export function newSetSize(deployment: Limited, sets: readonly RevisionSet[], size: number): number {
  const replicas = replicasOf(deployment);
  if (!isRolling(deployment)) return replicas;
  const surge = scaledValue(deployment.spec?.strategy?.rollingUpdate?.maxSurge ?? 0, replicas, 'up');
  const room = replicas + surge - totalSize(sets);
  return room <= 0 ? size : size + Math.min(room, replicas - size);
}

/** Returns the change of a ReplicaSet's size in proportion to its share, while a Deployment is scaled in the middle of a rollout. */
export function proportionOf(set: RevisionSet, deployment: Limited, toAdd: number, added: number): number {
  const size = sizeOf(set);
  if (size === 0 || toAdd === 0 || toAdd === added) return 0;
  const fraction = fractionOf(set, deployment);
  const allowed = toAdd - added;
  return toAdd > 0 ? Math.min(fraction, allowed) : Math.max(fraction, allowed);
}

function fractionOf(set: RevisionSet, deployment: Limited): number {
  const size = sizeOf(set);
  const replicas = replicasOf(deployment);
  if (replicas === 0) return -size;
  const before = maxReplicas(set) || (deployment.status?.replicas ?? 0);
  if (before === 0) return 0;
  // Sizes are never negative, so that half a pod rounds up, as Go does.
  return Math.round((size * (replicas + maxSurge(deployment))) / before) - size;
}

/** Returns the deadline for progress in milliseconds, or undefined when there is none. */
export function progressDeadlineMs({ spec }: Limited): number | undefined {
  const seconds = spec?.progressDeadlineSeconds;
  return seconds === undefined || seconds === UNLIMITED ? undefined : seconds * 1000;
}

/** Returns the number of old ReplicaSets to keep, or undefined when all are kept. */
export function historyLimit({ spec }: Limited): number | undefined {
  const limit = spec?.revisionHistoryLimit;
  return limit === UNLIMITED ? undefined : limit;
}
