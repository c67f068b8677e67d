import type { KeyValue, StorageSnapshot } from './storage.js';

/** A moment to go back to: what each key that has been written since then held before. */
class Moment implements StorageSnapshot {
  readonly before = new Map<string, KeyValue | undefined>();

  constructor(readonly revision: number) {}
}

/**
 * What going back takes: for each moment that was asked to be remembered, the first thing overwritten since, key by key. Remembering
 * costs nothing, a write one entry, and going back as much as has been written.
 */
export class UndoLog {
  readonly #moments: Moment[] = [];

  /** Remembers now. Two moments without a write between them are one. */
  remember(revision: number): StorageSnapshot {
    const last = this.#moments.at(-1);
    if (last !== undefined && last.before.size === 0 && last.revision === revision) return last;
    const moment = new Moment(revision);
    this.#moments.push(moment);
    return moment;
  }

  /** Says that a key is about to be written that holds `kv` now. */
  note(key: string, kv: KeyValue | undefined): void {
    const last = this.#moments.at(-1);
    if (last !== undefined && !last.before.has(key)) last.before.set(key, kv);
  }

  /**
   * What to put back where, to be as things were at that moment; moments after it are forgotten, it stays. Undefined where the moment
   * is not known, or no longer.
   */
  rewind(snapshot: StorageSnapshot): ReadonlyMap<string, KeyValue | undefined> | undefined {
    const at = (this.#moments as readonly StorageSnapshot[]).indexOf(snapshot);
    const moment = this.#moments[at];
    if (moment === undefined) return undefined;
    const changes = new Map(moment.before);
    for (const later of this.#moments.splice(at + 1)) {
      for (const [key, kv] of later.before) if (!changes.has(key)) changes.set(key, kv);
    }
    moment.before.clear();
    return changes;
  }
}
