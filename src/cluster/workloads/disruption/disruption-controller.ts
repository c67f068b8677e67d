import { Deployment, ReplicaSet, StatefulSet } from '../../../../generated/apps/v1.js';
import { Pod, ReplicationController } from '../../../../generated/core/v1.js';
import { PodDisruptionBudget, type PodDisruptionBudgetStatus } from '../../../../generated/policy/v1.js';
import {
  Controller,
  type ManagedController,
  type ReconcileContext,
  type Requeue,
  watched,
} from '../../../controller/index.js';
import {
  deepEqual,
  formatTime,
  matchesLabelSelector,
  parseTime,
  type Stored,
  setCondition,
  type Time,
} from '../../../meta/index.js';
import type { Clock } from '../../../util/clock.js';
import { faultMessage } from '../base/api-faults.js';
import type { ComponentEvents } from '../base/component-events.js';
import { draftOf } from '../base/draft.js';
import type { ControllerSetup } from '../base/setup.js';
import { type CachedPod, isPodReady } from '../pods/pod-state.js';
import { expectedPods } from './expected-pods.js';

type BudgetContext = ReconcileContext<PodDisruptionBudget, 'Namespaced'>;

/** A pod whose eviction was allowed counts as gone for so long. Then the eviction is taken for one that never happened. */
const DELETION_MS = 120_000;

/** Returns the controller that keeps the status of each PodDisruptionBudget, from which the server decides about evictions. */
export function disruptionController(setup: ControllerSetup): ManagedController {
  const events = setup.events('controllermanager');
  return new Controller({
    name: 'disruption',
    for: PodDisruptionBudget,
    watches: [
      watched(Pod, ({ current, old }, { lister }) =>
        lister(PodDisruptionBudget)
          .list({ namespace: current.namespace })
          .filter(({ spec }) =>
            [current, ...(old === undefined ? [] : [old])].some(({ labels }) =>
              matchesLabelSelector(spec?.selector, labels),
            ),
          )
          .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`),
      ),
      watched(Deployment, () => []),
      watched(ReplicaSet, () => []),
      watched(StatefulSet, () => []),
      watched(ReplicationController, () => []),
    ],
    ...setup.run,
    async reconcile(context): Promise<Requeue | undefined> {
      try {
        return await settleBudget(context, setup.clock, events);
      } catch (error) {
        await failSafe(context, error, setup.clock);
        throw error;
      }
    },
  });
}

async function settleBudget(
  context: BudgetContext,
  clock: Clock,
  events: ComponentEvents,
): Promise<Requeue | undefined> {
  const { object, lister, namespace } = context;
  const selector = object.spec?.selector;
  const pods = selector === undefined ? [] : lister(Pod).list({ namespace, labels: selector });
  if (pods.length === 0) events.normal(object, 'NoPods', 'No matching pods found');
  const facts = await expectedPods(object, pods, context).catch((error: unknown) => {
    const why = faultMessage(error);
    const message = `Failed to calculate the number of expected pods: ${why}`;
    events.warning(object, 'CalculateExpectedPodCountFailed', message);
    throw error;
  });
  if (facts.unmanaged.length > 0) events.warning(object, 'UnmanagedPods', unmanagedMessage(JSON.stringify(selector)));
  const now = clock.now();
  const { disrupted, recheckMs } = disruptedPods(context, pods, now, events);
  const isHealthy = (pod: CachedPod) =>
    pod.metadata.deletionTimestamp === undefined && disrupted[pod.metadata.name] === undefined && isPodReady(pod);
  const currentHealthy = pods.filter(isHealthy).length;
  const allowed = facts.expected <= 0 ? 0 : Math.max(0, currentHealthy - facts.healthy);
  const { conditions } = draftOf<PodDisruptionBudgetStatus>(object.status ?? {});
  const condition = {
    type: 'DisruptionAllowed',
    status: allowed > 0 ? 'True' : 'False',
    reason: allowed > 0 ? 'SufficientPods' : 'InsufficientPods',
    message: '',
    observedGeneration: object.metadata.generation ?? 0,
  };
  await writeStatus(context, {
    currentHealthy,
    desiredHealthy: facts.healthy,
    expectedPods: facts.expected,
    disruptionsAllowed: allowed,
    ...(Object.keys(disrupted).length > 0 ? { disruptedPods: disrupted } : {}),
    observedGeneration: object.metadata.generation,
    conditions: setCondition(conditions, condition, { clock }),
  });
  return recheckMs === undefined ? undefined : { requeueAfterMs: recheckMs };
}

/** Returns the pods whose eviction was allowed and that are not deleted yet. */
function disruptedPods(
  { object }: BudgetContext,
  pods: readonly CachedPod[],
  now: number,
  events: ComponentEvents,
): { readonly disrupted: Record<string, Time>; readonly recheckMs: number | undefined } {
  const disrupted: Record<string, Time> = {};
  let recheckMs: number | undefined;
  for (const pod of pods) {
    const time = object.status?.disruptedPods?.[pod.metadata.name];
    if (pod.metadata.deletionTimestamp !== undefined || time === undefined) continue;
    const left = parseTime(time) + DELETION_MS - now;
    if (left < 0) {
      const { namespace } = object.metadata;
      const message = `Pod was expected by PDB ${namespace}/${namespace} to be deleted but it wasn't`;
      events.warning(pod, 'NotDeleted', message);
      continue;
    }
    recheckMs = Math.min(recheckMs ?? left, left);
    disrupted[pod.metadata.name] = time;
  }
  return { disrupted, recheckMs };
}

async function writeStatus(
  { object, cluster, namespace, signal }: BudgetContext,
  status: PodDisruptionBudgetStatus,
): Promise<void> {
  const counts = ({ conditions: _, ...rest }: PodDisruptionBudgetStatus) =>
    Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== 0));
  const old = draftOf<PodDisruptionBudgetStatus>(object.status ?? {});
  if (deepEqual(counts(old), counts(status)) && deepEqual(old.conditions, status.conditions)) return;
  const client = cluster.resource(PodDisruptionBudget).in(namespace).subresource('status');
  await client.replace({ ...draftOf<Stored<PodDisruptionBudget, 'Namespaced'>>(object), status }, { signal });
}

/** Allows no disruption while the budget cannot be calculated. */
async function failSafe(context: BudgetContext, error: unknown, clock: Clock): Promise<void> {
  const status = draftOf<PodDisruptionBudgetStatus>(context.object.status ?? {});
  const condition = {
    type: 'DisruptionAllowed',
    status: 'False',
    reason: 'SyncFailed',
    message: faultMessage(error),
    observedGeneration: status.observedGeneration ?? 0,
    lastTransitionTime: formatTime(clock.now()),
  };
  const conditions = setCondition(status.conditions, condition, { clock });
  await writeStatus(context, { ...status, disruptionsAllowed: 0, conditions });
}

function unmanagedMessage(selector: string): string {
  return (
    `Pods selected by this PodDisruptionBudget (selector: ${selector}) were found to be unmanaged. ` +
    'As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. ' +
    'To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.'
  );
}
