import { setMaxListeners } from 'node:events';
import type { Cluster } from '../cache/index.js';
import { InvalidRequestError, TimeoutError } from '../errors/index.js';
import type { WorkQueue } from '../queue/index.js';
import { abortForMany, anySignal, deadlineSignal } from '../util/abort.js';
import type { Clock } from '../util/clock.js';
import type { ControllerMetrics } from './controller-metrics.js';
import type { ReconcileFailure, Requeue } from './controller-options.js';
import type { Fence } from './fence.js';
import type { Reason, Reasons } from './reason.js';
import { Context, type ContextParts, type HeldObject } from './reconcile-context.js';
import { TerminalError } from './terminal-error.js';

/** The options of workers. */
export interface WorkerOptions extends Pick<ContextParts, 'lister' | 'ownedBy'> {
  /** The controller's. */
  readonly name: string;
  readonly queue: WorkQueue<string>;
  readonly reasons: Reasons;
  readonly clock: Clock;
  readonly metrics: ControllerMetrics;
  /** Ends the reconciles under way. */
  readonly cut: AbortSignal;
  readonly timeoutMs: number;
  readonly ownWritesTimeoutMs: number;
  readonly reconcile: (context: Context) => unknown;
  readonly deleted: ((context: Context) => unknown) | undefined;
  /** Holds the present version of an object, if there is one. */
  readonly hold: (key: string) => HeldObject | undefined;
  readonly newFence: () => Fence;
  readonly clusterFor: (fence: Fence) => Cluster;
  readonly onError: (error: unknown, failure: ReconcileFailure) => void;
}

/** Takes keys from the queue, has them reconciled, and does what comes of it. Any number may `run` at once. */
export class Worker {
  readonly #options: WorkerOptions;
  readonly #running = new Set<string>();
  /** Why a key waits for its time, by key. */
  readonly #planned = new Map<string, Reason>();
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

  /** Works until the queue is shut down and the reconcile under way is over. */
  async run(): Promise<void> {
    const { queue } = this.#options;
    for (let key = await queue.get(); key !== undefined; key = await queue.get()) {
      const fence = await this.#reconcile(key);
      this.#release(key, fence);
    }
  }

  /** Lets go of keys that wait for caches. */
  stopWaiting(): void {
    this.#ending.abort(new DOMException('the controller was stopped', 'AbortError'));
  }

  async #reconcile(key: string): Promise<Fence> {
    const { queue, clock, cut, timeoutMs, lister, ownedBy, clusterFor, newFence } = this.#options;
    const reasons = this.#takeReasons(key);
    const held = this.#options.hold(key);
    const act = held === undefined ? this.#options.deleted : this.#options.reconcile;
    const fence = newFence();
    if (act === undefined) {
      queue.forget(key);
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
    const makeCluster = () => clusterFor(fence);
    const failures = queue.requeues(key);
    const begun = clock.monotonic();
    this.#running.add(key);
    try {
      const context = new Context({ key, held, makeCluster, signal, reasons, failures, lister, ownedBy });
      this.#succeeded(key, (await act(context)) as Requeue | undefined);
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

  /** The key may be handed out again, once the caches have seen what was written. */
  #release(key: string, fence: Fence): void {
    const { queue, ownWritesTimeoutMs, clock } = this.#options;
    const settled = fence.settle(ownWritesTimeoutMs, this.#ending.signal);
    if (settled === undefined) {
      queue.done(key);
      return;
    }
    const begun = clock.monotonic();
    settled.then((seen) => {
      this.#series.fenceSeconds.observe((clock.monotonic() - begun) / 1000);
      if (!seen) this.#series.fenceTimeouts.add();
      queue.done(key);
    });
  }

  #takeReasons(key: string): readonly Reason[] {
    const { queue, reasons } = this.#options;
    const planned = this.#planned.get(key);
    this.#planned.delete(key);
    // This reconcile says anew when the next one is to be. If the key still waited for its time, that is not why it runs.
    const early = queue.cancelDelayed(key);
    if (planned !== undefined && !early) reasons.add(key, planned);
    return reasons.take(key);
  }

  #succeeded(key: string, result: Requeue | undefined): void {
    const { queue } = this.#options;
    const afterMs = result?.requeueAfterMs;
    if (afterMs !== undefined && !(afterMs >= 0)) {
      throw new InvalidRequestError(
        `requeueAfterMs must be a number of milliseconds, 0 or more, not ${String(afterMs)}`,
      );
    }
    if (afterMs === 0) {
      this.#planned.set(key, { type: 'requeue' });
      queue.addRateLimited(key);
      this.#series.requeue.add();
      return;
    }
    queue.forget(key);
    if (afterMs === undefined || afterMs === Number.POSITIVE_INFINITY) {
      this.#series.success.add();
      return;
    }
    this.#planned.set(key, { type: 'requeue' });
    queue.addAfter(key, afterMs);
    this.#series.requeueAfter.add();
  }

  #failed(key: string, error: unknown): void {
    const { queue, name, onError, cut } = this.#options;
    // What fails because it was stopped did not fail by itself.
    if (cut.aborted) return;
    const retried = !(error instanceof TerminalError);
    const failures = queue.requeues(key) + 1;
    this.#series.error.add();
    this.#series.errors.add();
    if (isPanic(error)) this.#series.panics.add();
    if (retried) {
      this.#planned.set(key, { type: 'retry', failures, error });
      queue.addRateLimited(key);
    } else {
      this.#series.terminalErrors.add();
      queue.forget(key);
    }
    onError(error, { controller: name, key, failures, retried });
  }
}

/** Reports whether an error shows a bug in the program, where Go would panic. */
function isPanic(error: unknown): boolean {
  return !(error instanceof Error) || error instanceof TypeError || error instanceof ReferenceError;
}
