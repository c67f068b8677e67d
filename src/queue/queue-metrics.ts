import { type Count, Counter, Gauge, Histogram, type Metric, type Observations } from '../util/metric.js';

/** The part of a queue that its metrics read. */
export interface MeasuredQueue {
  /** Items taken in that have not been handed out, those that wait until they are done first included. */
  readonly depth: number;
  /** Since when each item that is being worked on is, by the monotonic clock. */
  readonly startTimes: () => Iterable<number>;
  readonly now: () => number;
}

/** The metrics of one queue. */
export interface QueueSeries {
  readonly adds: Count;
  readonly retries: Count;
  readonly queueDuration: Observations;
  readonly workDuration: Observations;
}

/** client-go's buckets: ten nanoseconds to a thousand seconds. */
const SECONDS = Array.from({ length: 12 }, (_, power) => 10 ** (power - 8));

/**
 * The metrics of work queues, with the names and meanings of client-go's and one label, `name`. Give one to all queues that are to be
 * read together, and read `metrics`.
 */
export class WorkQueueMetrics {
  readonly #depth = new Gauge('workqueue_depth', 'Current depth of workqueue.');
  readonly #adds = new Counter('workqueue_adds_total', 'Total number of adds handled by workqueue.');
  readonly #queueDuration = new Histogram(
    'workqueue_queue_duration_seconds',
    'How long in seconds an item stays in workqueue before being requested.',
    SECONDS,
  );
  readonly #workDuration = new Histogram(
    'workqueue_work_duration_seconds',
    'How long in seconds processing an item from workqueue takes.',
    SECONDS,
  );
  readonly #unfinished = new Gauge(
    'workqueue_unfinished_work_seconds',
    'How many seconds of work has been done that is in progress and has not been observed by work_duration.',
  );
  readonly #longest = new Gauge(
    'workqueue_longest_running_processor_seconds',
    'How many seconds the longest running processor of workqueue has been running.',
  );
  readonly #retries = new Counter('workqueue_retries_total', 'Total number of retries handled by workqueue.');

  /** All of them, for `metricText` or a registry of `prom-client`. */
  get metrics(): readonly Metric[] {
    return [
      this.#depth,
      this.#adds,
      this.#queueDuration,
      this.#workDuration,
      this.#unfinished,
      this.#longest,
      this.#retries,
    ];
  }

  /** @internal Begins to measure a queue; `end` takes its gauges away again. */
  measure(name: string, queue: MeasuredQueue): QueueSeries & { readonly end: () => void } {
    const labels = { name };
    const ages = () => Array.from(queue.startTimes(), (start) => Math.max(0, queue.now() - start) / 1000);
    const ends = [
      this.#depth.from(labels, () => queue.depth),
      this.#unfinished.from(labels, () => ages().reduce((sum, age) => sum + age, 0)),
      this.#longest.from(labels, () => ages().reduce((most, age) => Math.max(most, age), 0)),
    ];
    return {
      adds: this.#adds.of(labels),
      retries: this.#retries.of(labels),
      queueDuration: this.#queueDuration.of(labels),
      workDuration: this.#workDuration.of(labels),
      end: () => {
        for (const end of ends) end();
      },
    };
  }
}
