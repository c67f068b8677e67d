import { Deployment, ReplicaSet } from '../../../../generated/apps/v1.js';
import { Pod } from '../../../../generated/core/v1.js';
import type { Cached } from '../../../cache/index.js';
import {
  Controller,
  type ManagedController,
  type ReconcileContext,
  type Requeue,
  type Source,
  watched,
} from '../../../controller/index.js';
import {
  controllerOf,
  deepEqual,
  findCondition,
  isControlledBy,
  type Stored,
  toLabelSelector,
} from '../../../meta/index.js';
import { claimObjects } from '../base/claims.js';
import type { ComponentEvents } from '../base/component-events.js';
import { draftOf } from '../base/draft.js';
import { requeueIfReplaced } from '../base/replaced-owner.js';
import type { ControllerSetup } from '../base/setup.js';
import {
  type DeploymentDraft,
  deploymentStatus,
  newCondition,
  rolloutStatus,
  setCondition,
  TIMED_OUT,
  untilTimedOut,
} from './deployment-status.js';
import { recreate } from './recreate.js';
import type { RevisionSet } from './replica-sets.js';
import { rollingUpdate } from './rolling-update.js';
import { Rollout } from './rollout.js';
import { isRolling, progressDeadlineMs } from './rollout-limits.js';
import { isScaling, scaleDeployment } from './scaling.js';

type DeploymentContext = ReconcileContext<Deployment, 'Namespaced'>;

/** The index of pods by the uid of the object that manages them. */
const BY_OWNER = 'keelson/owner';

/** Returns the controller that rolls out each Deployment through ReplicaSets, one for each template. */
export function deploymentController(setup: ControllerSetup): ManagedController {
  const events = setup.events('deployment-controller');
  return new Controller({
    name: 'deployment',
    for: Deployment,
    owns: [ReplicaSet],
    watches: [orphanSets, podsOfRecreated],
    ...setup.run,
    reconcile: (context) => reconcileDeployment(context, setup, events),
  });
}

async function reconcileDeployment(
  context: DeploymentContext,
  { clock }: ControllerSetup,
  events: ComponentEvents,
): Promise<Requeue | undefined> {
  const { cluster, signal, namespace, name } = context;
  const refresh = () => cluster.resource(Deployment).in(namespace).get(name, { signal });
  const replaced = await requeueIfReplaced(context, refresh);
  if (replaced !== undefined) return replaced;
  const deployment = draftOf<DeploymentDraft>(context.object);
  const now = clock.now();
  if (deepEqual(deployment.spec?.selector, {})) {
    const message = 'This deployment is selecting all pods. A non-empty selector is required.';
    events.warning(deployment, 'SelectingAll', message);
    return undefined;
  }
  const rollout = new Rollout(deployment, await claimSets(context), { cluster, events, signal, now });
  const isDeleted = deployment.metadata.deletionTimestamp !== undefined;
  if (!isDeleted) await notePause(rollout);
  await rollout.syncRevision();
  if (isDeleted || deployment.spec?.paused === true || isScaling(rollout)) {
    if (!isDeleted) await scaleDeployment(rollout);
    if (!isDeleted && deployment.spec?.paused === true) await rollout.cleanUp();
    await rollout.updateStatus(deploymentStatus(deployment, rollout.sets, rollout.newSet, now));
    return undefined;
  }
  if (isRolling(deployment)) await rollingUpdate(rollout);
  else await recreate(rollout, (set) => context.lister(Pod).by(BY_OWNER, set.metadata.uid));
  const status = rolloutStatus(deployment, rollout.sets, rollout.newSet, now);
  if (await rollout.updateStatus(status)) return undefined;
  return { requeueAfterMs: untilTimedOut(deployment, status, clock.now()) };
}

async function claimSets({
  object,
  cluster,
  lister,
  owned,
  namespace,
  name,
  signal,
}: DeploymentContext): Promise<RevisionSet[]> {
  const sets = cluster.resource(ReplicaSet).in(namespace);
  const selector = toLabelSelector(object.spec?.selector ?? {});
  const orphans = lister(ReplicaSet)
    .list({ namespace, labels: selector })
    .filter((set) => controllerOf(set) === undefined);
  const claimed = await claimObjects(object, [...owned(ReplicaSet), ...orphans], {
    matches: ({ metadata }) => selector.matches(metadata.labels),
    refresh: () => cluster.resource(Deployment).in(namespace).get(name, { signal }),
    patch: (set, patch) => sets.patch(set, patch, { signal }),
  });
  return claimed.map((set) => draftOf<Stored<ReplicaSet, 'Namespaced'>>(set));
}

/** Says in the condition `Progressing` that the rollout was paused or resumed. The deadline does not run meanwhile. */
async function notePause(rollout: Rollout): Promise<void> {
  const { deployment, now } = rollout;
  if (progressDeadlineMs(deployment) === undefined) return;
  const condition = findCondition(deployment.status?.conditions, 'Progressing');
  if (condition?.reason === TIMED_OUT) return;
  const isNoted = condition?.reason === 'DeploymentPaused';
  const isPaused = deployment.spec?.paused === true;
  if (isPaused === isNoted) return;
  const next = isPaused
    ? newCondition('Progressing', 'Unknown', 'DeploymentPaused', 'Deployment is paused', now)
    : newCondition('Progressing', 'Unknown', 'DeploymentResumed', 'Deployment is resumed', now);
  deployment.status ??= {};
  setCondition(deployment.status, next);
  await rollout.writeStatus(deployment.status);
}

/** A ReplicaSet without an owner may be adopted by a Deployment whose selector matches it. */
const orphanSets: Source = watched(ReplicaSet, ({ current }, { lister }) => {
  const { namespace, labels, ownerReferences } = current;
  if (ownerReferences.some(({ controller }) => controller === true)) return [];
  return lister(Deployment)
    .list({ namespace })
    .filter(({ spec }) => spec !== undefined && toLabelSelector(spec.selector).matches(labels))
    .map(({ metadata }) => `${namespace}/${metadata.name}`);
});

/** The last old pod that ends lets a Deployment of the strategy `Recreate` go on. */
const podsOfRecreated: Source = watched(
  Pod,
  ({ current, change }, { lister }) => {
    const owner = current.ownerReferences.find(({ controller }) => controller === true);
    if (change !== 'deleted' || owner?.kind !== 'ReplicaSet') return [];
    const set = lister(ReplicaSet).get(`${current.namespace}/${owner.name}`);
    const deployment =
      set === undefined ? undefined : deploymentOf(set, lister(Deployment).list({ namespace: current.namespace }));
    return deployment === undefined || isRolling(deployment)
      ? []
      : [`${current.namespace}/${deployment.metadata.name}`];
  },
  { indexes: { [BY_OWNER]: { owner: 'controller' } } },
);

function deploymentOf(
  set: Cached<ReplicaSet, 'Namespaced'>,
  deployments: readonly Cached<Deployment, 'Namespaced'>[],
): Cached<Deployment, 'Namespaced'> | undefined {
  return deployments.find((deployment) => isControlledBy(set, deployment));
}
