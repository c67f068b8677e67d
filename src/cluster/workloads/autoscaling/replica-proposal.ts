import { findCondition, parseQuantity } from '../../../meta/index.js';
import { timeOf } from '../base/time-of.js';
import { type CachedPod, readyCondition } from '../pods/pod-state.js';
import type { PodMetric } from './pod-metrics.js';

/** A pod that started this recently may have been unready because it still started. */
const CPU_INITIALIZATION_MS = 300_000;
const INITIAL_READINESS_MS = 30_000;

/** The target of one resource metric. */
export interface MetricGoal {
  readonly resource: string;
  readonly container?: string | undefined;
  /** The wanted percentage of the request, or undefined for a wanted average. */
  readonly utilization?: number | undefined;
  /** The wanted average in thousandths, if there is not a percentage. */
  readonly average: number;
  readonly tolerance: { readonly up: number; readonly down: number };
}

/** The size that one metric asks for, and the values that the status shows. */
export interface ReplicaProposal {
  readonly replicas: number;
  readonly utilization: number | undefined;
  /** The present average in thousandths. */
  readonly average: number;
}

interface Groups {
  readonly ready: number;
  readonly unready: readonly string[];
  readonly missing: readonly string[];
}

/**
 * Returns the size that brings a resource to its target. Pods that are not ready, and pods without a metric, count so that they never
 * make the change larger than the measured pods alone would.
 */
export function proposeReplicas(
  current: number,
  pods: readonly CachedPod[],
  all: ReadonlyMap<string, PodMetric>,
  goal: MetricGoal,
  now: number,
): ReplicaProposal {
  if (pods.length === 0) throw new Error('no pods returned by selector while calculating replica count');
  const metrics = new Map(all);
  const groups = groupPods(pods, metrics, goal.resource, now);
  if (metrics.size === 0) throw new Error('did not receive metrics for targeted pods (pods might be unready)');
  const requests = goal.utilization === undefined ? undefined : requestsOf(pods, goal);
  const measured = usageOf(metrics, requests, goal);
  const { ratio } = measured;
  const result = (replicas: number): ReplicaProposal => ({
    replicas,
    utilization: measured.utilization,
    average: measured.average,
  });
  const countsUnready = groups.unready.length > 0 && ratio > 1;
  if (!countsUnready && groups.missing.length === 0)
    return result(isWithin(ratio, goal) ? current : Math.ceil(ratio * groups.ready));
  const assume = (name: string, value: number) => metrics.set(name, { value, time: 0, windowMs: 0 });
  for (const name of ratio === 1 ? [] : groups.missing) {
    const request = requests?.get(name) ?? 0;
    const full = goal.utilization === undefined ? goal.average : (request * Math.max(100, goal.utilization)) / 100;
    assume(name, ratio < 1 ? Math.floor(full) : 0);
  }
  if (countsUnready) for (const name of groups.unready) assume(name, 0);
  const { ratio: next } = usageOf(metrics, requests, goal);
  const turned = (ratio < 1 && next > 1) || (ratio > 1 && next < 1);
  const replicas = Math.ceil(next * metrics.size);
  const isBackwards = (next < 1 && replicas > current) || (next > 1 && replicas < current);
  return result(isWithin(next, goal) || turned || isBackwards ? current : replicas);
}

function isWithin(ratio: number, { tolerance }: MetricGoal): boolean {
  return 1 - tolerance.down <= ratio && ratio <= 1 + tolerance.up;
}

function usageOf(
  metrics: ReadonlyMap<string, PodMetric>,
  requests: ReadonlyMap<string, number> | undefined,
  goal: MetricGoal,
): { readonly ratio: number; readonly utilization: number | undefined; readonly average: number } {
  let used = 0;
  let requested = 0;
  let count = 0;
  for (const [name, { value }] of metrics) {
    const request = requests?.get(name);
    if (requests !== undefined && request === undefined) continue;
    used += value;
    requested += request ?? 0;
    count++;
  }
  if (requests === undefined || goal.utilization === undefined) {
    const average = Math.floor(used / count);
    return { ratio: average / goal.average, utilization: undefined, average };
  }
  if (requested === 0) throw new Error('no metrics returned matched known pods');
  const utilization = Math.floor((used * 100) / requested);
  return { ratio: utilization / goal.utilization, utilization, average: Math.floor(used / count) };
}

/** Takes the metrics of pods that do not count out of `metrics`. */
function groupPods(pods: readonly CachedPod[], metrics: Map<string, PodMetric>, resource: string, now: number): Groups {
  let ready = 0;
  const unready: string[] = [];
  const missing: string[] = [];
  for (const pod of pods) {
    const { name, deletionTimestamp } = pod.metadata;
    const metric = metrics.get(name);
    const { phase } = pod.status ?? {};
    if (deletionTimestamp !== undefined || phase === 'Failed') metrics.delete(name);
    else if (phase === 'Pending') unready.push(name);
    else if (metric === undefined) missing.push(name);
    else if (resource === 'cpu' && isStarting(pod, metric, now)) unready.push(name);
    else ready++;
  }
  for (const name of unready) metrics.delete(name);
  return { ready, unready, missing };
}

function isStarting(pod: CachedPod, metric: PodMetric, now: number): boolean {
  const condition = readyCondition(pod);
  const [started, changed] = [timeOf(pod.status?.startTime), timeOf(condition?.lastTransitionTime)];
  if (condition === undefined || started === undefined) return true;
  const isUnready = condition.status === 'False';
  if (started + CPU_INITIALIZATION_MS > now) return isUnready || metric.time < (changed ?? 0) + metric.windowMs;
  return isUnready && started + INITIAL_READINESS_MS > (changed ?? 0);
}

function requestsOf(pods: readonly CachedPod[], { resource, container }: MetricGoal): Map<string, number> {
  const requests = new Map<string, number>();
  for (const { metadata, spec } of pods) {
    const whole = container === undefined ? spec?.resources?.requests?.[resource] : undefined;
    const sidecars = (spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
    let sum = whole === undefined ? 0 : Number(parseQuantity(whole).milliValue());
    for (const one of whole === undefined ? [...(spec?.containers ?? []), ...sidecars] : []) {
      if (container !== undefined && one.name !== container) continue;
      const request = one.resources?.requests?.[resource];
      if (request === undefined)
        throw new Error(`missing request for ${resource} in container ${one.name} of Pod ${metadata.name}`);
      sum += Number(parseQuantity(request).milliValue());
    }
    requests.set(metadata.name, sum);
  }
  return requests;
}

/** Reports whether a condition of an autoscaler is true. */
export function isScaledToZero(
  conditions: readonly { readonly type: string; readonly status: string }[] | undefined,
): boolean {
  return findCondition(conditions, 'ScaledToZero')?.status === 'True';
}
