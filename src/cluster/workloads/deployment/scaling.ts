import { activeSets, byAge, bySizeNewer, bySizeOlder, type RevisionSet, sizeOf, totalSize } from './replica-sets.js';
import { desiredReplicas } from './revision-annotations.js';
import type { Rollout } from './rollout.js';
import { isRolling, maxSurge, proportionOf, replicasOf } from './rollout-limits.js';

/** Reports whether `spec.replicas` changed since the ReplicaSets were last scaled. */
export function isScaling({ deployment, sets }: Rollout): boolean {
  return activeSets(sets).some((set) => {
    const desired = desiredReplicas(set);
    return desired !== undefined && desired !== replicasOf(deployment);
  });
}

/**
 * Scales a Deployment without a step of its rollout. In the middle of a rolling update every ReplicaSet grows or shrinks in proportion,
 * so that a scale-up does not put all new pods on an untested template.
 */
export async function scaleDeployment(rollout: Rollout): Promise<void> {
  const { deployment, newSet, oldSets } = rollout;
  const replicas = replicasOf(deployment);
  const single = onlyActive(rollout);
  if (single !== undefined) {
    await rollout.scale(single, replicas);
    return;
  }
  if (newSet !== undefined && isSaturated(newSet, replicas)) {
    for (const set of activeSets(oldSets)) await rollout.scale(set, 0);
    return;
  }
  if (!isRolling(deployment)) return;
  const sets = activeSets(rollout.sets);
  const allowed = replicas > 0 ? replicas + maxSurge(deployment) : 0;
  const toAdd = allowed - totalSize(sets);
  if (toAdd !== 0) sets.sort(toAdd > 0 ? bySizeNewer : bySizeOlder);
  let added = 0;
  const changes = sets.map((set) => {
    const change = proportionOf(set, deployment, toAdd, added);
    added += change;
    return { set, size: sizeOf(set) + change };
  });
  for (const [i, { set, size }] of changes.entries()) {
    // Rounding leaves a rest, which the first one takes.
    await rollout.scale(set, i === 0 && toAdd !== 0 ? Math.max(0, size + toAdd - added) : size, true);
  }
}

/** Returns the only ReplicaSet with pods, or the newest one when none has pods. Undefined when several have pods. */
function onlyActive({ newSet, oldSets, sets }: Rollout): RevisionSet | undefined {
  const active = activeSets(sets);
  if (active.length > 0) return active.length === 1 ? active[0] : undefined;
  return newSet ?? [...oldSets].sort(byAge).at(-1);
}

function isSaturated(set: RevisionSet, replicas: number): boolean {
  return sizeOf(set) === replicas && desiredReplicas(set) === replicas && set.status?.availableReplicas === replicas;
}
