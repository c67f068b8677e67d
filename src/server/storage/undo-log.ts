import type { KeyValue, StorageSnapshot } from './storage.js';

/** A moment to go back to: what each key that has been written since then held before. */
class Moment implements StorageSnapshot {
  readonly before = new Map<string, KeyValue | undefined>();

  constructor(readonly revision: number) {}
}

/**
 * The log by which a store returns to an earlier state. For each remembered moment it holds the first overwritten value of each key
 * since. Remembering costs nothing, a write costs one entry, and returning costs as much as was written.
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
   * Returns the values that restore a moment, by key. It forgets later moments and keeps this one. Returns undefined if the moment is
   * unknown or forgotten.
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
