import type { CachedPod } from '../pods/pod-state.js';
import { isPodTerminal } from '../pods/pod-state.js';
import { isComplete } from './deployment-status.js';
import { activeSets, type RevisionSet, totalOf } from './replica-sets.js';
import type { Rollout } from './rollout.js';
import { replicasOf } from './rollout-limits.js';

/** Makes one step of a rollout that ends all old pods before it creates new ones. */
export async function recreate(rollout: Rollout, podsOf: (set: RevisionSet) => readonly CachedPod[]): Promise<void> {
  const active = activeSets(rollout.oldSets);
  for (const set of active) await rollout.scale(set, 0);
  if (active.length > 0) return;
  const isRunning = totalOf(rollout.oldSets, 'replicas') > 0;
  if (isRunning || rollout.oldSets.some((set) => podsOf(set).some((pod) => !isPodTerminal(pod)))) return;
  await rollout.scale(await rollout.ensureNewSet(), replicasOf(rollout.deployment));
  if (isComplete(rollout.deployment, rollout.deployment.status ?? {})) await rollout.cleanUp();
}
