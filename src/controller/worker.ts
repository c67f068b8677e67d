import { setMaxListeners } from 'node:events';
import { InvalidRequestError, TimeoutError } from '../errors/index.js';
import type { KubeObject, Scope } from '../meta/index.js';
import { watchWrites } from '../sdk/cluster.js';
import type { Cluster } from '../sdk/index.js';
import { abortForMany, anySignal, deadlineSignal } from '../util/abort.js';
import type { Clock } from '../util/clock.js';
import type { ControllerMetrics } from './controller-metrics.js';
import type { ControllerOptions, Requeue } from './controller-options.js';
import { Fence } from './fence.js';
import type { KeyQueue } from './key-queue.js';
import { Context } from './reconcile-context.js';
import { reportFailure } from './report-failure.js';
import { TerminalError } from './terminal-error.js';
import type { WatchedKinds } from './watched-kinds.js';

/** The options of workers. */
export interface WorkerOptions {
  /** The controller's. */
  readonly name: string;
  readonly options: ControllerOptions<KubeObject, Scope>;
  readonly cluster: Cluster;
  readonly kinds: WatchedKinds;
  readonly keys: KeyQueue;
  readonly clock: Clock;
  readonly metrics: ControllerMetrics;
  /** Ends the reconciles under way. */
  readonly cut: AbortSignal;
  /** Throws when nothing may be written any more. */
  readonly check: () => void;
}

/**
 * Reconciles the keys of a queue, one after the other: calls the controller's `reconcile`, then sees to the next try and to the metrics.
 * Any number may `run` at once.
 */
export class Worker {
  readonly #options: WorkerOptions;
  readonly #running = new Set<string>();
  /** Ends waiting for caches. */
  readonly #ending = abortForMany();
  readonly #series;

  constructor(options: WorkerOptions) {
    this.#options = options;
    const { metrics, name: controller } = options;
    const result = (text: string) => metrics.total.of({ controller, result: text });
    this.#series = {
      success: result('success'),
      error: result('error'),
      requeue: result('requeue'),
      requeueAfter: result('requeue_after'),
      errors: metrics.errors.of({ controller }),
      terminalErrors: metrics.terminalErrors.of({ controller }),
      panics: metrics.panics.of({ controller }),
      timeouts: metrics.timeouts.of({ controller }),
      seconds: metrics.seconds.of({ controller }),
      fenceSeconds: metrics.fenceSeconds.of({ controller }),
      fenceTimeouts: metrics.fenceTimeouts.of({ controller }),
    };
  }

  /** The number of running reconciles. */
  get active(): number {
    return this.#running.size;
  }

  /** The keys that are being reconciled. */
  get running(): readonly string[] {
    return [...this.#running];
  }

  /** Works until the queue is stopped and the reconcile under way is over. */
  async run(): Promise<void> {
    const { keys } = this.#options;
    for (let key = await keys.next(); key !== undefined; key = await keys.next()) {
      const fence = await this.#reconcile(key);
      this.#release(key, fence);
    }
  }

  /** Lets go of keys that wait for caches. */
  stopWaiting(): void {
    this.#ending.abort(new DOMException('the controller was stopped', 'AbortError'));
  }

  async #reconcile(key: string): Promise<Fence> {
    const { options, cluster, kinds, keys, clock, cut, check } = this.#options;
    const { timeoutMs = 300_000 } = options;
    const reasons = keys.takeReasons(key);
    const held = kinds.hold(key);
    const fence = new Fence(cluster, clock, options.waitForOwnWrites === false ? [] : kinds.fenced, check);
    if (held === undefined && options.deleted === undefined) {
      keys.forget(key);
      return fence;
    }
    let timedOut = false;
    const makeReason = () => {
      timedOut = true;
      return new TimeoutError(`reconciling ${key} took longer than ${timeoutMs} ms`, { deadline: 'wait', timeoutMs });
    };
    const { signal, dispose } = Number.isFinite(timeoutMs)
      ? deadlineSignal(clock, timeoutMs, makeReason, cut)
      : anySignal(cut);
    // A reconcile may send as many requests at once as it likes.
    setMaxListeners(0, signal);
    const makeCluster = () => watchWrites(cluster, fence);
    const failures = keys.retries(key);
    const begun = clock.monotonic();
    this.#running.add(key);
    try {
      const context = new Context({ key, held, makeCluster, signal, reasons, failures, caches: kinds });
      // The decode boundary: the cache of this kind is taken to hold what the reconcile is declared for.
      const result = held === undefined ? options.deleted?.(context as never) : options.reconcile(context as never);
      this.#succeeded(key, (await result) as Requeue | undefined);
    } catch (error) {
      this.#failed(key, error);
    } finally {
      this.#running.delete(key);
      dispose();
      held?.release();
      if (timedOut) this.#series.timeouts.add();
      this.#series.seconds.observe((clock.monotonic() - begun) / 1000);
    }
    return fence;
  }

  /** Lets a key be handed out again once the caches have seen what its reconcile wrote. */
  #release(key: string, fence: Fence): void {
    const { keys, options, clock } = this.#options;
    const settled = fence.settle(options.ownWritesTimeoutMs ?? 10_000, this.#ending.signal);
    if (settled === undefined) {
      keys.done(key);
      return;
    }
    const begun = clock.monotonic();
    settled.then((seen) => {
      this.#series.fenceSeconds.observe((clock.monotonic() - begun) / 1000);
      if (!seen) this.#series.fenceTimeouts.add();
      keys.done(key);
    });
  }

  #succeeded(key: string, result: Requeue | undefined): void {
    const { keys } = this.#options;
    const afterMs = result?.requeueAfterMs;
    if (afterMs !== undefined && !(afterMs >= 0)) {
      throw new InvalidRequestError(
        `requeueAfterMs must be a number of milliseconds, 0 or more, not ${String(afterMs)}`,
      );
    }
    if (afterMs === 0) {
      keys.retry(key, { type: 'requeue' });
      this.#series.requeue.add();
      return;
    }
    keys.forget(key);
    if (afterMs === undefined || afterMs === Number.POSITIVE_INFINITY) {
      this.#series.success.add();
      return;
    }
    keys.later(key, afterMs, { type: 'requeue' });
    this.#series.requeueAfter.add();
  }

  #failed(key: string, error: unknown): void {
    const { keys, name, options, cut } = this.#options;
    // What fails because it was stopped did not fail by itself.
    if (cut.aborted) return;
    const retried = !(error instanceof TerminalError);
    const failures = keys.retries(key) + 1;
    this.#series.error.add();
    this.#series.errors.add();
    if (isPanic(error)) this.#series.panics.add();
    if (retried) {
      keys.retry(key, { type: 'retry', failures, error });
    } else {
      this.#series.terminalErrors.add();
      keys.forget(key);
    }
    reportFailure(options, error, { controller: name, key, failures, retried });
  }
}

/** Reports whether an error shows a bug in the program, where Go would panic. */
function isPanic(error: unknown): boolean {
  return !(error instanceof Error) || error instanceof TypeError || error instanceof ReferenceError;
}
