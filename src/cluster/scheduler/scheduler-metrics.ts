import { Counter, Gauge, Histogram, type Metric } from '../../util/metric.js';

const exponential = (start: number, factor: number, count: number) =>
  Array.from({ length: count }, (_, i) => start * factor ** i);

/** The metrics of a scheduler, with kube-scheduler's names and meanings. */
export class SchedulerMetrics {
  /** @internal */
  readonly attempts = new Counter(
    'scheduler_schedule_attempts_total',
    "Number of attempts to schedule pods, by the result. 'unschedulable' means a pod could not be scheduled, while 'error' means an internal scheduler problem.",
  );
  /** @internal */
  readonly attemptSeconds = new Histogram(
    'scheduler_scheduling_attempt_duration_seconds',
    'Scheduling attempt latency in seconds (scheduling algorithm + binding)',
    exponential(0.001, 2, 15),
  );
  /** @internal */
  readonly algorithmSeconds = new Histogram(
    'scheduler_scheduling_algorithm_duration_seconds',
    'Scheduling algorithm latency in seconds',
    exponential(0.001, 2, 15),
  );
  /** @internal */
  readonly podAttempts = new Histogram(
    'scheduler_pod_scheduling_attempts',
    'Number of attempts to successfully schedule a pod.',
    exponential(1, 2, 5),
  );
  /** @internal */
  readonly podSeconds = new Histogram(
    'scheduler_pod_scheduling_sli_duration_seconds',
    'E2e latency for a pod being scheduled, from the time the pod enters the scheduling queue and might involve multiple scheduling attempts.',
    exponential(0.01, 2, 20),
  );
  /** @internal */
  readonly incoming = new Counter(
    'scheduler_queue_incoming_pods_total',
    'Number of pods added to scheduling queues by event and queue type.',
  );
  /** @internal */
  readonly pending = new Gauge(
    'scheduler_pending_pods',
    "Number of pending pods, by the queue type. 'active' means number of pods in activeQ; 'backoff' means number of pods in backoffQ; 'unschedulable' means number of pods in unschedulableQ that the scheduler attempted to schedule and failed; 'gated' is the number of unschedulable pods that the scheduler never attempted to schedule because they are gated.",
  );
  /** @internal */
  readonly cacheSize = new Gauge(
    'scheduler_cache_size',
    'Number of nodes, pods, and assumed (bound) pods in the scheduler cache.',
  );
  /** @internal */
  readonly preemptionAttempts = new Counter(
    'scheduler_preemption_attempts_total',
    'Total preemption attempts in the cluster till now',
  );
  /** @internal */
  readonly victims = new Histogram(
    'scheduler_preemption_victims',
    'Number of selected preemption victims',
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
