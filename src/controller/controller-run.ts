import type { Informer } from '../cache/index.js';
import type { KubeObject, Scope } from '../meta/index.js';
import { callerOf } from '../sdk/cluster.js';
import type { Cluster } from '../sdk/index.js';
import { abortForMany, onAbort } from '../util/abort.js';
import type { Clock } from '../util/clock.js';
import { ControllerMetrics } from './controller-metrics.js';
import type { ControllerOptions } from './controller-options.js';
import { KeyQueue } from './key-queue.js';
import { SourceFollower } from './source-follower.js';
import { WatchedKinds } from './watched-kinds.js';
import { Worker } from './worker.js';

/** The surroundings of a run. */
export interface RunEnvironment {
  /** Where it is measured. Default: nowhere that anybody reads. */
  readonly metrics?: ControllerMetrics | undefined;
  /** Throws when nothing may be written any more: asked before every write of a reconcile. Default: everything may. */
  readonly check?: (() => void) | undefined;
}

/**
 * One run of a controller, from its start to its end: fills the caches, has the changes followed, and lets workers reconcile the keys.
 * `Worker` is what happens to one key.
 */
export class ControllerRun {
  /** The controller's. */
  readonly name: string;
  readonly #options: ControllerOptions<KubeObject, Scope>;
  readonly #clock: Clock;
  readonly #kinds: WatchedKinds;
  readonly #keys: KeyQueue;
  readonly #worker: Worker;
  /** Ends the reconciles that are under way. */
  readonly #cut = abortForMany();
  readonly #endings: (() => void)[];

  constructor(
    name: string,
    options: ControllerOptions<KubeObject, Scope>,
    cluster: Cluster,
    environment: RunEnvironment,
    onClose: () => void,
  ) {
    this.name = name;
    this.#options = options;
    this.#clock = callerOf(cluster).shared.clock;
    const metrics = environment.metrics ?? new ControllerMetrics();
    this.#kinds = new WatchedKinds(name, cluster, options);
    this.#keys = new KeyQueue({
      name,
      clock: this.#clock,
      metrics: metrics.queues,
      rateLimiter: options.rateLimiter?.(),
    });
    this.#worker = new Worker({
      name,
      options,
      cluster,
      kinds: this.#kinds,
      keys: this.#keys,
      clock: this.#clock,
      metrics,
      cut: this.#cut.signal,
      check: environment.check ?? (() => {}),
    });
    const labels = { controller: name };
    this.#endings = [
      onClose,
      metrics.concurrency.from(labels, () => options.concurrency ?? 1),
      metrics.active.from(labels, () => this.#worker.active),
    ];
  }

  /** Fills the caches. Resolves when the first whole state of every kind is there; rejects when that takes too long. */
  async warm(signal: AbortSignal): Promise<void> {
    const around = { name: this.name, options: this.#options, kinds: this.#kinds, keys: this.#keys };
    for (const watched of this.#kinds.all) new SourceFollower(watched, around).start();
    await this.#kinds.start(this.#clock, this.#options.cacheSyncTimeoutMs ?? 120_000, signal);
  }

  /**
   * Reconciles until `signal` aborts; then lets the reconciles under way finish, those of them that take longer than `shutdownTimeoutMs`
   * seeing their signal abort, and resolves when all have.
   */
  async run({
    signal,
    shutdownTimeoutMs = 25_000,
  }: {
    readonly signal: AbortSignal;
    readonly shutdownTimeoutMs?: number | undefined;
  }): Promise<void> {
    const workers = Array.from({ length: this.#options.concurrency ?? 1 }, () => this.#worker.run());
    const stopListening = onAbort(signal, () => this.stop());
    const deadline = new AbortController();
    const stopped = onAbort(signal, () => {
      const timer = this.#clock.setTimer(shutdownTimeoutMs, () => this.cut());
      onAbort(deadline.signal, () => timer.cancel());
    });
    try {
      await Promise.all(workers);
    } finally {
      this.stop();
      stopListening();
      stopped();
      deadline.abort();
    }
  }

  /** Begins no reconcile any more. */
  stop(): void {
    this.#keys.stop();
    this.#worker.stopWaiting();
  }

  /** Aborts the signals of reconciles that are under way. */
  cut(reason: unknown = new DOMException(`the controller ${this.name} was stopped`, 'AbortError')): void {
    this.stop();
    this.#cut.abort(reason);
  }

  /** Stops the informers, and is measured no more. */
  async close(): Promise<void> {
    this.stop();
    for (const end of this.#endings.splice(0)) end();
    await this.#kinds.stop();
  }

  /** Has a key reconciled, whether something changed or not; `why` is the reason it is told. */
  enqueue(key: string, why: string): void {
    this.#keys.add(key, { type: 'request', why });
  }

  /** The informers, by kind: for health and metrics. */
  get informers(): readonly { readonly kind: string; readonly informer: Informer<KubeObject, Scope> }[] {
    return this.#kinds.all.map(({ kind, informer }) => ({ kind: kind.kind, informer }));
  }

  /** The keys whose reconciles run now. */
  get running(): readonly string[] {
    return this.#worker.running;
  }
}
