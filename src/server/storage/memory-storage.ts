import { SortedKeys } from './sorted-keys.js';
import {
  CompactedError,
  FutureRevisionError,
  type GetResult,
  type KeyValue,
  type RangeOptions,
  type RangeResult,
  type Storage,
  type StorageEvent,
  type StorageSnapshot,
  type StorageWatch,
  type UndoneWrite,
  type WatchListener,
  type WriteResult,
} from './storage.js';
import { UndoLog } from './undo-log.js';
import { WatchHub } from './watch-hub.js';

/** The bounds of a `MemoryStorage`. */
export interface MemoryStorageOptions {
  /**
   * The revision of the empty store, which counts as compacted. Default 100: a client that asks for the history since
   * revision 1 is too late, as it is on every server that has been up for five minutes. `firstRevision` gives one that no earlier
   * process can have reached.
   */
  initialRevision?: number | undefined;
  /** Writes kept for watches and reads at older revisions; older ones are compacted. Default 100,000. */
  historyLimit?: number | undefined;
  /** Bytes of superseded values kept; older ones are compacted. Default 64 MiB. */
  historyBytes?: number | undefined;
}

interface Entry {
  /** States of the key, oldest first; a deletion is a state without a value. At least one. */
  states: State[];
}

interface State {
  readonly revision: number;
  readonly kv: KeyValue | undefined;
}

/**
 * etcd's model in memory: every write has its revision, keys are kept in order, older states can be read until they are
 * compacted. History is bounded by count and by bytes; when a bound is passed a tenth of the history is compacted at once.
 * Writes are atomic and in order; a watch sees each exactly once.
 */
export class MemoryStorage implements Storage {
  readonly #entries = new Map<string, Entry>();
  /** Keys that exist now. */
  readonly #live = new SortedKeys();
  /** Keys that exist now or did at a revision that is not compacted. */
  readonly #known = new SortedKeys();
  readonly #history: StorageEvent[] = [];
  /** Where in `#history` the uncompacted part begins. */
  #historyStart = 0;
  #historyBytes = 0;
  readonly #hub = new WatchHub();
  readonly #undo = new UndoLog();
  readonly #limit: number;
  readonly #bytesLimit: number;
  #revision: number;
  #compacted: number;

  constructor(options: MemoryStorageOptions = {}) {
    this.#revision = options.initialRevision ?? 100;
    this.#compacted = this.#revision;
    this.#limit = options.historyLimit ?? 100_000;
    this.#bytesLimit = options.historyBytes ?? 64 * 1024 * 1024;
  }

  async revision(): Promise<number> {
    return this.#revision;
  }

  async get(key: string, options: { revision?: number } = {}): Promise<GetResult> {
    const at = this.#checkRevision(options.revision);
    return { kv: this.#stateAt(key, at), revision: this.#revision };
  }

  async range(start: string, end: string, options: RangeOptions = {}): Promise<RangeResult> {
    const at = this.#checkRevision(options.revision);
    const limit = options.limit === undefined || options.limit <= 0 ? Number.POSITIVE_INFINITY : options.limit;
    const kvs: KeyValue[] = [];
    for (const key of (at === this.#revision ? this.#live : this.#known).range(start, end)) {
      if (kvs.length >= limit) break;
      const kv = this.#stateAt(key, at);
      if (kv !== undefined) kvs.push(kv);
    }
    return { kvs, count: this.#countAt(start, end, at), revision: this.#revision };
  }

  async put(key: string, value: Uint8Array, expected: number): Promise<WriteResult> {
    const entry = this.#entries.get(key);
    const current = entry?.states.at(-1)?.kv;
    if ((current?.modRevision ?? 0) !== expected) return { ok: false, current };
    this.#undo.note(key, current);
    const revision = ++this.#revision;
    const kv: KeyValue = { key, value, createRevision: current?.createRevision ?? revision, modRevision: revision };
    if (entry === undefined) {
      this.#entries.set(key, { states: [{ revision, kv }] });
      this.#known.add(key);
    } else {
      entry.states.push({ revision, kv });
    }
    if (current === undefined) this.#live.add(key);
    this.#record({ type: 'put', kv, previous: current });
    return { ok: true, revision };
  }

  async delete(key: string, expected: number): Promise<WriteResult> {
    const entry = this.#entries.get(key);
    const current = entry?.states.at(-1)?.kv;
    if (entry === undefined || current === undefined || current.modRevision !== expected) return { ok: false, current };
    this.#undo.note(key, current);
    const revision = ++this.#revision;
    entry.states.push({ revision, kv: undefined });
    this.#live.delete(key);
    const kv: KeyValue = { key, value: new Uint8Array(), createRevision: 0, modRevision: revision };
    this.#record({ type: 'delete', kv, previous: current });
    return { ok: true, revision };
  }

  watch(start: string, end: string, after: number, listener: WatchListener): StorageWatch {
    if (after < this.#compacted) {
      listener.ended(new CompactedError(this.#compacted));
      return { close() {} };
    }
    const missed: StorageEvent[] = [];
    for (let i = this.#firstAfter(after); i < this.#history.length; i++) {
      const event = this.#history[i];
      if (event !== undefined && event.kv.key >= start && event.kv.key < end) missed.push(event);
    }
    return this.#hub.add(start, end, after, missed, listener);
  }

  async compact(revision: number): Promise<void> {
    if (revision > this.#revision) throw new FutureRevisionError(revision, this.#revision);
    if (revision <= this.#compacted) throw new CompactedError(this.#compacted);
    this.#compactTo(revision);
  }

  snapshot(): StorageSnapshot {
    return this.#undo.remember(this.#revision);
  }

  restore(snapshot: StorageSnapshot): void {
    const changes = this.#undo.rewind(snapshot);
    if (changes === undefined) {
      throw new Error(
        `there is no snapshot of revision ${snapshot.revision} to go back to: it is of another store, or was taken after a state that this one has gone back to`,
      );
    }
    const undone: UndoneWrite[] = [];
    for (const [key, to] of changes) {
      undone.push({ key, from: this.#entries.get(key)?.states.at(-1)?.kv, to });
      this.#putBack(key, to);
    }
    this.#compactTo(++this.#revision);
    this.#hub.endAll(new CompactedError(this.#revision, undone));
  }

  async close(): Promise<void> {
    this.#hub.close();
  }

  #putBack(key: string, kv: KeyValue | undefined): void {
    if (kv === undefined) {
      this.#entries.delete(key);
      this.#known.delete(key);
      this.#live.delete(key);
      return;
    }
    this.#entries.set(key, { states: [{ revision: kv.modRevision, kv }] });
    this.#known.add(key);
    this.#live.add(key);
  }

  #checkRevision(requested: number | undefined): number {
    if (requested === undefined || requested === 0) return this.#revision;
    if (requested < this.#compacted) throw new CompactedError(this.#compacted);
    if (requested > this.#revision) throw new FutureRevisionError(requested, this.#revision);
    return requested;
  }

  #stateAt(key: string, revision: number): KeyValue | undefined {
    const states = this.#entries.get(key)?.states ?? [];
    for (let i = states.length - 1; i >= 0; i--) {
      const state = states[i];
      if (state !== undefined && state.revision <= revision) return state.kv;
    }
    return undefined;
  }

  /** Keys in the range at `revision`: those of now, with every later birth and death undone. */
  #countAt(start: string, end: string, revision: number): number {
    let count = this.#live.count(start, end);
    for (let i = this.#firstAfter(revision); i < this.#history.length; i++) {
      const event = this.#history[i];
      if (event === undefined || event.kv.key < start || event.kv.key >= end) continue;
      if (event.type === 'delete') count++;
      else if (event.previous === undefined) count--;
    }
    return count;
  }

  /** Every revision is one event, so the place of an event in the history follows from its revision. */
  #firstAfter(revision: number): number {
    return Math.max(this.#historyStart, this.#history.length - Math.max(0, this.#revision - revision));
  }

  #record(event: StorageEvent): void {
    this.#history.push(event);
    this.#historyBytes += event.previous?.value.length ?? 0;
    if (this.#history.length - this.#historyStart > this.#limit || this.#historyBytes > this.#bytesLimit)
      this.#shrink();
    this.#hub.publish(event);
  }

  #shrink(): void {
    const wantedEvents = this.#limit * 0.9;
    const wantedBytes = this.#bytesLimit * 0.9;
    let events = this.#history.length - this.#historyStart;
    let bytes = this.#historyBytes;
    let at = this.#historyStart;
    while (at < this.#history.length && (events > wantedEvents || bytes > wantedBytes)) {
      bytes -= this.#history[at]?.previous?.value.length ?? 0;
      events--;
      at++;
    }
    this.#compactTo(this.#history[at - 1]?.kv.modRevision ?? this.#compacted);
  }

  #compactTo(revision: number): void {
    this.#compacted = revision;
    while (this.#historyStart < this.#history.length) {
      const event = this.#history[this.#historyStart];
      if (event === undefined || event.kv.modRevision > revision) break;
      this.#historyBytes -= event.previous?.value.length ?? 0;
      this.#historyStart++;
      this.#forgetBefore(event.kv.key, event.kv.modRevision);
    }
    // Cutting the array costs its length, so it is cut only when at least half of it is gone.
    if (this.#historyStart * 2 > this.#history.length) {
      this.#history.splice(0, this.#historyStart);
      this.#historyStart = 0;
    }
  }

  /** Drops the states of a key that the state of `revision` superseded, and the key itself when a deletion is all that is left. */
  #forgetBefore(key: string, revision: number): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    let first = 0;
    while (first + 1 < entry.states.length && (entry.states[first + 1]?.revision ?? 0) <= revision) first++;
    if (first > 0) entry.states.splice(0, first);
    if (entry.states.length === 1 && entry.states[0]?.kv === undefined) {
      this.#entries.delete(key);
      this.#known.delete(key);
    }
  }
}
