import { deepEqual, formatTime, labels, toLabelSelector } from '../../../meta/index.js';
import { faultMessage } from '../base/api-faults.js';
import { draftOf } from '../base/draft.js';
import { type CachedPod, isPodAvailable, isPodReady } from '../pods/pod-state.js';
import type { CachedReplicas, ReplicaCondition, ReplicaStatus } from './replica-rules.js';

const FAILURE = 'ReplicaFailure';

/** The facts that a status follows from. */
export interface ReplicaFacts {
  readonly activePods: readonly CachedPod[];
  /** The number of pods being deleted, where the kind counts them. */
  readonly terminating: number | undefined;
  /** The error of the last scaling, if it failed. */
  readonly error: unknown;
  readonly now: number;
}

/** Returns the status that the pods of an object give it. */
export function replicaStatus(object: CachedReplicas, facts: ReplicaFacts): ReplicaStatus {
  const { activePods, terminating, error, now } = facts;
  const { template, minReadySeconds = 0, replicas: wanted = 1 } = object.spec ?? {};
  const given = template?.metadata?.labels;
  const fullLabels = given === undefined ? labels : toLabelSelector(given);
  const ready = activePods.filter(isPodReady);
  const { conditions, ...before } = draftOf<ReplicaStatus>(object.status ?? { replicas: 0 });
  const kept = nextConditions(conditions ?? [], error, activePods.length - wanted, now);
  return {
    ...before,
    replicas: activePods.length,
    fullyLabeledReplicas: activePods.filter((pod) => fullLabels.matches(pod.metadata.labels)).length,
    readyReplicas: ready.length,
    availableReplicas: ready.filter((pod) => isPodAvailable(pod, minReadySeconds, now)).length,
    ...(terminating === undefined ? {} : { terminatingReplicas: terminating }),
    observedGeneration: object.metadata.generation,
    ...(kept.length === 0 ? {} : { conditions: kept }),
  };
}

/** Reports whether a status says the same as the stored one. Absent counts are zero. */
export function isSameStatus(object: CachedReplicas, status: ReplicaStatus): boolean {
  const { status: old = { replicas: 0 } } = object;
  return (
    old.replicas === status.replicas &&
    (old.fullyLabeledReplicas ?? 0) === status.fullyLabeledReplicas &&
    (old.readyReplicas ?? 0) === status.readyReplicas &&
    (old.availableReplicas ?? 0) === status.availableReplicas &&
    old.terminatingReplicas === status.terminatingReplicas &&
    old.observedGeneration === status.observedGeneration &&
    deepEqual(old.conditions, status.conditions)
  );
}

function nextConditions(
  conditions: readonly ReplicaCondition[],
  error: unknown,
  excess: number,
  now: number,
): ReplicaCondition[] {
  const failed = conditions.some(({ type }) => type === FAILURE);
  if (error === undefined) return conditions.filter(({ type }) => type !== FAILURE);
  if (failed) return [...conditions];
  const reason = excess < 0 ? 'FailedCreate' : excess > 0 ? 'FailedDelete' : '';
  return [
    ...conditions,
    { type: FAILURE, status: 'True', lastTransitionTime: formatTime(now), reason, message: faultMessage(error) },
  ];
}
