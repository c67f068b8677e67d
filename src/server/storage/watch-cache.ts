import { SortedKeys } from './sorted-keys.js';
import {
  CompactedError,
  FutureRevisionError,
  type GetResult,
  type KeyValue,
  type RangeOptions,
  type RangeResult,
  type StorageEvent,
  type StorageWatch,
  type WatchListener,
} from './storage.js';
import { WatchHub } from './watch-hub.js';

/** Options of a `WatchCache`. */
export interface WatchCacheOptions {
  /** The writes kept for watches and for reads at older revisions. Older writes are compacted. Default 100,000. */
  readonly historyLimit?: number | undefined;
  /** The bytes of superseded values kept. Older values are compacted. Default 64 MiB. */
  readonly historyBytes?: number | undefined;
}

interface Entry {
  /** The states of the key, oldest first. At least one. */
  states: State[];
}

interface State {
  readonly revision: number;
  /** Undefined for a deletion. */
  readonly kv: KeyValue | undefined;
}

/**
 * The current keys and values and their recent history, in memory. Every store applies its writes to one, in the order of their
 * revisions, and reads and watches are served from it. History is bounded by count and by bytes: at a bound, a tenth is compacted.
 */
export class WatchCache {
  readonly #entries = new Map<string, Entry>();
  /** The keys that exist now. */
  readonly #live = new SortedKeys();
  /** The keys that exist now or existed at a revision that is not compacted. */
  readonly #known = new SortedKeys();
  readonly #history: StorageEvent[] = [];
  /** The index in `#history` at which the uncompacted part begins. */
  #historyStart = 0;
  #historyBytes = 0;
  #liveBytes = 0;
  readonly #hub = new WatchHub();
  readonly #limit: number;
  readonly #bytesLimit: number;
  #revision: number;
  #compacted: number;

  /** Creates an empty cache at `revision`. Earlier revisions count as compacted. */
  constructor(revision: number, options: WatchCacheOptions = {}) {
    this.#revision = revision;
    this.#compacted = revision;
    this.#limit = options.historyLimit ?? 100_000;
    this.#bytesLimit = options.historyBytes ?? 64 * 1024 * 1024;
  }

  /** The revision of the last write. */
  get revision(): number {
    return this.#revision;
  }

  /** The newest revision whose history is gone. */
  get compactRevision(): number {
    return this.#compacted;
  }

  /** The bytes of the current keys and values. */
  get liveBytes(): number {
    return this.#liveBytes;
  }

  /** Returns what a key holds now. */
  current(key: string): KeyValue | undefined {
    return this.#entries.get(key)?.states.at(-1)?.kv;
  }

  /** Returns one key, now or at a revision. Throws `CompactedError` or `FutureRevisionError`. */
  get(key: string, options: { revision?: number } = {}): GetResult {
    const at = this.#checkRevision(options.revision);
    return { kv: this.#stateAt(key, at), revision: this.#revision };
  }

  /** Returns the keys from `start` to `end`. Throws `CompactedError` or `FutureRevisionError`. */
  range(start: string, end: string, options: RangeOptions = {}): RangeResult {
    const at = this.#checkRevision(options.revision);
    const limit = options.limit === undefined || options.limit <= 0 ? Number.POSITIVE_INFINITY : options.limit;
    const kvs: KeyValue[] = [];
    let isCut = false;
    for (const key of (at === this.#revision ? this.#live : this.#known).range(start, end)) {
      isCut = kvs.length >= limit;
      if (isCut) break;
      const kv = this.#stateAt(key, at);
      if (kv !== undefined) kvs.push(kv);
    }
    return { kvs, count: isCut ? this.#countAt(start, end, at) : kvs.length, revision: this.#revision };
  }

  /** Watches the keys from `start` to `end`, as `Storage.watch` says. */
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

  /** Adds a key that existed before the cache: without history and without an event. */
  load(kv: KeyValue): void {
    this.#liveBytes += sizeOf(kv) - sizeOf(this.current(kv.key));
    this.#entries.set(kv.key, { states: [{ revision: kv.modRevision, kv }] });
    this.#known.add(kv.key);
    this.#live.add(kv.key);
  }

  /** Removes a key as if it had never existed: without an event. */
  unload(key: string): void {
    this.#liveBytes -= sizeOf(this.current(key));
    this.#entries.delete(key);
    this.#known.delete(key);
    this.#live.delete(key);
  }

  /** Applies a write, and delivers it to watches. */
  put(kv: KeyValue): void {
    const { key, modRevision: revision } = kv;
    const entry = this.#entries.get(key);
    const previous = entry?.states.at(-1)?.kv;
    if (entry === undefined) {
      this.#entries.set(key, { states: [{ revision, kv }] });
      this.#known.add(key);
    } else {
      entry.states.push({ revision, kv });
    }
    if (previous === undefined) this.#live.add(key);
    this.#liveBytes += sizeOf(kv) - sizeOf(previous);
    this.#record({ type: 'put', kv, previous });
  }

  /** Applies the deletion of a key that exists, and delivers it to watches. */
  delete(key: string, revision: number): void {
    const entry = this.#entries.get(key);
    const previous = entry?.states.at(-1)?.kv;
    if (entry === undefined || previous === undefined) return;
    entry.states.push({ revision, kv: undefined });
    this.#live.delete(key);
    this.#liveBytes -= sizeOf(previous);
    const kv: KeyValue = { key, value: new Uint8Array(), createRevision: 0, modRevision: revision };
    this.#record({ type: 'delete', kv, previous });
  }

  /** Raises the revision without a write: that of a key that the cache does not hold. */
  advance(revision: number): void {
    this.#revision = Math.max(this.#revision, revision);
  }

  /** Forgets history up to `revision`. Throws `CompactedError` or `FutureRevisionError`. */
  compact(revision: number): void {
    if (revision > this.#revision) throw new FutureRevisionError(revision, this.#revision);
    if (revision <= this.#compacted) throw new CompactedError(this.#compacted);
    this.#compactTo(revision);
  }

  /** Forgets all history, raises the revision to `revision`, and ends every watch with `error`. */
  restart(revision: number, error: CompactedError): void {
    this.#revision = revision;
    this.#compactTo(revision);
    this.#hub.endAll(error);
  }

  /** Ends every watch, for good. With an error if the store failed. */
  close(error?: Error): void {
    this.#hub.close(error);
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

  /** Counts the keys in the range at `revision`: the current keys, with every later creation and deletion undone. */
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

  /** Returns the index in `#history` of the first write after `revision`. Not every revision is a write to this cache. */
  #firstAfter(revision: number): number {
    let low = this.#historyStart;
    let high = this.#history.length;
    if (revision >= this.#revision) return high;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#history[middle]?.kv.modRevision ?? 0) > revision) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #record(event: StorageEvent): void {
    this.#revision = event.kv.modRevision;
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

  /** Drops the states of a key before the state of `revision`, and the key itself if only a deletion is left. */
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

function sizeOf(kv: KeyValue | undefined): number {
  return kv === undefined ? 0 : kv.key.length + kv.value.length;
}
