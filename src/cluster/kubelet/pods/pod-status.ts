import type { ContainerStatus, Pod, PodCondition, PodStatus } from '../../../../generated/core/v1.js';
import { type DeepReadonly, findCondition, formatTime } from '../../../meta/index.js';
import type { ContainerRunner } from './container-runner.js';
import type { PendingResize } from './pod-allocation.js';
import { kubeletConditions, podConditions } from './pod-conditions.js';
import { podPhase } from './pod-phase.js';

/** The state of a pod on this node, which its status follows from. */
export interface PodFacts {
  readonly runners: readonly ContainerRunner[];
  readonly hostIPs: readonly string[];
  readonly podIPs: readonly string[];
  readonly startTime: number;
  readonly sandboxReady: boolean;
  /** True: no container of the pod will run again. */
  readonly terminal: boolean;
  /** The kubelet itself has failed the pod. */
  readonly failure?: { readonly reason: string; readonly message: string } | undefined;
  /** The resize that the node could not grant yet. */
  readonly pendingResize?: PendingResize | undefined;
  readonly now: number;
}

/** Returns the status of a pod. `before` is the status that the kubelet wrote last, or found. */
export function podStatus(pod: DeepReadonly<Pod>, before: DeepReadonly<PodStatus>, facts: PodFacts): PodStatus {
  const { runners, hostIPs, podIPs, failure, now } = facts;
  const statuses = new Map(
    runners.filter(({ role }) => role !== 'ephemeral').map((one) => [one.spec.name, statusOf(one)]),
  );
  const initialized = runners.some(({ role, everStarted }) => role === 'regular' && everStarted);
  const phase = failure === undefined ? podPhase(pod, statuses, { terminal: facts.terminal, initialized }) : 'Failed';
  const generation = pod.metadata?.generation;
  const own = podConditions(pod, { statuses, phase, sandboxReady: facts.sandboxReady, initialized });
  if (facts.pendingResize !== undefined) own.push({ type: 'PodResizePending', status: 'True', ...facts.pendingResize });
  const conditions = own.map((condition): PodCondition => {
    const last = findCondition(before.conditions, condition.type);
    const since = last?.status === condition.status ? last.lastTransitionTime : undefined;
    return {
      type: condition.type,
      status: condition.status,
      ...(generation === undefined ? {} : { observedGeneration: generation }),
      ...(condition.reason === undefined ? {} : { reason: condition.reason }),
      ...(condition.message === undefined ? {} : { message: condition.message }),
      lastTransitionTime: since ?? formatTime(now),
    };
  });
  const others = (pod.status?.conditions ?? []).filter(({ type }) => !kubeletConditions.has(type));
  const list = (roles: readonly string[]) =>
    runners.filter(({ role }) => roles.includes(role)).map((runner) => statusOf(runner));
  const initial = list(['init', 'sidecar']);
  const ephemeral = list(['ephemeral']);
  const [hostIP] = hostIPs;
  const [podIP] = podIPs;
  return {
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    phase,
    ...(failure ?? {}),
    conditions: [...others.map((condition) => ({ ...condition })), ...conditions],
    ...(hostIP === undefined ? {} : { hostIP, hostIPs: hostIPs.map((ip) => ({ ip })) }),
    ...(podIP === undefined ? {} : { podIP, podIPs: podIPs.map((ip) => ({ ip })) }),
    startTime: formatTime(facts.startTime),
    ...(initial.length === 0 ? {} : { initContainerStatuses: initial }),
    containerStatuses: list(['regular']).sort((a, b) => (a.name < b.name ? -1 : 1)),
    ...(ephemeral.length === 0 ? {} : { ephemeralContainerStatuses: ephemeral }),
    qosClass: pod.status?.qosClass,
  };
}

/** Returns the status of one container. */
function statusOf(runner: ContainerRunner): ContainerStatus {
  const { spec, state, lastState, ready, started, restartCount, containerID, image } = runner;
  const mounts = (spec.volumeMounts ?? []).map(({ name, mountPath, readOnly, recursiveReadOnly }) => ({
    name,
    mountPath,
    ...(readOnly === true ? { readOnly, recursiveReadOnly: recursiveReadOnly ?? 'Disabled' } : {}),
  }));
  const running = state.running !== undefined;
  const resources = structuredClone(spec.resources ?? {}) as NonNullable<ContainerStatus['resources']>;
  return {
    name: spec.name,
    state,
    lastState,
    ready,
    started,
    restartCount,
    image: spec.image ?? '',
    imageID: image.id,
    ...(containerID === '' || state.waiting?.reason === 'ContainerCreating' ? {} : { containerID }),
    ...(running && resources.requests !== undefined ? { allocatedResources: resources.requests } : {}),
    ...(runner.role === 'ephemeral' || !runner.everStarted ? {} : { resources }),
    ...(mounts.length === 0 ? {} : { volumeMounts: mounts }),
  };
}
