import type { ContainerStatus, Pod } from '../../../../../generated/core/v1.js';
import { compareTimes } from '../../../../meta/index.js';
import type { Column } from '../../../object/column.js';
import { columnsFor, nameColumn } from '../../../table/common-columns.js';
import { ageColumn, orNone, since } from '../../../table/format.js';

/** The summary of a pod's containers, in the words that `kubectl get pods` uses. */
interface PodSummary {
  status: string;
  ready: number;
  total: number;
  restarts: number;
  lastRestart: string | undefined;
}

/** A pod's state in a word: that of the container that tells most, the last one first; of the init containers while they run. */
function summarize(pod: Pod): PodSummary {
  const { spec, status, metadata } = pod;
  const phase = status?.phase ?? '';
  const sidecars = new Set(
    (spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always').map(({ name }) => name),
  );
  const gated = status?.conditions?.some(({ type, reason }) => type === 'PodScheduled' && reason === 'SchedulingGated');
  const summary: PodSummary = {
    status: gated ? 'SchedulingGated' : status?.reason || phase,
    ready: 0,
    total: (spec?.containers.length ?? 0) + sidecars.size,
    restarts: 0,
    lastRestart: undefined,
  };
  const initializing = addInitContainers(summary, pod, sidecars);
  const initialized = status?.conditions?.some((each) => each.type === 'Initialized' && each.status === 'True');
  if (!initializing || initialized) addContainers(summary, pod, sidecars);

  if (metadata?.deletionTimestamp) {
    if (status?.reason === 'NodeLost') summary.status = 'Unknown';
    else if (phase !== 'Succeeded' && phase !== 'Failed') summary.status = 'Terminating';
  }
  return summary;
}

/** Counts restarts and says how far initialization got; true while it is not over. */
function addInitContainers(summary: PodSummary, { spec, status }: Pod, sidecars: ReadonlySet<string>): boolean {
  const planned = spec?.initContainers?.length ?? 0;
  for (const [index, container] of (status?.initContainerStatuses ?? []).entries()) {
    addRestarts(summary, container);
    const { terminated, waiting } = container.state ?? {};
    if (terminated !== undefined && (terminated.exitCode ?? 0) === 0) continue;
    if (sidecars.has(container.name) && container.started) {
      if (container.ready) summary.ready++;
      continue;
    }
    if (terminated !== undefined) summary.status = `Init:${endOf(terminated)}`;
    else if (waiting?.reason && waiting.reason !== 'PodInitializing') summary.status = `Init:${waiting.reason}`;
    else summary.status = `Init:${index}/${planned}`;
    return true;
  }
  return false;
}

/** Counts ready containers and restarts. Restarts of init containers that are done do not count any more. */
function addContainers(summary: PodSummary, { status }: Pod, sidecars: ReadonlySet<string>): void {
  summary.restarts = 0;
  summary.lastRestart = undefined;
  for (const container of status?.initContainerStatuses ?? []) {
    if (sidecars.has(container.name)) addRestarts(summary, container);
  }
  let running = false;
  let failure = '';
  for (const container of [...(status?.containerStatuses ?? [])].reverse()) {
    addRestarts(summary, container);
    const { terminated, waiting } = container.state ?? {};
    if (waiting?.reason) summary.status = waiting.reason;
    else if (terminated !== undefined) {
      summary.status = endOf(terminated);
      if ((terminated.exitCode ?? 0) !== 0) failure = summary.status;
    } else if (container.ready && container.state?.running !== undefined) {
      running = true;
      summary.ready++;
    }
  }
  if (summary.status !== 'Completed') return;
  const ready = status?.conditions?.some((each) => each.type === 'Ready' && each.status === 'True');
  if (running && ready) summary.status = 'Running';
  else if (failure !== '') summary.status = failure;
  else if (running) summary.status = 'NotReady';
}

function endOf({
  reason,
  signal,
  exitCode,
}: {
  reason?: string | undefined;
  signal?: number | undefined;
  exitCode?: number | undefined;
}): string {
  if (reason) return reason;
  return signal ? `Signal:${signal}` : `ExitCode:${exitCode ?? 0}`;
}

function addRestarts(summary: PodSummary, { restartCount, lastState }: ContainerStatus): void {
  summary.restarts += restartCount ?? 0;
  const ended = lastState?.terminated?.finishedAt;
  if (ended && (summary.lastRestart === undefined || compareTimes(ended, summary.lastRestart) > 0))
    summary.lastRestart = ended;
}

function readinessGates({ spec, status }: Pod): string {
  const gates = spec?.readinessGates ?? [];
  if (gates.length === 0) return '<none>';
  const open = gates.filter(
    ({ conditionType }) => status?.conditions?.find(({ type }) => type === conditionType)?.status === 'True',
  );
  return `${open.length}/${gates.length}`;
}

const { text, wide } = columnsFor<Pod>();

export const podColumns: readonly Column[] = [
  nameColumn,
  text('Ready', 'Containers that are ready, of all there are.', (pod) => {
    const { ready, total } = summarize(pod);
    return `${ready}/${total}`;
  }),
  text('Status', 'State of the pod and its containers in a word.', (pod) => summarize(pod).status),
  text('Restarts', 'How often containers were started again, and when last.', (pod, now) => {
    const { restarts, lastRestart } = summarize(pod);
    return restarts === 0 || lastRestart === undefined
      ? String(restarts)
      : `${restarts} (${since(lastRestart, now)} ago)`;
  }),
  ageColumn,
  wide('IP', 'Address of the pod.', ({ status }) => orNone(status?.podIPs?.[0]?.ip)),
  wide('Node', 'Node the pod runs on.', ({ spec }) => orNone(spec?.nodeName)),
  wide('Nominated Node', 'Node kept free for the pod by preemption.', ({ status }) =>
    orNone(status?.nominatedNodeName),
  ),
  wide('Readiness Gates', 'Readiness gates that are met, of all there are.', readinessGates),
];

/** A row of a pod that has ended says so, which lets a client grey it out. */
export function podRowConditions({ status }: Pod): object[] | undefined {
  const phase = status?.phase;
  if (phase !== 'Succeeded' && phase !== 'Failed') return undefined;
  const message = phase === 'Succeeded' ? 'All containers ended well.' : 'A container failed.';
  return [{ type: 'Completed', status: 'True', reason: phase, message }];
}
