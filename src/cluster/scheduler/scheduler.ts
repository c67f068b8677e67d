import { InvalidRequestError } from '../../errors/index.js';
import type { Cluster } from '../../sdk/index.js';
import type { Metric } from '../../transport/index.js';
import { type Clock, systemClock } from '../../util/clock.js';
import { type Random, systemRandom } from '../../util/random.js';
import { SchedulerMetrics } from './scheduler-metrics.js';
import { SchedulerRun } from './scheduler-run.js';

/** Options of a scheduler. */
export interface SchedulerOptions {
  /** The scheduler takes care of the pods with this `spec.schedulerName`. Default `default-scheduler`. */
  readonly schedulerName?: string | undefined;
  /**
   * The percentage of the nodes that must fit a pod before the search stops. Default 0: between 50 and 5, the less the more nodes
   * there are.
   */
  readonly percentageOfNodesToScore?: number | undefined;
  /** Hears of requests that failed. The scheduler tries again by itself. */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** Where time comes from. Default: the system's clock. */
  readonly clock?: Clock | undefined;
  /** Where chance comes from, to choose between equally good nodes. Default: the system's. */
  readonly random?: Random | undefined;
}

/**
 * Assigns pods to nodes, as kube-scheduler does with its default configuration. Give it to a `Manager` as a runnable to have leader
 * election, health checks and metrics, or call `run`.
 */
export class Scheduler {
  /** The name in errors. */
  readonly name = 'scheduler';
  /** Only one scheduler at a time may assign pods. */
  readonly needsLeader = true;
  readonly #options: Required<{ [K in keyof SchedulerOptions]: NonNullable<SchedulerOptions[K]> }>;
  readonly #metrics = new SchedulerMetrics();

  /** Throws `InvalidRequestError` for a percentage that is not between 0 and 100. */
  constructor(options: SchedulerOptions = {}) {
    const { percentageOfNodesToScore: percentage = 0 } = options;
    if (!(percentage >= 0 && percentage <= 100)) {
      throw new InvalidRequestError(`\`percentageOfNodesToScore\` must be from 0 to 100, not ${percentage}`);
    }
    this.#options = {
      schedulerName: options.schedulerName ?? 'default-scheduler',
      percentageOfNodesToScore: percentage,
      onError: options.onError ?? (() => {}),
      clock: options.clock ?? systemClock,
      random: options.random ?? systemRandom,
    };
  }

  /** The metrics, with kube-scheduler's names. */
  get metrics(): readonly Metric[] {
    return this.#metrics.metrics;
  }

  /** Schedules pods until `signal` aborts. Resolves when the requests under way have ended. */
  async run({ cluster, signal }: { readonly cluster: Cluster; readonly signal: AbortSignal }): Promise<void> {
    await new SchedulerRun(cluster, this.#options, this.#metrics, signal).run();
  }
}
