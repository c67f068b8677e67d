import { type Cluster, cacheOf, type Informer, type Lister, type Subscription } from '../cache/index.js';
import { callerOf, watchWrites } from '../client/api-cluster.js';
import { InvalidRequestError, TimeoutError } from '../errors/index.js';
import { apiVersionOf, type KubeObject, type Resource, type Scope } from '../meta/index.js';
import { WorkQueue } from '../queue/index.js';
import { abortable, abortForMany, deadlineSignal, onAbort } from '../util/abort.js';
import type { Clock } from '../util/clock.js';
import { ControllerMetrics } from './controller-metrics.js';
import type { ControllerOptions, ReconcileFailure } from './controller-options.js';
import { Fence, type FencedCache } from './fence.js';
import { type ChangeReason, Reasons } from './reason.js';
import { HeldObject } from './reconcile-context.js';
import {
  controllerKeys,
  type FollowOptions,
  follow,
  type KeyMapper,
  keyOfChange,
  owned,
  type Source,
  type SourceOptions,
} from './source.js';
import { Worker } from './worker.js';

/** The surroundings of a run. */
export interface RunEnvironment {
  /** Where it is measured. Default: nowhere that anybody reads. */
  readonly metrics?: ControllerMetrics | undefined;
  /** Throws when nothing may be written any more: asked before every write of a reconcile. Default: everything may. */
  readonly check?: (() => void) | undefined;
}

interface Watched {
  readonly kind: Resource<KubeObject, Scope, unknown>;
  readonly relation: ChangeReason['relation'];
  readonly informer: Informer<KubeObject, Scope>;
  readonly options: SourceOptions;
  readonly map: KeyMapper;
}

/** The index of owned objects by the uid of the owner that manages them. */
const BY_CONTROLLER = 'keelson/controller-uid';

/** One run of a controller: its caches, its queue and its workers. */
export class ControllerRun<T extends KubeObject = KubeObject, S extends Scope = Scope> {
  /** The controller's. */
  readonly name: string;
  readonly #options: ControllerOptions<T, S>;
  readonly #clock: Clock;
  readonly #watched: readonly Watched[];
  readonly #subscriptions: Subscription[] = [];
  readonly #reasons = new Reasons();
  readonly #queue: WorkQueue<string>;
  readonly #worker: Worker;
  /** Ends the reconciles that are under way. */
  readonly #cut = abortForMany();
  readonly #endings: (() => void)[];

  constructor(
    name: string,
    options: ControllerOptions<T, S>,
    cluster: Cluster,
    environment: RunEnvironment,
    onClose: () => void,
  ) {
    this.name = name;
    this.#options = options;
    this.#clock = callerOf(cluster).shared.clock;
    const metrics = environment.metrics ?? new ControllerMetrics();
    this.#watched = watchedBy(cluster, options);
    this.#queue = new WorkQueue<string>({
      name,
      clock: this.#clock,
      metrics: metrics.queues,
      rateLimiter: options.rateLimiter?.(),
    });
    const caches: FencedCache[] = this.#watched.map(({ kind, informer, options: { labels } }) => ({
      kind,
      resource: kind.group === '' ? kind.plural : `${kind.plural}.${kind.group}`,
      informer,
      labels,
    }));
    const check = environment.check ?? (() => {});
    this.#worker = new Worker({
      name,
      queue: this.#queue,
      reasons: this.#reasons,
      clock: this.#clock,
      metrics,
      cut: this.#cut.signal,
      timeoutMs: options.timeoutMs ?? 300_000,
      ownWritesTimeoutMs: options.ownWritesTimeoutMs ?? 10_000,
      // The decode boundary: the cache of this kind is taken to hold what the reconcile is declared for.
      reconcile: (context) => options.reconcile(context as never),
      deleted: options.deleted === undefined ? undefined : (context) => options.deleted?.(context as never),
      hold: (key) => this.#hold(key),
      newFence: () => new Fence(cluster, this.#clock, options.waitForOwnWrites === false ? [] : caches, check),
      clusterFor: (fence) => watchWrites(cluster, fence),
      lister: (kind) => this.#lister(kind),
      ownedBy: (kind, uid) => this.#informerOf(kind, 'owns').lister.by(BY_CONTROLLER, uid),
      onError: (error, failure) => this.#report(error, failure),
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
    for (const watched of this.#watched) this.#subscriptions.push(this.#follow(watched));
    const timeoutMs = this.#options.cacheSyncTimeoutMs ?? 120_000;
    const deadline = deadlineSignal(this.#clock, timeoutMs, () => this.#notSynced(timeoutMs), signal);
    try {
      const starts = Promise.all(this.#watched.map(({ informer }) => informer.start()));
      await abortable(starts, deadline.signal);
    } finally {
      deadline.dispose();
    }
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
    this.#queue.cut();
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
    await Promise.all(this.#watched.map(({ informer }) => informer.stop()));
  }

  /** Has a key reconciled, whether something changed or not; `why` is the reason it is told. */
  enqueue(key: string, why: string): void {
    this.#reasons.add(key, { type: 'request', why });
    this.#queue.add(key);
  }

  /** The informers, by kind: for health and metrics. */
  get informers(): readonly { readonly kind: string; readonly informer: Informer<KubeObject, Scope> }[] {
    return this.#watched.map(({ kind, informer }) => ({ kind: kind.kind, informer }));
  }

  /** The keys whose reconciles run now. */
  get running(): readonly string[] {
    return this.#worker.running;
  }

  #follow({ kind, relation, informer, options, map }: Watched): Subscription {
    const { predicates, resyncMs } = options;
    const follower: FollowOptions<KubeObject, Scope> = {
      informer,
      kind: kind.kind,
      relation,
      map,
      predicates,
      resyncMs,
      context: { lister: (kind) => this.#lister(kind) },
      enqueue: (key, reason, priority) => {
        this.#reasons.add(key, reason);
        this.#queue.add(key, { priority });
      },
      onError: (error, key) => this.#report(error, { controller: this.name, key, failures: 0, retried: false }),
    };
    return follow(follower);
  }

  #hold(key: string): HeldObject | undefined {
    const [main] = this.#watched;
    const cache = main === undefined ? undefined : cacheOf(main.informer);
    const slot = cache?.store.slot(key);
    return cache === undefined || slot === undefined ? undefined : new HeldObject(cache, slot);
  }

  #lister<U extends KubeObject, R extends Scope>(kind: Resource<U, R, unknown>): Lister<U, R> {
    // The informer was found by the kind, whose type is its type.
    return this.#informerOf(kind).lister as unknown as Lister<U, R>;
  }

  #informerOf(kind: Resource<KubeObject, Scope, unknown>, relation?: Watched['relation']): Informer<KubeObject, Scope> {
    const found = this.#watched.find(
      (one) =>
        one.kind.plural === kind.plural &&
        apiVersionOf(one.kind) === apiVersionOf(kind) &&
        (relation === undefined || one.relation === relation),
    );
    if (found !== undefined) return found.informer;
    const where = relation === undefined ? 'owns or watches' : relation;
    throw new InvalidRequestError(
      `the controller ${this.name} does not watch ${kind.kind} (${apiVersionOf(kind)}): put it into \`${where}\``,
    );
  }

  #notSynced(timeoutMs: number): TimeoutError {
    const missing = this.#watched.flatMap(({ kind, informer }) => {
      const { synced, lastError } = informer.status();
      return synced ? [] : [`${kind.kind}${lastError === undefined ? '' : ` (${lastError.error ?? lastError.kind})`}`];
    });
    return new TimeoutError(
      `the controller ${this.name} did not get the first state of ${missing.join(', ')} within ${timeoutMs} ms`,
      { deadline: 'wait', timeoutMs },
    );
  }

  #report(error: unknown, failure: ReconcileFailure): void {
    if (this.#options.onError !== undefined) {
      this.#options.onError(error, failure);
      return;
    }
    const { controller, key, failures, retried } = failure;
    const times = failures > 1 ? ` ${failures} times in a row` : '';
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.emitWarning(
      `the controller ${controller} failed on ${key}${times}${retried ? '' : ', and does not try again by itself'}: ${text}`,
    );
  }
}

function watchedBy<T extends KubeObject, S extends Scope>(
  cluster: Cluster,
  options: ControllerOptions<T, S>,
): Watched[] {
  const { owns = [], watches = [], namespace } = options;
  const watch = (
    relation: Watched['relation'],
    kind: Resource<KubeObject, Scope, unknown>,
    sourceOptions: SourceOptions,
    map: KeyMapper,
  ): Watched => {
    const inNamespace = kind.scope === 'Namespaced' ? (sourceOptions.namespace ?? namespace) : undefined;
    const { labels, fields, metadataOnly, project, transform, hydratedBytes } = sourceOptions;
    const indexes =
      relation === 'owns'
        ? { ...sourceOptions.indexes, [BY_CONTROLLER]: { owner: 'controller' as const } }
        : sourceOptions.indexes;
    const selected = { labels, fields, metadataOnly, project, transform, hydratedBytes, indexes };
    const informer = cluster.informer(kind, { ...selected, namespace: inNamespace });
    return { kind, relation, informer, options: sourceOptions, map };
  };
  // What is written for a kind meets only the objects of that kind.
  const main = options as unknown as SourceOptions;
  return [
    watch('for', options.for, main, keyOfChange),
    ...owns
      .map((one) => (isSource(one) ? one : owned(one, {})))
      .map(({ kind, options: own, map = controllerKeys(options.for) }) => watch('owns', kind, own, map)),
    ...watches.map(({ kind, options: own, map = keyOfChange }) => watch('watches', kind, own, map)),
  ];
}

function isSource(one: Resource<KubeObject, Scope, unknown> | Source): one is Source {
  return 'options' in one;
}
