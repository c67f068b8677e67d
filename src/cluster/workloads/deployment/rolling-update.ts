import { isComplete } from './deployment-status.js';
import { activeSets, byAge, sizeOf, totalOf, totalSize } from './replica-sets.js';
import type { Rollout } from './rollout.js';
import { maxUnavailable, newSetSize, replicasOf } from './rollout-limits.js';

/** Makes one step of a rolling update: scales the newest ReplicaSet up, or old ones down, or cleans up when all is done. */
export async function rollingUpdate(rollout: Rollout): Promise<void> {
  await rollout.ensureNewSet();
  if (await scaleNewSet(rollout)) return;
  if (await scaleOldSets(rollout)) return;
  if (isComplete(rollout.deployment, rollout.deployment.status ?? {})) await rollout.cleanUp();
}

async function scaleNewSet(rollout: Rollout): Promise<boolean> {
  const { deployment, newSet } = rollout;
  if (newSet === undefined) return false;
  const [size, wanted] = [sizeOf(newSet), replicasOf(deployment)];
  if (size === wanted) return false;
  return rollout.scale(newSet, size > wanted ? wanted : newSetSize(deployment, rollout.sets, size));
}

/**
 * Scales old ReplicaSets down as far as `maxUnavailable` allows. Pods of the newest ReplicaSet that are not available yet count as
 * missing, so that a template which never becomes ready stops the rollout.
 */
async function scaleOldSets(rollout: Rollout): Promise<boolean> {
  const { deployment, newSet } = rollout;
  const olds = activeSets(rollout.oldSets).sort(byAge);
  if (olds.length === 0 || newSet === undefined) return false;
  const minAvailable = replicasOf(deployment) - maxUnavailable(deployment);
  const notYet = sizeOf(newSet) - (newSet.status?.availableReplicas ?? 0);
  const most = totalSize(rollout.sets) - minAvailable - notYet;
  if (most <= 0) return false;
  // First the pods that nobody would miss.
  let cleaned = 0;
  for (const set of olds) {
    const unhealthy = sizeOf(set) - (set.status?.availableReplicas ?? 0);
    const count = Math.min(most - cleaned, unhealthy);
    if (count <= 0) continue;
    await rollout.scale(set, sizeOf(set) - count);
    cleaned += count;
  }
  const spare = totalOf([...olds, newSet], 'availableReplicas') - minAvailable;
  let scaled = 0;
  for (const set of olds) {
    const count = Math.min(sizeOf(set), spare - scaled);
    if (count <= 0) continue;
    await rollout.scale(set, sizeOf(set) - count);
    scaled += count;
  }
  return cleaned + scaled > 0;
}
