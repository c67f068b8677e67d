import { type Subscription, subscribeViews, type ViewChange } from '../cache/index.js';
import type { KubeObject, Scope } from '../meta/index.js';
import type { ControllerOptions } from './controller-options.js';
import type { KeyQueue } from './key-queue.js';
import type { ChangeReason } from './reason.js';
import { reportFailure } from './report-failure.js';
import type { MapContext } from './source.js';
import type { WatchedKind, WatchedKinds } from './watched-kinds.js';

/** The priority of changes that can wait: controller-runtime's `LowPriority`. */
const LOW_PRIORITY = -100;

/** The surroundings of a follower. */
export interface FollowerOptions {
  /** The controller's name. */
  readonly name: string;
  readonly options: ControllerOptions<KubeObject, Scope>;
  readonly kinds: WatchedKinds;
  /** Takes the keys that are to be reconciled. */
  readonly keys: KeyQueue;
}

/** Turns the changes of one watched kind into keys. */
export class SourceFollower {
  readonly #watched: WatchedKind;
  readonly #around: FollowerOptions;
  /** The argument of mappers, which may take it apart. */
  readonly #context: MapContext;

  constructor(watched: WatchedKind, around: FollowerOptions) {
    this.#watched = watched;
    this.#around = around;
    this.#context = { lister: (kind) => around.kinds.lister(kind) };
  }

  /** Subscribes to the kind's informer. */
  start(): Subscription {
    const { informer, options } = this.#watched;
    return subscribeViews(informer, (change) => this.#handle(change), { resyncMs: options.resyncMs });
  }

  #handle(change: ViewChange): void {
    if (!this.#passes(change)) return;
    const { keys } = this.#around;
    const { kind, relation, map } = this.#watched;
    const { initial, key } = change;
    const isResync = change.old !== undefined && change.old.resourceVersion === change.current.resourceVersion;
    const priority = initial || isResync ? LOW_PRIORITY : 0;
    const reason: ChangeReason = { type: 'change', relation, kind: kind.kind, key, change: change.change, initial };
    try {
      for (const one of map(change, this.#context)) keys.add(one, reason, priority);
    } catch (error) {
      this.#report(error, key);
    }
  }

  /** Reports whether all predicates let a change pass. One that throws lets it pass. */
  #passes(change: ViewChange): boolean {
    const { predicates = [] } = this.#watched.options;
    return predicates.every((predicate) => {
      try {
        return predicate(change);
      } catch (error) {
        this.#report(error, change.key);
        return true;
      }
    });
  }

  #report(error: unknown, key: string): void {
    const { name, options } = this.#around;
    reportFailure(options, error, { controller: name, key, failures: 0, retried: false });
  }
}
