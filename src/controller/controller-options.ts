import type { KeysOf } from '../errors/check-options.js';
import type { KubeObject, Resource, Scope } from '../meta/index.js';
import type { RateLimiter } from '../queue/index.js';
import type { KeyContext, ReconcileContext } from './reconcile-context.js';
import { type Source, type SourceOptions, sourceOptions } from './source.js';

/** The result of a reconcile that asks to run again. */
export interface Requeue {
  /**
   * In how many milliseconds the object shall be reconciled again, if nothing happens before: the next reconcile says anew. Zero: as soon as
   * the rate limiter lets it. `Infinity` and absent: when something changes.
   */
  readonly requeueAfterMs?: number | undefined;
}

/** A failed reconcile and its key. */
export interface ReconcileFailure {
  readonly controller: string;
  readonly key: string;
  /** The number of consecutive failed reconciles of this key, this one included. 0 if no reconcile failed. */
  readonly failures: number;
  /** True if the controller retries by itself. */
  readonly retried: boolean;
}

/** The options of a controller. Those of `SourceOptions` concern the kind that it reconciles. */
export interface ControllerOptions<T extends KubeObject, S extends Scope> extends SourceOptions<T, S> {
  /** The kind whose objects are reconciled. */
  readonly for: Resource<T, S, unknown>;
  /**
   * Kinds of objects that those objects own, by their owner reference with `controller: true`: when one changes, its owner is reconciled.
   * Read from metadata, without a parse. A kind by itself, or `owned(kind, options)`.
   */
  readonly owns?: readonly (Resource<KubeObject, Scope, unknown> | Source)[] | undefined;
  /** Kinds of other objects that matter, each with the way to those who are to be reconciled: `watched(kind, map)`. */
  readonly watches?: readonly Source[] | undefined;
  /**
   * Makes the world as the object says, whatever happened before: it is never told what changed, may be run at any time, and has to come
   * to the same end. Two of one key never run at once. What it throws is reported, and it is tried again ever more slowly, unless it is a
   * `TerminalError`.
   */
  // biome-ignore lint/suspicious/noConfusingVoidType: functions declared to return nothing are the usual case
  reconcile(context: ReconcileContext<T, S>): Requeue | undefined | void | Promise<Requeue | undefined | void>;
  /**
   * Called in place of `reconcile` for a key that has no object: one that was deleted, or that was never there. Best effort, as nobody
   * is told of what happened while no controller ran: what must not be missed needs a finalizer. Default: nothing.
   */
  deleted?(context: KeyContext<S>): unknown;
  /** The controller's name in metrics and errors. Default: the kind in lower case. */
  readonly name?: string | undefined;
  /** The number of reconciles that may run at once. Default 1, as in controller-runtime's `MaxConcurrentReconciles`. */
  readonly concurrency?: number | undefined;
  /** A reconcile's deadline in milliseconds: then its `signal` aborts. Default 300 000; `Infinity`: none. */
  readonly timeoutMs?: number | undefined;
  /** Makes the rate limiter of one run. Default: `defaultRateLimiter`. */
  readonly rateLimiter?: (() => RateLimiter<string>) | undefined;
  /**
   * If false, a key may be reconciled again before the caches have seen the writes of its last reconcile. The reconcile then acts on an
   * outdated state. Default true.
   */
  readonly waitForOwnWrites?: boolean | undefined;
  /** For how long a key waits for that, in milliseconds, before it is let go all the same. Default 10 000. */
  readonly ownWritesTimeoutMs?: number | undefined;
  /** The time in which the first state of all kinds must arrive, in milliseconds. Default 120 000, as in controller-runtime. */
  readonly cacheSyncTimeoutMs?: number | undefined;
  /** False: it runs also where its manager is not the leader. Default true. */
  readonly needsLeader?: boolean | undefined;
  /** Hears of everything that goes wrong, none of which ends the controller. Default: a process warning for each. */
  readonly onError?: ((error: unknown, failure: ReconcileFailure) => void) | undefined;
}

/** The options of `ControllerOptions`. */
export const controllerOptions: KeysOf<ControllerOptions<KubeObject, Scope>> = {
  ...sourceOptions,
  for: true,
  owns: true,
  watches: true,
  reconcile: true,
  deleted: true,
  name: true,
  concurrency: true,
  timeoutMs: true,
  rateLimiter: true,
  waitForOwnWrites: true,
  ownWritesTimeoutMs: true,
  cacheSyncTimeoutMs: true,
  needsLeader: true,
  onError: true,
};
