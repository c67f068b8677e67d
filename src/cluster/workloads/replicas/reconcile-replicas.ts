import { Pod } from '../../../../generated/core/v1.js';
import type { Requeue } from '../../../controller/index.js';
import type { Clock } from '../../../util/clock.js';
import { isNamespaceTerminating, settleAll } from '../base/api-faults.js';
import { claimObjects } from '../base/claims.js';
import type { ComponentEvents } from '../base/component-events.js';
import { requeueIfReplaced } from '../base/replaced-owner.js';
import { slowStart } from '../base/slow-start.js';
import { inDeletionOrder } from '../pods/deletion-order.js';
import { createPod, deletePod, podFromTemplate } from '../pods/pod-control.js';
import { orphansIn } from '../pods/pod-sources.js';
import { type CachedPod, isPodActive, isPodTerminating, untilNextAvailable } from '../pods/pod-state.js';
import type { ReplicaContext, ReplicaRules } from './replica-rules.js';
import { isSameStatus, replicaStatus } from './replica-status.js';

/** The most pods that one reconcile creates or deletes, as upstream's `BurstReplicas`. */
const BURST = 500;

/**
 * Brings the number of pods to `spec.replicas`, and the status up to date. Pods are claimed first: orphans that the selector matches are
 * adopted, and pods that it does not match any more are released.
 */
export async function reconcileReplicas(
  context: ReplicaContext,
  rules: ReplicaRules,
  { clock, events }: { readonly clock: Clock; readonly events: ComponentEvents },
): Promise<Requeue | undefined> {
  const { object, cluster, signal, namespace } = context;
  const { selector } = rules;
  if (selector === undefined) return undefined;
  const replaced = await requeueIfReplaced(context, rules.refresh);
  if (replaced !== undefined) return replaced;
  const pods = cluster.resource(Pod).in(namespace);
  const all = [...context.owned(Pod), ...orphansIn(context.lister(Pod), namespace)];
  const activePods = await claimObjects(object, all.filter(isPodActive), {
    matches: ({ metadata }) => selector.matches(metadata.labels),
    refresh: rules.refresh,
    patch: (name, patch) => pods.patch(name, patch, { signal }),
  });
  const deleted = object.metadata.deletionTimestamp !== undefined;
  const control = { cluster, events, signal };
  const error = deleted ? undefined : await scale(context, control, activePods, rules, clock.now());
  const now = clock.now();
  const { uid } = object.metadata;
  const isLeaving = (pod: CachedPod) =>
    isPodTerminating(pod) &&
    selector.matches(pod.metadata.labels) &&
    pod.metadata.ownerReferences?.some((reference) => reference.controller === true && reference.uid === uid) === true;
  const terminating = rules.countsTerminating ? all.filter(isLeaving).length : undefined;
  const status = replicaStatus(object, { activePods, terminating, error, now });
  if (!isSameStatus(object, status)) await rules.writeStatus(status);
  if (error !== undefined) throw error;
  const { minReadySeconds = 0 } = object.spec ?? {};
  if (minReadySeconds === 0 || status.readyReplicas === status.availableReplicas) return undefined;
  return { requeueAfterMs: untilNextAvailable(activePods, minReadySeconds, clock.now()) ?? minReadySeconds * 1000 };
}

/** Creates missing pods or deletes surplus ones. Returns the first error. */
async function scale(
  { object, signal }: ReplicaContext,
  control: Parameters<typeof createPod>[0],
  activePods: readonly CachedPod[],
  rules: ReplicaRules,
  now: number,
): Promise<unknown> {
  const { replicas = 1, template } = object.spec ?? {};
  const excess = activePods.length - replicas;
  if (excess < 0 && template !== undefined) {
    const { error } = await slowStart(Math.min(-excess, BURST), async () => {
      signal.throwIfAborted();
      await createPod(control, object, podFromTemplate(object, template)).catch((error: unknown) => {
        if (!isNamespaceTerminating(error)) throw error;
      });
    });
    return error;
  }
  if (excess <= 0) return undefined;
  const doomed = excess < activePods.length ? podsToDelete(activePods, rules, now) : activePods;
  try {
    await settleAll(
      doomed.slice(0, Math.min(excess, BURST)).map(({ metadata }) => deletePod(control, object, metadata.name)),
    );
    return undefined;
  } catch (error) {
    return error;
  }
}

function podsToDelete(activePods: readonly CachedPod[], rules: ReplicaRules, now: number): readonly CachedPod[] {
  const crowds = new Map<string, number>();
  for (const pod of rules.relatedPods()) {
    const node = pod.spec?.nodeName ?? '';
    if (isPodActive(pod)) crowds.set(node, (crowds.get(node) ?? 0) + 1);
  }
  return inDeletionOrder(activePods, (node) => crowds.get(node) ?? 0, now);
}
