import { cacheOf, type Informer, type Lister } from '../cache/index.js';
import { InvalidRequestError, TimeoutError } from '../errors/index.js';
import { apiVersionOf, type KubeObject, type Resource, type Scope } from '../meta/index.js';
import type { Cluster } from '../sdk/index.js';
import { abortable, deadlineSignal } from '../util/abort.js';
import type { Clock } from '../util/clock.js';
import type { ControllerOptions } from './controller-options.js';
import type { FencedCache } from './fence.js';
import type { ChangeReason } from './reason.js';
import { type ContextCaches, HeldObject } from './reconcile-context.js';
import { controllerKeys, type KeyMapper, keyOfChange, owned, type Source, type SourceOptions } from './source.js';

type AnyKind = Resource<KubeObject, Scope, unknown>;

/** One kind that a controller watches. */
export interface WatchedKind {
  readonly kind: AnyKind;
  /** The relation of its objects to the reconciled ones. */
  readonly relation: ChangeReason['relation'];
  readonly informer: Informer<KubeObject, Scope>;
  readonly options: SourceOptions;
  /** Says whose reconcile a change calls for. */
  readonly map: KeyMapper;
}

/** The index of owned objects by the uid of the owner that manages them. */
const BY_CONTROLLER = 'keelson/controller-uid';

/** The kinds that one run of a controller watches, and their caches. The first one is the kind that it reconciles. */
export class WatchedKinds implements ContextCaches {
  readonly all: readonly WatchedKind[];
  /** The caches, as a fence knows them. */
  readonly fenced: readonly FencedCache[];
  readonly #name: string;

  /** `name` is the controller's, for errors. */
  constructor(name: string, cluster: Cluster, options: ControllerOptions<KubeObject, Scope>) {
    this.#name = name;
    this.all = watchedBy(cluster, options);
    this.fenced = this.all.map(({ kind, informer, options: { labels } }) => ({
      kind,
      resource: kind.group === '' ? kind.plural : `${kind.plural}.${kind.group}`,
      informer,
      labels,
    }));
  }

  /** Fills the caches. Rejects with a `TimeoutError` when that takes longer than `timeoutMs`, or with the signal's reason. */
  async start(clock: Clock, timeoutMs: number, signal: AbortSignal): Promise<void> {
    const deadline = deadlineSignal(clock, timeoutMs, () => this.#notSynced(timeoutMs), signal);
    try {
      await abortable(Promise.all(this.all.map(({ informer }) => informer.start())), deadline.signal);
    } finally {
      deadline.dispose();
    }
  }

  /** Stops the informers. */
  async stop(): Promise<void> {
    await Promise.all(this.all.map(({ informer }) => informer.stop()));
  }

  /** Holds the present version of a reconciled object, if there is one. */
  hold(key: string): HeldObject | undefined {
    const [main] = this.all;
    const cache = main === undefined ? undefined : cacheOf(main.informer);
    const slot = cache?.store.slot(key);
    return cache === undefined || slot === undefined ? undefined : new HeldObject(cache, slot);
  }

  /** Returns the cache of a kind. Throws `InvalidRequestError` for a kind that the controller does not watch. */
  lister<U extends KubeObject, R extends Scope>(kind: Resource<U, R, unknown>): Lister<U, R> {
    // The informer was found by the kind, whose type is its type.
    return this.#informerOf(kind).lister as unknown as Lister<U, R>;
  }

  /** Returns the objects of a kind that the object with this uid manages. Throws as `lister`. */
  ownedBy(kind: AnyKind, uid: string): unknown {
    return this.#informerOf(kind, 'owns').lister.by(BY_CONTROLLER, uid);
  }

  #informerOf(kind: AnyKind, relation?: WatchedKind['relation']): Informer<KubeObject, Scope> {
    const found = this.all.find(
      (one) =>
        one.kind.plural === kind.plural &&
        apiVersionOf(one.kind) === apiVersionOf(kind) &&
        (relation === undefined || one.relation === relation),
    );
    if (found !== undefined) return found.informer;
    const where = relation === undefined ? 'owns or watches' : relation;
    throw new InvalidRequestError(
      `the controller ${this.#name} does not watch ${kind.kind} (${apiVersionOf(kind)}): put it into \`${where}\``,
    );
  }

  #notSynced(timeoutMs: number): TimeoutError {
    const missing = this.all.flatMap(({ kind, informer }) => {
      const { synced, lastError } = informer.status();
      return synced ? [] : [`${kind.kind}${lastError === undefined ? '' : ` (${lastError.error ?? lastError.kind})`}`];
    });
    return new TimeoutError(
      `the controller ${this.#name} did not get the first state of ${missing.join(', ')} within ${timeoutMs} ms`,
      { deadline: 'wait', timeoutMs },
    );
  }
}

function watchedBy(cluster: Cluster, options: ControllerOptions<KubeObject, Scope>): WatchedKind[] {
  const { owns = [], watches = [], namespace } = options;
  const watch = (
    relation: WatchedKind['relation'],
    kind: AnyKind,
    sourceOptions: SourceOptions,
    map: KeyMapper,
  ): WatchedKind => {
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
  return [
    watch('for', options.for, options, keyOfChange),
    ...owns
      .map((one) => (isSource(one) ? one : owned(one, {})))
      .map(({ kind, options: own, map = controllerKeys(options.for) }) => watch('owns', kind, own, map)),
    ...watches.map(({ kind, options: own, map = keyOfChange }) => watch('watches', kind, own, map)),
  ];
}

function isSource(one: AnyKind | Source): one is Source {
  return 'options' in one;
}
