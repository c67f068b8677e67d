import {
  HorizontalPodAutoscaler,
  type HorizontalPodAutoscalerCondition,
  type MetricSpec,
  type MetricStatus,
  type MetricTarget,
  type MetricValueStatus,
} from '../../../../generated/autoscaling/v2.js';
import type { Pod } from '../../../../generated/core/v1.js';
import type { Lister } from '../../../cache/index.js';
import {
  canonicalQuantity,
  deepEqual,
  formatTime,
  parseLabelSelector,
  parseQuantity,
  type Quantity,
  type Stored,
} from '../../../meta/index.js';
import type { Cluster } from '../../../sdk/index.js';
import { faultMessage } from '../base/api-faults.js';
import type { ComponentEvents } from '../base/component-events.js';
import { draftOf } from '../base/draft.js';
import { readPodMetrics } from './pod-metrics.js';
import { isScaledToZero, proposeReplicas, type ReplicaProposal } from './replica-proposal.js';
import { ScaleHistory } from './scale-limits.js';
import { ScaleTarget } from './scale-target.js';

/** A HorizontalPodAutoscaler that a reconcile may change. */
export type AutoscalerDraft = Stored<HorizontalPodAutoscaler, 'Namespaced'>;

/** The change below which an autoscaler does nothing, as `--horizontal-pod-autoscaler-tolerance`. */
const TOLERANCE = 0.1;

/** The surroundings of one reconcile of an autoscaler. */
export interface AutoscalerControl {
  readonly cluster: Cluster;
  readonly pods: Lister<Pod, 'Namespaced'>;
  readonly events: ComponentEvents;
  readonly signal: AbortSignal;
  readonly now: number;
  /** The past of each autoscaler, by its uid. */
  readonly histories: Map<string, ScaleHistory>;
  /** The selectors of the autoscalers, by key. */
  readonly selectors: Map<string, string>;
}

interface MetricResult {
  readonly proposal: ReplicaProposal;
  readonly name: string;
  readonly status: MetricStatus;
}

/** One reconcile of a HorizontalPodAutoscaler. */
export class AutoscalerSync {
  readonly #scaler: AutoscalerDraft;
  readonly #before: unknown;
  readonly #control: AutoscalerControl;

  constructor(scaler: AutoscalerDraft, control: AutoscalerControl) {
    this.#before = draftOf<unknown>(scaler.status);
    scaler.status ??= { desiredReplicas: 0 };
    this.#scaler = scaler;
    this.#control = control;
  }

  async run(): Promise<void> {
    const { cluster, events, signal, now, histories } = this.#control;
    const { metadata, spec } = this.#scaler;
    const target = new ScaleTarget(cluster, spec.scaleTargetRef, metadata.namespace, signal);
    let scale: { readonly replicas: number; readonly selector: string };
    try {
      scale = await target.read();
    } catch (error) {
      const why = faultMessage(error);
      events.warning(this.#scaler, 'FailedGetScale', why);
      const message = `the HPA controller was unable to get the target's current scale: ${why}`;
      this.#set('AbleToScale', 'False', 'FailedGetScale', message);
      await this.#writeStatus();
      throw error;
    }
    this.#set(
      'AbleToScale',
      'True',
      'SucceededGetScale',
      "the HPA controller was able to get the target's current scale",
    );
    const current = scale.replicas;
    const history = histories.get(metadata.uid) ?? new ScaleHistory(current, now);
    histories.set(metadata.uid, history);
    const decision = await this.#decide(current, scale.selector, history);
    if (decision === undefined) return;
    const { replicas, reason, statuses } = decision;
    const isChange = replicas !== current;
    if (isChange) await this.#rescale(target, current, replicas, reason, statuses);
    if (isChange) history.changed(current, replicas, now);
    this.#setSizes(current, replicas, statuses);
    if (isChange && this.#scaler.status !== undefined) this.#scaler.status.lastScaleTime = formatTime(now);
    await this.#writeStatus();
  }

  /** Returns the wanted size, or undefined when the metrics are not known and the status says so. */
  async #decide(
    current: number,
    selector: string,
    history: ScaleHistory,
  ): Promise<{ replicas: number; reason: string; statuses: readonly MetricStatus[] } | undefined> {
    const { spec, status } = this.#scaler;
    const min = spec.minReplicas ?? 1;
    const fromZero = current === 0 && isScaledToZero(status?.conditions);
    if (current === 0 && !(fromZero && min !== 0)) {
      const message = 'scaling is disabled since the replica count of the target is zero';
      this.#set('ScalingActive', 'False', 'ScalingDisabled', message);
      return { replicas: 0, reason: '', statuses: [] };
    }
    if (current > spec.maxReplicas) {
      const reason = 'Current number of replicas above Spec.MaxReplicas';
      return { replicas: spec.maxReplicas, reason, statuses: [] };
    }
    if (current !== 0 && current < min) {
      return { replicas: min, reason: 'Current number of replicas below Spec.MinReplicas', statuses: [] };
    }
    const results = await this.#metricResults(current, selector);
    if (results === undefined) return undefined;
    const best = results.reduce((a, b) => (b.proposal.replicas > a.proposal.replicas ? b : a));
    const desired = best.proposal.replicas;
    const reason = desired > current ? `${best.name} above target` : 'All metrics below target';
    const { replicas, able, limited } = history.limit(spec, { current, desired, min, now: this.#control.now });
    this.#set('AbleToScale', 'True', able.reason, able.message);
    this.#set('ScalingLimited', limited.isLimited ? 'True' : 'False', limited.reason, limited.message);
    return { replicas, reason, statuses: results.map((one) => one.status) };
  }

  async #rescale(
    target: ScaleTarget,
    current: number,
    replicas: number,
    reason: string,
    statuses: readonly MetricStatus[],
  ): Promise<void> {
    const { events } = this.#control;
    try {
      await target.write(replicas);
    } catch (error) {
      const why = faultMessage(error);
      events.warning(this.#scaler, 'FailedRescale', `New size: ${replicas}; reason: ${reason}; error: ${why}`);
      const message = `the HPA controller was unable to update the target scale: ${why}`;
      this.#set('AbleToScale', 'False', 'FailedUpdateScale', message);
      this.#setSizes(current, this.#scaler.status?.desiredReplicas ?? 0, statuses);
      await this.#writeStatus();
      throw error;
    }
    const message = `the HPA controller was able to update the target scale to ${replicas}`;
    this.#set('AbleToScale', 'True', 'SucceededRescale', message);
    events.normal(this.#scaler, 'SuccessfulRescale', `New size: ${replicas}; reason: ${reason}`);
    const no = 'the HPA controller did not scale the workload to zero';
    this.#set('ScaledToZero', 'False', 'NotScaledToZero', no);
  }

  /** Computes every metric. Fails when none is known, or when one is unknown and the others ask for fewer pods. */
  async #metricResults(
    current: number,
    selector: string,
  ): Promise<readonly [MetricResult, ...MetricResult[]] | undefined> {
    const { events } = this.#control;
    const { metrics = [] } = this.#scaler.spec;
    const results: MetricResult[] = [];
    let first: { reason: string; message: string } | undefined;
    let invalid = 0;
    try {
      this.#checkSelector(selector);
      for (const metric of metrics) {
        try {
          results.push(await this.#metricResult(metric, current, selector));
        } catch (error) {
          invalid++;
          const reason = reasonOf(metric);
          events.warning(this.#scaler, reason, faultMessage(error));
          const message = `the HPA was unable to compute the replica count: ${faultMessage(error)}`;
          first ??= { reason, message };
        }
      }
    } catch (error) {
      // The selector is wrong: the condition says so already.
      await this.#fail(current, faultMessage(error));
      return undefined;
    }
    const [best, ...others] = results;
    const most = Math.max(0, ...results.map(({ proposal }) => proposal.replicas));
    if (best === undefined || (first !== undefined && most < current)) {
      const { reason = 'InvalidMetricSourceType', message = 'there are no metrics' } = first ?? {};
      this.#set('ScalingActive', 'False', reason, message);
      const why = message.replace('the HPA was unable to compute the replica count: ', '');
      await this.#fail(
        current,
        `invalid metrics (${invalid} invalid out of ${metrics.length}), first error is: ${why}`,
      );
      return undefined;
    }
    const { name } = results.reduce((a, b) => (b.proposal.replicas > a.proposal.replicas ? b : a));
    const message = `the HPA was able to successfully calculate a replica count from ${name}`;
    this.#set('ScalingActive', 'True', 'ValidMetricFound', message);
    return [best, ...others];
  }

  #checkSelector(selector: string): void {
    const { events, pods, selectors } = this.#control;
    const { name, namespace } = this.#scaler.metadata;
    if (selector === '') {
      events.warning(this.#scaler, 'SelectorRequired', 'selector is required');
      const message = "the HPA target's scale is missing a selector";
      this.#set('ScalingActive', 'False', 'InvalidSelector', message);
      throw new Error('selector is required');
    }
    const key = `${namespace}/${name}`;
    selectors.set(key, selector);
    const mine = pods.list({ namespace, labels: selector });
    const rivals = [...selectors].filter(([other, text]) => {
      if (other === key || !other.startsWith(`${namespace}/`)) return false;
      const parsed = parseLabelSelector(text);
      return mine.some((pod) => parsed.matches(pod.metadata.labels));
    });
    if (rivals.length === 0) return;
    const names = [key, ...rivals.map(([other]) => other)].sort().join(' ');
    const message = `pods by selector ${selector} are controlled by multiple HPAs: [${names}]`;
    events.warning(this.#scaler, 'AmbiguousSelector', message);
    this.#set('ScalingActive', 'False', 'AmbiguousSelector', message);
    throw new Error(message);
  }

  async #metricResult(metric: MetricSpec, current: number, selector: string): Promise<MetricResult> {
    const source = metric.resource ?? metric.containerResource;
    if (source === undefined)
      throw new Error(`metrics of the type ${metric.type} are not supported: only Resource and ContainerResource are`);
    const { cluster, pods, signal, now } = this.#control;
    const { namespace } = this.#scaler.metadata;
    const container = metric.containerResource?.container;
    const { name: resource, target } = source;
    const verb = container === undefined ? `failed to get ${resource}` : `failed to get ${container}`;
    try {
      const query = { namespace, selector, resource, container, signal };
      const metrics = await readPodMetrics(cluster, query).catch((error: unknown) => {
        throw new Error(`unable to get metrics for resource ${resource}: ${faultMessage(error)}`);
      });
      const goal = { resource, container, ...targetOf(target), tolerance: this.#tolerance() };
      const all = pods.list({ namespace, labels: selector });
      const proposal = proposeReplicas(current, all, metrics, goal, now);
      const value = shownValue(resource, proposal);
      const status: MetricStatus =
        container === undefined
          ? { type: 'Resource', resource: { name: resource, current: value } }
          : { type: 'ContainerResource', containerResource: { name: resource, container, current: value } };
      return { proposal, name: describe(resource, container, target), status };
    } catch (error) {
      const what = target.averageUtilization === undefined ? 'usage' : 'utilization';
      throw new Error(`${verb} ${what}: ${faultMessage(error)}`);
    }
  }

  #tolerance(): { readonly up: number; readonly down: number } {
    const { scaleUp, scaleDown } = this.#scaler.spec.behavior ?? {};
    const read = (tolerance: Quantity | undefined) =>
      tolerance === undefined ? TOLERANCE : parseQuantity(tolerance).toNumber();
    return { up: read(scaleUp?.tolerance), down: read(scaleDown?.tolerance) };
  }

  async #fail(current: number, message: string): Promise<void> {
    this.#setSizes(current, this.#scaler.status?.desiredReplicas ?? 0, []);
    await this.#writeStatus();
    this.#control.events.warning(this.#scaler, 'FailedComputeMetricsReplicas', message);
  }

  #setSizes(current: number, desired: number, currentMetrics: readonly MetricStatus[]): void {
    const { lastScaleTime, conditions } = this.#scaler.status ?? {};
    this.#scaler.status = {
      ...(current > 0 ? { currentReplicas: current } : {}),
      desiredReplicas: desired,
      ...(lastScaleTime === undefined ? {} : { lastScaleTime }),
      ...(currentMetrics.length > 0 ? { currentMetrics: [...currentMetrics] } : {}),
      ...(conditions === undefined ? {} : { conditions }),
    };
  }

  #set(type: string, status: string, reason: string, message: string): void {
    const conditions = this.#scaler.status?.conditions ?? [];
    const current = conditions.find((one) => one.type === type);
    const lastTransitionTime = current?.status === status ? current.lastTransitionTime : formatTime(this.#control.now);
    const next: HorizontalPodAutoscalerCondition = { type, status, reason, message, lastTransitionTime };
    const list = current === undefined ? [...conditions, next] : conditions.with(conditions.indexOf(current), next);
    if (this.#scaler.status !== undefined) this.#scaler.status.conditions = list;
  }

  async #writeStatus(): Promise<void> {
    if (deepEqual(this.#before, this.#scaler.status)) return;
    const { cluster, signal } = this.#control;
    const client = cluster.resource(HorizontalPodAutoscaler).in(this.#scaler.metadata.namespace);
    const { metadata } = await client.subresource('status').replace(this.#scaler, { signal });
    this.#scaler.metadata = metadata;
  }
}

function targetOf({ averageUtilization, averageValue }: MetricTarget): {
  utilization: number | undefined;
  average: number;
} {
  if (averageValue !== undefined)
    return { utilization: undefined, average: Number(parseQuantity(averageValue).milliValue()) };
  if (averageUtilization === undefined)
    throw new Error(
      'invalid resource metric source: neither an average utilization target nor an average value (usage) target was set',
    );
  return { utilization: averageUtilization, average: 0 };
}

function describe(resource: string, container: string | undefined, target: MetricTarget): string {
  if (target.averageValue !== undefined) return `${resource} resource`;
  return `${resource} ${container === undefined ? '' : 'container '}resource utilization (percentage of request)`;
}

function shownValue(resource: string, { utilization, average }: ReplicaProposal): MetricValueStatus {
  const bytes = average / 1000;
  const isBinary = resource === 'memory' && Number.isInteger(bytes) && bytes % 1024 === 0;
  return {
    ...(utilization === undefined ? {} : { averageUtilization: utilization }),
    averageValue: canonicalQuantity(isBinary ? `${bytes / 1024}Ki` : `${average}m`),
  };
}

function reasonOf({ type }: MetricSpec): string {
  return ['Object', 'Pods', 'Resource', 'ContainerResource', 'External'].includes(type)
    ? `FailedGet${type}Metric`
    : 'InvalidMetricSourceType';
}
