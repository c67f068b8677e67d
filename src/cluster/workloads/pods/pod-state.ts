import type { Pod, PodCondition } from '../../../../generated/core/v1.js';
import type { Cached } from '../../../cache/index.js';
import { type DeepReadonly, findCondition } from '../../../meta/index.js';
import { timeOf } from '../base/time-of.js';

/** A pod out of a cache. */
export type CachedPod = Cached<Pod, 'Namespaced'>;

/** Returns the condition `Ready` of a pod. */
export function readyCondition(pod: CachedPod): DeepReadonly<PodCondition> | undefined {
  return findCondition(pod.status?.conditions, 'Ready');
}

/** Reports whether the kubelet says that a pod is ready. */
export function isPodReady(pod: CachedPod): boolean {
  return readyCondition(pod)?.status === 'True';
}

/** Reports whether a pod has been ready for `minReadySeconds` at the time `now`, in milliseconds. */
export function isPodAvailable(pod: CachedPod, minReadySeconds: number, now: number): boolean {
  const ready = readyCondition(pod);
  if (ready?.status !== 'True') return false;
  if (minReadySeconds === 0) return true;
  const since = timeOf(ready.lastTransitionTime);
  return since !== undefined && since + minReadySeconds * 1000 <= now;
}

/** Returns the milliseconds until the first ready pod becomes available, or undefined when none is on its way. */
export function untilNextAvailable(
  pods: readonly CachedPod[],
  minReadySeconds: number,
  now: number,
): number | undefined {
  if (minReadySeconds <= 0) return undefined;
  const waits = pods.flatMap((pod) => {
    const ready = readyCondition(pod);
    const since = ready?.status === 'True' ? timeOf(ready.lastTransitionTime) : undefined;
    if (since === undefined) return [];
    const wait = since + minReadySeconds * 1000 - now;
    return wait > 0 ? [wait] : [];
  });
  return waits.length === 0 ? undefined : Math.min(...waits);
}

/** Reports whether a pod has run to its end. */
export function isPodTerminal({ status }: CachedPod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}

/** Reports whether a pod has neither ended nor is being deleted. */
export function isPodActive(pod: CachedPod): boolean {
  return !isPodTerminal(pod) && pod.metadata.deletionTimestamp === undefined;
}

/** Reports whether a pod is being deleted and has not ended yet. */
export function isPodTerminating(pod: CachedPod): boolean {
  return !isPodTerminal(pod) && pod.metadata.deletionTimestamp !== undefined;
}
