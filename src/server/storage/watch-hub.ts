import type { StorageEvent, StorageWatch, WatchListener } from './storage.js';

interface Subscription {
  readonly listener: WatchListener;
  /** Events up to this revision are not for this watch. */
  readonly after: number;
  closed: boolean;
}

interface RangeGroup {
  readonly start: string;
  readonly end: string;
  readonly subscriptions: Set<Subscription>;
}

/**
 * Hands every event to the watches of its key. Watches of one range stand in one group, so that a write asks each range once,
 * however many watches it has. A listener that writes in turn causes no disorder: its event waits until the first is delivered.
 */
export class WatchHub {
  readonly #groups = new Map<string, RangeGroup>();
  readonly #pending: StorageEvent[] = [];
  #delivering = false;
  #closed = false;

  /** Delivers `missed` at once, then everything published after revision `after`. */
  add(
    start: string,
    end: string,
    after: number,
    missed: readonly StorageEvent[],
    listener: WatchListener,
  ): StorageWatch {
    if (this.#closed) {
      listener.ended();
      return { close() {} };
    }
    const last = missed.at(-1)?.kv.modRevision ?? after;
    const subscription: Subscription = { listener, after: Math.max(after, last), closed: false };
    const id = `${start}\u0000${end}`;
    const group = this.#groups.get(id) ?? { start, end, subscriptions: new Set() };
    this.#groups.set(id, group);
    group.subscriptions.add(subscription);
    if (missed.length > 0) listener.events(missed);
    return {
      close: () => {
        subscription.closed = true;
        group.subscriptions.delete(subscription);
        if (group.subscriptions.size === 0 && this.#groups.get(id) === group) this.#groups.delete(id);
      },
    };
  }

  publish(event: StorageEvent): void {
    this.#pending.push(event);
    if (this.#delivering) return;
    this.#delivering = true;
    try {
      for (let next = this.#pending.shift(); next !== undefined; next = this.#pending.shift()) this.#deliver(next);
    } finally {
      this.#delivering = false;
    }
  }

  /** Ends all watches, for good. With an error if the store failed. */
  close(error?: Error): void {
    this.#closed = true;
    this.endAll(error);
  }

  /** Ends the watches of now, with an error if there is one to tell. Who begins anew while it is told is not ended. */
  endAll(error?: Error): void {
    const subscriptions = [...this.#groups.values()].flatMap((group) => [...group.subscriptions]);
    this.#groups.clear();
    for (const subscription of subscriptions) {
      if (subscription.closed) continue;
      subscription.closed = true;
      subscription.listener.ended(error);
    }
  }

  #deliver(event: StorageEvent): void {
    const batch = [event];
    for (const group of this.#groups.values()) {
      if (event.kv.key < group.start || event.kv.key >= group.end) continue;
      for (const subscription of group.subscriptions) {
        if (!subscription.closed && event.kv.modRevision > subscription.after) subscription.listener.events(batch);
      }
    }
  }
}
