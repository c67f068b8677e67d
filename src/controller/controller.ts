import { checkDescriptor } from '../client/target.js';
import { checkOptions } from '../errors/check-options.js';
import { InvalidRequestError } from '../errors/index.js';
import type { KubeObject, Scope } from '../meta/index.js';
import type { Cluster } from '../sdk/index.js';
import { type ControllerOptions, controllerOptions, type Requeue } from './controller-options.js';
import { ControllerRun, type RunEnvironment } from './controller-run.js';

/** Nothing more to do before something changes. The same as returning nothing. */
export const done: Requeue = Object.freeze({});

/**
 * Keeps the world as the objects of one kind say: watches them and what belongs to them, and has each reconciled when something about it
 * changes. Works by key: nothing is parsed before a reconcile asks for the object.
 *
 * It is a description, and can be run any number of times: by a `Manager`, or by itself with `run`.
 */
export class Controller<T extends KubeObject, S extends Scope> {
  /** Its name in metrics and errors. */
  readonly name: string;
  /** True if the controller runs only while its manager is the leader. */
  readonly needsLeader: boolean;
  readonly #options: ControllerOptions<T, S>;
  readonly #runs = new Set<ControllerRun>();

  /** Throws `InvalidRequestError` for options that make no sense. */
  constructor(options: ControllerOptions<T, S>) {
    checkOptions('Controller', options, controllerOptions);
    checkDescriptor(options.for);
    if (typeof options.reconcile !== 'function')
      throw new InvalidRequestError('`reconcile` must be a function that brings one object to its wanted state');
    const { concurrency = 1, timeoutMs = 1 } = options;
    if (!(Number.isInteger(concurrency) && concurrency > 0)) {
      throw new InvalidRequestError('`concurrency` must be a whole number, 1 or more');
    }
    if (!(timeoutMs > 0)) throw new InvalidRequestError('`timeoutMs` must be more than 0, or Infinity');
    this.#options = options;
    this.name = options.name ?? options.for.kind.toLowerCase();
    this.needsLeader = options.needsLeader ?? true;
  }

  /** @internal Makes a run, which does nothing before it is warmed. */
  on(cluster: Cluster, environment: RunEnvironment = {}): ControllerRun {
    // What is written for a kind meets only the objects of that kind.
    const options = this.#options as unknown as ControllerOptions<KubeObject, Scope>;
    const run = new ControllerRun(this.name, options, cluster, environment, () => this.#runs.delete(run));
    this.#runs.add(run);
    return run;
  }

  /**
   * Has a key reconciled wherever this controller runs in this process, whether something changed or not: for news that come from outside
   * the cluster. `why` is the reason the reconcile is told.
   */
  enqueue(key: string, why: string): void {
    for (const run of this.#runs) run.enqueue(key, why);
  }

  /**
   * Runs until `signal` aborts: fills the caches, then reconciles. Then lets the reconciles under way finish, and resolves; those that
   * take longer than `shutdownTimeoutMs` (default 25 000) see their signal abort. Rejects when the first state does not come in time.
   */
  async run(
    cluster: Cluster,
    options: { readonly signal: AbortSignal; readonly shutdownTimeoutMs?: number | undefined } & RunEnvironment,
  ): Promise<void> {
    const run = this.on(cluster, options);
    try {
      await run.warm(options.signal);
      await run.run(options);
    } finally {
      await run.close();
    }
  }
}
