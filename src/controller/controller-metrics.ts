import { WorkQueueMetrics } from '../queue/index.js';
import { Counter, Gauge, Histogram, type Metric } from '../util/metric.js';

/** controller-runtime's buckets for reconciles, in seconds. */
const SECONDS = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.25, 1.5, 1.75, 2,
  2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60,
];

/**
 * The metrics of controllers and their queues, with the names and meanings of controller-runtime's and client-go's. Give one to all
 * controllers that are to be read together; a `Manager` does.
 */
export class ControllerMetrics {
  /** Those of the queues. */
  readonly queues = new WorkQueueMetrics();
  /** @internal */
  readonly total = new Counter('controller_runtime_reconcile_total', 'Total number of reconciliations per controller');
  /** @internal */
  readonly errors = new Counter(
    'controller_runtime_reconcile_errors_total',
    'Total number of reconciliation errors per controller',
  );
  /** @internal */
  readonly terminalErrors = new Counter(
    'controller_runtime_terminal_reconcile_errors_total',
    'Total number of terminal reconciliation errors per controller',
  );
  /** @internal */
  readonly panics = new Counter(
    'controller_runtime_reconcile_panics_total',
    'Total number of reconciliation panics per controller: what was thrown is no Error',
  );
  /** @internal */
  readonly timeouts = new Counter(
    'controller_runtime_reconcile_timeouts_total',
    'Total number of reconciliation timeouts per controller',
  );
  /** @internal */
  readonly seconds = new Histogram(
    'controller_runtime_reconcile_time_seconds',
    'Length of time per reconciliation per controller',
    SECONDS,
  );
  /** @internal */
  readonly concurrency = new Gauge(
    'controller_runtime_max_concurrent_reconciles',
    'Maximum number of concurrent reconciles per controller',
  );
  /** @internal */
  readonly active = new Gauge('controller_runtime_active_workers', 'Number of currently used workers per controller');
  /** @internal */
  readonly fenceSeconds = new Histogram(
    'keelson_controller_fence_wait_seconds',
    'How long keys waited until the caches had seen what their reconcile wrote',
    SECONDS,
  );
  /** @internal */
  readonly fenceTimeouts = new Counter(
    'keelson_controller_fence_timeouts_total',
    'How often the caches had not seen the writes of a reconcile within the time set, and the key was let go',
  );

  /** All of them, for a registry of `prom-client`. */
  get metrics(): readonly Metric[] {
    return [
      ...this.queues.metrics,
      this.total,
      this.errors,
      this.terminalErrors,
      this.panics,
      this.timeouts,
      this.seconds,
      this.concurrency,
      this.active,
      this.fenceSeconds,
      this.fenceTimeouts,
    ];
  }
}
