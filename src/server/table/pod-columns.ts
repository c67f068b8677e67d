import { fieldsOf, listOf, numberOf, objectsOf, textOf } from '../fields.js';
import type { JsonObject } from '../patch/json-value.js';
import type { ServerObject } from '../registry/stored.js';
import { ageText } from './age.js';
import { ageColumn, type Column, field, nameColumn, none, orNone, text, wide } from './column.js';

/** The columns of pods. */
export const podColumns: readonly Column[] = [
  nameColumn,
  text('Ready', readyText, 'How many containers are ready, of how many.'),
  text('Status', statusText, 'What the pod is at, all things considered.'),
  text('Restarts', restartsText, 'How often containers have been restarted, and when last.'),
  ageColumn,
  wide(text('IP', (pod) => orNone(podAddress(pod)), 'Address of the pod.')),
  wide(text('Node', (pod) => orNone(field('spec', 'nodeName')(pod)), 'Node the pod is on.')),
  wide(text('Nominated Node', (pod) => orNone(field('status', 'nominatedNodeName')(pod)), 'Node the pod waits for.')),
  wide(text('Readiness Gates', gatesText, 'How many readiness gates are met, of how many.')),
];

function podAddress({ status }: ServerObject): string {
  const [first] = objectsOf(fieldsOf(status).podIPs);
  return textOf(first?.ip) || textOf(fieldsOf(status).podIP);
}

/** Sidecars: init containers that go on running beside the others. */
function sidecars(pod: ServerObject): Set<unknown> {
  const containers = objectsOf(fieldsOf(pod.spec).initContainers);
  return new Set(containers.filter(({ restartPolicy }) => restartPolicy === 'Always').map(({ name }) => name));
}

function readyText(pod: ServerObject): string {
  const status = fieldsOf(pod.status);
  const beside = sidecars(pod);
  const total = objectsOf(fieldsOf(pod.spec).containers).length + beside.size;
  const ready =
    objectsOf(status.containerStatuses).filter((one) => one.ready === true && fieldsOf(one.state).running !== undefined)
      .length +
    objectsOf(status.initContainerStatuses).filter(
      (one) => beside.has(one.name) && one.started === true && one.ready === true,
    ).length;
  return `${ready}/${total}`;
}

function statusText(pod: ServerObject): string {
  const status = fieldsOf(pod.status);
  const scheduled = objectsOf(status.conditions).find(({ type }) => type === 'PodScheduled');
  let reason = textOf(status.reason) || textOf(status.phase) || 'Unknown';
  if (scheduled?.reason === 'SchedulingGated') reason = 'SchedulingGated';
  const initializing = initReason(pod);
  if (initializing !== undefined) reason = initializing;
  else reason = containerReason(pod, status, reason);
  if (pod.metadata.deletionTimestamp === undefined) return reason;
  return textOf(status.reason) === 'NodeLost' ? 'Unknown' : 'Terminating';
}

/** What the first init container that is not done is at. */
function initReason(pod: ServerObject): string | undefined {
  const beside = sidecars(pod);
  const statuses = objectsOf(fieldsOf(pod.status).initContainerStatuses);
  for (const [index, one] of statuses.entries()) {
    const { terminated, waiting } = fieldsOf(one.state);
    const ended = fieldsOf(terminated);
    if (terminated !== undefined && ended.exitCode === 0) continue;
    if (beside.has(one.name) && one.started === true) continue;
    if (terminated !== undefined) return `Init:${endReason(ended)}`;
    const why = textOf(fieldsOf(waiting).reason);
    if (why !== '' && why !== 'PodInitializing') return `Init:${why}`;
    return `Init:${index}/${objectsOf(fieldsOf(pod.spec).initContainers).length}`;
  }
  return undefined;
}

function containerReason(_pod: ServerObject, status: JsonObject, start: string): string {
  let reason = start;
  let running = false;
  for (const one of objectsOf(status.containerStatuses).reverse()) {
    const { waiting, terminated, running: runs } = fieldsOf(one.state);
    const why = textOf(fieldsOf(waiting).reason);
    if (why !== '') reason = why;
    else if (terminated !== undefined) reason = endReason(fieldsOf(terminated));
    else if (one.ready === true && runs !== undefined) running = true;
  }
  if (reason === 'Completed' && running) {
    const ready = objectsOf(status.conditions).some((one) => one.type === 'Ready' && one.status === 'True');
    return ready ? 'Running' : 'NotReady';
  }
  return reason;
}

function endReason(ended: JsonObject): string {
  const reason = textOf(ended.reason);
  if (reason !== '') return reason;
  const signal = numberOf(ended.signal) ?? 0;
  return signal !== 0 ? `Signal:${signal}` : `ExitCode:${numberOf(ended.exitCode) ?? 0}`;
}

function restartsText(pod: ServerObject, now: number): string {
  const status = fieldsOf(pod.status);
  const beside = sidecars(pod);
  const init = objectsOf(status.initContainerStatuses);
  const counted =
    initReason(pod) === undefined
      ? [...objectsOf(status.containerStatuses), ...init.filter((one) => beside.has(one.name))]
      : init;
  let restarts = 0;
  let last = '';
  for (const one of counted) {
    restarts += numberOf(one.restartCount) ?? 0;
    const finished = textOf(fieldsOf(fieldsOf(one.lastState).terminated).finishedAt);
    if (finished > last) last = finished;
  }
  return restarts === 0 || last === '' ? String(restarts) : `${restarts} (${ageText(last, now)} ago)`;
}

function gatesText(pod: ServerObject): string {
  const gates = objectsOf(fieldsOf(pod.spec).readinessGates);
  if (gates.length === 0) return none;
  const conditions = objectsOf(fieldsOf(pod.status).conditions);
  const met = gates.filter((gate) =>
    conditions.some((one) => one.type === gate.conditionType && one.status === 'True'),
  );
  return `${met.length}/${listOf(gates).length}`;
}
