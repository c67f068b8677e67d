import type { KubeObject, Scope } from '../meta/index.js';
import type { Delivery } from './handler-queue.js';
import type { InformerHandlers, KeyChange } from './informer-options.js';
import type { Cached } from './lister.js';
import { VersionView, type ViewChange } from './object-view.js';
import type { Versions } from './versions.js';

/** Takes the changes of a subscription, one after the other. */
export interface ChangeHandler {
  /** True if the handler reads versions. Otherwise they are not held until it has run. */
  readonly needsVersions: boolean;
  /** Takes one change. If it returns a promise, the next change comes when that has settled. */
  handle(delivery: Delivery, versions: Versions): unknown;
}

/** Calls the handlers of a subscriber with objects. */
export class ObjectHandler<T extends KubeObject, S extends Scope> implements ChangeHandler {
  readonly needsVersions = true;
  readonly #handlers: InformerHandlers<T, S>;

  constructor(handlers: InformerHandlers<T, S>) {
    this.#handlers = handlers;
  }

  handle(delivery: Delivery, versions: Versions): unknown {
    const { slot, old, initial, finalStateUnknown } = delivery;
    const handlers = this.#handlers;
    // The decode boundary: what the server sent is taken for the type it was asked for.
    const object = (slot: number, old?: number, oldObject?: unknown) =>
      versions.object(slot, old, oldObject) as Cached<T, S>;
    switch (delivery.change) {
      case 'added':
        return handlers.added?.(object(slot), { initial });
      case 'deleted':
        return handlers.deleted?.(object(slot), { finalStateUnknown });
      case 'updated': {
        const { updated } = handlers;
        if (updated === undefined) return undefined;
        if (updated.length === 1) {
          const current = object(slot, old);
          return (updated as (object: Cached<T, S>) => unknown).call(handlers, current);
        }
        const oldObject = object(old);
        return updated.call(handlers, object(slot, old, oldObject), oldObject);
      }
      default:
        return undefined;
    }
  }
}

/** Calls the handler of a subscriber with keys. */
export class KeyHandler implements ChangeHandler {
  readonly needsVersions = false;
  readonly #handler: (key: string, change: KeyChange) => unknown;

  constructor(handler: (key: string, change: KeyChange) => unknown) {
    this.#handler = handler;
  }

  handle(delivery: Delivery): unknown {
    return this.#handler(delivery.key, delivery as KeyChange);
  }
}

/** Calls the handler of a subscriber with views, which parse only what is read. */
export class ViewHandler<T extends KubeObject, S extends Scope> implements ChangeHandler {
  readonly needsVersions = true;
  readonly #handler: (change: ViewChange<T, S>) => unknown;

  constructor(handler: (change: ViewChange<T, S>) => unknown) {
    this.#handler = handler;
  }

  handle({ change, key, slot, old, initial, finalStateUnknown }: Delivery, versions: Versions): unknown {
    return this.#handler({
      // Cancelled changes are not delivered.
      change: change === 'none' ? 'updated' : change,
      key,
      current: new VersionView(versions, slot, old),
      old: old === -1 ? undefined : new VersionView(versions, old),
      initial,
      finalStateUnknown,
    });
  }
}
