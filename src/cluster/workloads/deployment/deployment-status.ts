import type { Deployment, DeploymentCondition, DeploymentStatus } from '../../../../generated/apps/v1.js';
import { findCondition, formatTime, type Stored } from '../../../meta/index.js';
import { timeOf } from '../base/time-of.js';
import { type RevisionSet, totalOf, totalSize, totalTerminating } from './replica-sets.js';
import { maxUnavailable, progressDeadlineMs, replicasOf } from './rollout-limits.js';

/** A Deployment that a reconcile may change. */
export type DeploymentDraft = Stored<Deployment, 'Namespaced'>;

/** The reason of the condition `Progressing` once the deadline has passed. */
export const TIMED_OUT = 'ProgressDeadlineExceeded';
const COMPLETE = 'NewReplicaSetAvailable';

/** Returns a condition that changes now. */
export function newCondition(
  type: string,
  status: string,
  reason: string,
  message: string,
  now: number,
): DeploymentCondition {
  const time = formatTime(now);
  return { type, status, lastUpdateTime: time, lastTransitionTime: time, reason, message };
}

/** Sets a condition. One with the same status and reason stays as it is, and its time of transition changes only with its status. */
export function setCondition(status: DeploymentStatus, condition: DeploymentCondition): void {
  const current = findCondition(status.conditions, condition.type);
  if (current?.status === condition.status && current.reason === condition.reason) return;
  const since = current?.status === condition.status ? current.lastTransitionTime : condition.lastTransitionTime;
  removeCondition(status, condition.type);
  status.conditions = [...(status.conditions ?? []), { ...condition, lastTransitionTime: since }];
}

function removeCondition(status: DeploymentStatus, type: string): void {
  status.conditions = status.conditions?.filter((condition) => condition.type !== type);
}

/** Returns the counts of a Deployment's status, with its conditions and `Available` up to date. */
export function deploymentStatus(
  deployment: DeploymentDraft,
  sets: readonly RevisionSet[],
  newSet: RevisionSet | undefined,
  now: number,
): DeploymentStatus {
  const availableReplicas = totalOf(sets, 'availableReplicas');
  const status: DeploymentStatus = {
    observedGeneration: deployment.metadata.generation,
    replicas: totalOf(sets, 'replicas'),
    updatedReplicas: newSet === undefined ? 0 : totalOf([newSet], 'replicas'),
    readyReplicas: totalOf(sets, 'readyReplicas'),
    availableReplicas,
    unavailableReplicas: Math.max(0, totalSize(sets) - availableReplicas),
    terminatingReplicas: totalTerminating(sets),
    collisionCount: deployment.status?.collisionCount,
    conditions: [...(deployment.status?.conditions ?? [])],
  };
  const enough = availableReplicas >= replicasOf(deployment) - maxUnavailable(deployment);
  setCondition(
    status,
    enough
      ? newCondition('Available', 'True', 'MinimumReplicasAvailable', 'Deployment has minimum availability.', now)
      : newCondition(
          'Available',
          'False',
          'MinimumReplicasUnavailable',
          'Deployment does not have minimum availability.',
          now,
        ),
  );
  return status;
}

/** Returns the status during a rollout: also `Progressing` and `ReplicaFailure`. */
export function rolloutStatus(
  deployment: DeploymentDraft,
  sets: readonly RevisionSet[],
  newSet: RevisionSet | undefined,
  now: number,
): DeploymentStatus {
  const status = deploymentStatus(deployment, sets, newSet, now);
  const current = findCondition(deployment.status?.conditions, 'Progressing');
  const isOver = status.replicas === status.updatedReplicas && current?.reason === COMPLETE;
  if (progressDeadlineMs(deployment) === undefined) removeCondition(status, 'Progressing');
  else if (!isOver) setProgress(deployment, status, newSet, now);
  const failure = replicaFailure(sets, newSet);
  if (failure === undefined) removeCondition(status, 'ReplicaFailure');
  else setCondition(status, failure);
  return status;
}

function setProgress(
  deployment: DeploymentDraft,
  status: DeploymentStatus,
  newSet: RevisionSet | undefined,
  now: number,
): void {
  const subject =
    newSet === undefined ? `Deployment "${deployment.metadata.name}"` : `ReplicaSet "${newSet.metadata.name}"`;
  const current = findCondition(deployment.status?.conditions, 'Progressing');
  if (isComplete(deployment, status)) {
    setCondition(status, newCondition('Progressing', 'True', COMPLETE, `${subject} has successfully progressed.`, now));
  } else if (hasProgressed(deployment.status ?? {}, status)) {
    const condition = newCondition('Progressing', 'True', 'ReplicaSetUpdated', `${subject} is progressing.`, now);
    // Every step of progress starts the deadline anew, so the condition is written even where its reason stays.
    if (current?.status === 'True') condition.lastTransitionTime = current.lastTransitionTime;
    removeCondition(status, 'Progressing');
    setCondition(status, condition);
  } else if (hasTimedOut(deployment, status, now)) {
    setCondition(status, newCondition('Progressing', 'False', TIMED_OUT, `${subject} has timed out progressing.`, now));
  }
}

/** Reports whether a status says that the rollout is over. */
export function isComplete(deployment: DeploymentDraft, status: DeploymentStatus): boolean {
  const replicas = replicasOf(deployment);
  return (
    (status.updatedReplicas ?? 0) === replicas &&
    (status.replicas ?? 0) === replicas &&
    (status.availableReplicas ?? 0) === replicas &&
    (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  );
}

function hasProgressed(old: DeploymentStatus, status: DeploymentStatus): boolean {
  const oldPods = ({ replicas = 0, updatedReplicas = 0 }: DeploymentStatus) => replicas - updatedReplicas;
  return (
    (status.updatedReplicas ?? 0) > (old.updatedReplicas ?? 0) ||
    oldPods(status) < oldPods(old) ||
    (status.readyReplicas ?? 0) > (old.readyReplicas ?? 0) ||
    (status.availableReplicas ?? 0) > (old.availableReplicas ?? 0)
  );
}

function hasTimedOut(deployment: DeploymentDraft, status: DeploymentStatus, now: number): boolean {
  const deadlineMs = progressDeadlineMs(deployment);
  const condition = findCondition(status.conditions, 'Progressing');
  if (deadlineMs === undefined || condition === undefined || condition.reason === COMPLETE) return false;
  if (condition.reason === TIMED_OUT) return true;
  const since = timeOf(condition.lastUpdateTime);
  return since !== undefined && since + deadlineMs < now;
}

/** Returns the milliseconds until a rollout without progress has to be looked at again, or undefined when it does not. */
export function untilTimedOut(deployment: DeploymentDraft, status: DeploymentStatus, now: number): number | undefined {
  const deadlineMs = progressDeadlineMs(deployment);
  const condition = findCondition(deployment.status?.conditions, 'Progressing');
  const since = timeOf(condition?.lastUpdateTime);
  if (deadlineMs === undefined || since === undefined) return undefined;
  if (isComplete(deployment, status) || condition?.reason === TIMED_OUT) return undefined;
  const after = since + deadlineMs - now;
  return after < 1000 ? 0 : after + 1000;
}

/** Returns the failure of a ReplicaSet to create or delete pods, as a condition of the Deployment. That of the newest one counts most. */
function replicaFailure(
  sets: readonly RevisionSet[],
  newSet: RevisionSet | undefined,
): DeploymentCondition | undefined {
  for (const { status } of newSet === undefined ? sets : [newSet, ...sets]) {
    const failure = findCondition(status?.conditions, 'ReplicaFailure');
    if (failure !== undefined) return { ...failure, lastUpdateTime: failure.lastTransitionTime };
  }
  return undefined;
}
