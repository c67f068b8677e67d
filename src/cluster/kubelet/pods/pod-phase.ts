import type { ContainerStatus, Pod, PodStatus } from '../../../../generated/core/v1.js';
import type { DeepReadonly } from '../../../meta/index.js';
import { type ContainerRole, isSidecar, shouldRestart } from './restart-policy.js';

type Phase = NonNullable<PodStatus['phase']>;
type Statuses = ReadonlyMap<string, DeepReadonly<ContainerStatus>>;

/** Facts that the statuses of the containers do not tell. */
export interface PhaseFacts {
  /** True: no container of the pod will run again. */
  readonly terminal: boolean;
  /** True: a regular container has been started before. */
  readonly initialized: boolean;
}

/** Returns the phase that follows from the statuses of a pod's containers. */
export function podPhase(pod: DeepReadonly<Pod>, statuses: Statuses, facts: PhaseFacts): Phase {
  const initial = countInit(pod, statuses);
  if (initial.failed) return 'Failed';
  const main = countMain(pod, statuses);
  if (initial.pending || (main.sidecarsPending && !facts.initialized) || main.waiting > 0) return 'Pending';
  if (main.unknown > 0) return 'Pending';
  if (main.running > 0) return 'Running';
  if (main.stopped === 0) return 'Pending';
  if (!facts.terminal && main.restarting > 0) return 'Running';
  return main.stopped === main.succeeded ? 'Succeeded' : 'Failed';
}

function countInit(pod: DeepReadonly<Pod>, statuses: Statuses): { pending: boolean; failed: boolean } {
  let [pending, failed] = [false, false];
  for (const container of pod.spec?.initContainers ?? []) {
    if (isSidecar(container)) continue;
    const status = statuses.get(container.name);
    const ended = status?.state?.terminated ?? (status?.state?.waiting && status.lastState?.terminated);
    if (ended === undefined) pending = true;
    else if (ended.exitCode !== 0 && !shouldRestart(container, 'init', pod.spec?.restartPolicy, ended.exitCode)) {
      failed = true;
    }
  }
  return { pending, failed };
}

function countMain(pod: DeepReadonly<Pod>, statuses: Statuses) {
  const count = { running: 0, waiting: 0, stopped: 0, succeeded: 0, restarting: 0, unknown: 0, sidecarsPending: false };
  for (const container of pod.spec?.initContainers ?? []) {
    if (!isSidecar(container)) continue;
    const status = statuses.get(container.name);
    const state = status?.state;
    if (state?.running !== undefined) {
      count.running++;
      count.sidecarsPending ||= status?.started !== true;
    } else if (state?.terminated === undefined && status?.lastState?.terminated === undefined) {
      count.sidecarsPending = true;
      if (state?.waiting === undefined) count.unknown++;
      else count.waiting++;
    }
  }
  const role: ContainerRole = 'regular';
  for (const container of pod.spec?.containers ?? []) {
    const status = statuses.get(container.name);
    const state = status?.state;
    const ended = state?.terminated ?? (state?.waiting && status?.lastState?.terminated);
    if (state?.running !== undefined) count.running++;
    else if (ended !== undefined) {
      count.stopped++;
      if (state?.terminated?.exitCode === 0) count.succeeded++;
      if (shouldRestart(container, role, pod.spec?.restartPolicy, ended.exitCode)) count.restarting++;
    } else if (state?.waiting !== undefined) count.waiting++;
    else count.unknown++;
  }
  return count;
}
