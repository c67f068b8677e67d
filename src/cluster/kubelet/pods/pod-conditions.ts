import type { ContainerStatus, Pod, PodCondition, PodStatus } from '../../../../generated/core/v1.js';
import type { DeepReadonly } from '../../../meta/index.js';
import { isSidecar } from './restart-policy.js';

type Statuses = ReadonlyMap<string, DeepReadonly<ContainerStatus>>;
type Verdict = Pick<PodCondition, 'status' | 'reason' | 'message'>;

/** The conditions that the kubelet writes. It leaves those of others alone. */
export const kubeletConditions: ReadonlySet<string> = new Set([
  'PodReadyToStartContainers',
  'Initialized',
  'Ready',
  'ContainersReady',
  'PodScheduled',
  'PodResizePending',
]);

/** The state of a pod that its conditions follow from. */
export interface ConditionFacts {
  readonly statuses: Statuses;
  readonly phase: PodStatus['phase'];
  /** True: the sandbox of the pod is there. */
  readonly sandboxReady: boolean;
  /** True: a regular container has been started before. */
  readonly initialized: boolean;
}

/** Returns the kubelet's conditions of a pod, without their times. */
export function podConditions(pod: DeepReadonly<Pod>, facts: ConditionFacts): (Verdict & { type: string })[] {
  const containersReady = containersReadyVerdict(pod, facts);
  return [
    { type: 'PodReadyToStartContainers', status: facts.sandboxReady ? 'True' : 'False' },
    { type: 'Initialized', ...initializedVerdict(pod, facts) },
    { type: 'Ready', ...readyVerdict(pod, containersReady) },
    { type: 'ContainersReady', ...containersReady },
    { type: 'PodScheduled', status: 'True' },
  ];
}

function initializedVerdict(pod: DeepReadonly<Pod>, { statuses, phase, initialized }: ConditionFacts): Verdict {
  const containers = pod.spec?.initContainers ?? [];
  const unknown = containers.filter(({ name }) => !statuses.has(name)).map(({ name }) => name);
  if (phase === 'Succeeded' && unknown.length === 0) return { status: 'True', reason: 'PodCompleted' };
  if (initialized) return { status: 'True' };
  const incomplete = containers
    .filter((container) => {
      const status = statuses.get(container.name);
      if (status === undefined) return false;
      return isSidecar(container) ? status.started !== true : !status.ready;
    })
    .map(({ name }) => name);
  const message = messageOf({ unknown, incomplete });
  return message === '' ? { status: 'True' } : { status: 'False', reason: 'ContainersNotInitialized', message };
}

function containersReadyVerdict(pod: DeepReadonly<Pod>, { statuses, phase }: ConditionFacts): Verdict {
  const containers = [...(pod.spec?.initContainers ?? []).filter(isSidecar), ...(pod.spec?.containers ?? [])];
  const unknown = containers.filter(({ name }) => !statuses.has(name)).map(({ name }) => name);
  if (phase === 'Succeeded' && unknown.length === 0) return { status: 'False', reason: 'PodCompleted' };
  if (phase === 'Failed') return { status: 'False', reason: 'PodFailed' };
  const unready = containers.filter(({ name }) => statuses.get(name)?.ready === false).map(({ name }) => name);
  const message = messageOf({ unknown, unready });
  return message === '' ? { status: 'True' } : { status: 'False', reason: 'ContainersNotReady', message };
}

function readyVerdict(pod: DeepReadonly<Pod>, containersReady: Verdict): Verdict {
  if (containersReady.status !== 'True') return containersReady;
  const messages = (pod.spec?.readinessGates ?? []).flatMap(({ conditionType }) => {
    const condition = pod.status?.conditions?.find(({ type }) => type === conditionType);
    if (condition === undefined) {
      return [`corresponding condition of pod readiness gate "${conditionType}" does not exist.`];
    }
    if (condition.status === 'True') return [];
    return [`the status of pod readiness gate "${conditionType}" is not "True", but ${condition.status}`];
  });
  if (messages.length === 0) return { status: 'True' };
  return { status: 'False', reason: 'ReadinessGatesNotReady', message: messages.join(', ') };
}

function messageOf(groups: {
  unknown: readonly string[];
  unready?: readonly string[];
  incomplete?: readonly string[];
}): string {
  const { unknown, unready = [], incomplete = [] } = groups;
  const parts = [
    unknown.length > 0 ? `containers with unknown status: [${unknown.join(' ')}]` : '',
    unready.length > 0 ? `containers with unready status: [${unready.join(' ')}]` : '',
    incomplete.length > 0 ? `containers with incomplete status: [${incomplete.join(' ')}]` : '',
  ];
  return parts.filter((part) => part !== '').join(', ');
}
