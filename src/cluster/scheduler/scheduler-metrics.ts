import { Counter, Gauge, Histogram, type Metric } from '../../util/metric.js';

const exponential = (start: number, factor: number, count: number) =>
  Array.from({ length: count }, (_, i) => start * factor ** i);

/** The metrics of a scheduler, with kube-scheduler's names and meanings. */
export class SchedulerMetrics {
  /** @internal */
  readonly attempts = new Counter(
    'scheduler_schedule_attempts_total',
    'The attempts to schedule a pod, by result: scheduled, unschedulable (no node fits) or error (of the scheduler).',
  );
  /** @internal */
  readonly attemptSeconds = new Histogram(
    'scheduler_scheduling_attempt_duration_seconds',
    'The seconds of one attempt, from the choice of the node to its binding.',
    exponential(0.001, 2, 15),
  );
  /** @internal */
  readonly algorithmSeconds = new Histogram(
    'scheduler_scheduling_algorithm_duration_seconds',
    'The seconds that the choice of a node takes.',
    exponential(0.001, 2, 15),
  );
  /** @internal */
  readonly podAttempts = new Histogram(
    'scheduler_pod_scheduling_attempts',
    'The attempts that a pod needed until it had a node.',
    exponential(1, 2, 5),
  );
  /** @internal */
  readonly podSeconds = new Histogram(
    'scheduler_pod_scheduling_sli_duration_seconds',
    'The seconds from the first time in the queue until a pod has a node, over all attempts.',
    exponential(0.01, 2, 20),
  );
  /** @internal */
  readonly incoming = new Counter(
    'scheduler_queue_incoming_pods_total',
    'The pods that entered a queue, by queue and event.',
  );
  /** @internal */
  readonly pending = new Gauge(
    'scheduler_pending_pods',
    'The waiting pods, by queue: active, backoff, unschedulable (no node fitted) or gated (held by scheduling gates).',
  );
  /** @internal */
  readonly cacheSize = new Gauge(
    'scheduler_cache_size',
    'The nodes and pods in the cache, and the pods whose binding is on its way.',
  );
  /** @internal */
  readonly preemptionAttempts = new Counter(
    'scheduler_preemption_attempts_total',
    'The attempts to make room for a pod by preemption.',
  );
  /** @internal */
  readonly victims = new Histogram(
    'scheduler_preemption_victims',
    'The pods that one preemption chose to evict.',
    exponential(1, 2, 7),
  );

  /** All of them, for a health server or a registry of `prom-client`. */
  get metrics(): readonly Metric[] {
    return [
      ...[this.attempts, this.attemptSeconds, this.algorithmSeconds, this.podAttempts, this.podSeconds],
      ...[this.incoming, this.pending, this.cacheSize, this.preemptionAttempts, this.victims],
    ];
  }
}
