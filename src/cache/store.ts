import type { ObjectHead } from '../wire/object-codec.js';
import { type IndexReader, SlotIndex } from './slot-index.js';
import { Versions, type VersionsOptions } from './versions.js';

/** The sort of a change. */
export type StoreChange = 'added' | 'updated' | 'deleted';

/** One change of a store. Its slots are valid during the call; a listener that keeps them longer must retain them. */
export interface VersionChange {
  readonly change: StoreChange;
  readonly key: string;
  /** The new version, of a deletion the last one known. */
  readonly slot: number;
  /** The version that it replaces; -1 where there is none. */
  readonly old: number;
  /** True of a deletion that was not seen itself, so that `slot` may be out of date. */
  readonly finalStateUnknown: boolean;
}

/** Hears of every change of a store. */
export interface StoreListener {
  /** Takes a change. Changes come in order, each before the version that it replaces is released. */
  changed(change: VersionChange): void;
  /** Reports whether anybody wants the final state of deleted objects. Otherwise deletions come with the last known state. */
  wantsFinalState(): boolean;
}

/** The options of a store. */
export interface StoreOptions extends VersionsOptions {
  readonly listener: StoreListener;
}

/** A relist replaces at most this much at once beside a quarter of what is kept, in bytes: see `Relist`. */
const minStagedBytes = 16 * 1024 * 1024;

/**
 * The newest version of every object of a kind, by key, stored as bytes and found by index.
 *
 * Only the reflector writes: single changes by `apply` and `remove`, whole states by `relist`. An object that arrives again with the
 * resourceVersion it has does not count as a change. All others read through a `Lister`.
 */
export class Store {
  readonly versions: Versions;
  /** By namespace; objects without one stand under the empty string. */
  readonly namespaces: SlotIndex;
  readonly #slots = new Map<string, number>();
  readonly #indexes = new Map<unknown, { readonly index: SlotIndex; users: number }>();
  readonly #allIndexes: SlotIndex[] = [];
  readonly #relists = new Set<Relist>();
  readonly #options: StoreOptions;
  #marks = new Uint32Array(64);
  #lastMark = 0;

  constructor(options: StoreOptions) {
    this.#options = options;
    this.versions = new Versions(options);
    this.versions.onFree((slot) => {
      for (const index of this.#allIndexes) index.forget(slot);
    });
    this.namespaces = new SlotIndex((_, head) => head.namespace);
    this.#allIndexes.push(this.namespaces);
  }

  /** The number of objects. */
  get size(): number {
    return this.#slots.size;
  }

  /** The newest version of an object, or undefined. */
  slot(key: string): number | undefined {
    return this.#slots.get(key);
  }

  /** All keys and their newest versions, in no promised order. Live: changes while iterating are seen or not. */
  entries(): IterableIterator<[string, number]> {
    return this.#slots.entries();
  }

  /**
   * The index of this identity, filled from what is there if it is new. An identity is whatever two users of one index have in
   * common: the function that reads the values, or a text that says what is read. Every call asks for one `removeIndex`.
   */
  addIndex(identity: unknown, read: IndexReader): SlotIndex {
    const known = this.#indexes.get(identity);
    if (known !== undefined) {
      known.users++;
      return known.index;
    }
    const index = new SlotIndex(read);
    for (const slot of this.#slots.values()) {
      index.prepare(slot, this.versions.head(slot));
      index.enter(slot);
    }
    for (const relist of this.#relists)
      for (const slot of relist.waiting()) index.prepare(slot, this.versions.head(slot));
    this.#indexes.set(identity, { index, users: 1 });
    this.#allIndexes.push(index);
    return index;
  }

  /** The index of this identity, where there is one. */
  index(identity: unknown): SlotIndex | undefined {
    return this.#indexes.get(identity)?.index;
  }

  /** Lets go of an index; the last user's call takes it away. */
  removeIndex(identity: unknown): void {
    const known = this.#indexes.get(identity);
    if (known === undefined || --known.users > 0) return;
    this.#indexes.delete(identity);
    this.#allIndexes.splice(this.#allIndexes.indexOf(known.index), 1);
  }

  /** Keeps the object `head` points at. Returns whether that was a change. */
  apply(head: ObjectHead): boolean {
    const key = head.key;
    const known = this.#slots.get(key);
    if (known === undefined) this.swap(key, this.prepare(head, key), undefined);
    else if (this.versions.isSame(known, head)) return false;
    else this.#update(head, known);
    return true;
  }

  /** Takes an object out; `head` points at its final state. Returns whether it was there. */
  remove(head: ObjectHead): boolean {
    const key = head.key;
    if (!this.#slots.has(key)) return false;
    if (!this.#options.listener.wantsFinalState()) return this.#delete(key, undefined, false);
    const final = this.versions.add(head, key);
    this.#delete(key, final, false);
    this.versions.release(final);
    return true;
  }

  /**
   * Begins to replace everything, or everything in one namespace, by a state that now comes piece by piece.
   * `direct` lets the pieces in as they come: for the first state, which nobody has read yet.
   */
  relist(options: { namespace?: string | undefined; direct: boolean }): Relist {
    const relist = new Relist(this, ++this.#lastMark, { ...options, ended: () => this.#relists.delete(relist) });
    this.#relists.add(relist);
    return relist;
  }

  /** Forgets all objects without telling anybody. */
  clear(): void {
    for (const slot of this.#slots.values()) {
      for (const index of this.#allIndexes) index.leave(slot);
      this.versions.release(slot);
    }
    this.#slots.clear();
  }

  /** @internal */
  mark(slot: number, mark: number): void {
    if (slot >= this.#marks.length) {
      const larger = new Uint32Array(Math.max(slot + 1, this.#marks.length * 2));
      larger.set(this.#marks);
      this.#marks = larger;
    }
    this.#marks[slot] = mark;
  }

  /** @internal Makes a version and reads its index values, without letting it be seen. */
  prepare(head: ObjectHead, key: string): number {
    const slot = this.versions.add(head, key);
    for (const index of this.#allIndexes) index.prepare(slot, head);
    return slot;
  }

  /** @internal Makes a prepared version the newest one of its object; `known` is what was that before. */
  swap(key: string, slot: number, known: number | undefined): void {
    const old = known ?? -1;
    this.#slots.set(key, slot);
    if (old !== -1) for (const index of this.#allIndexes) index.leave(old);
    for (const index of this.#allIndexes) index.enter(slot);
    const change = old === -1 ? 'added' : 'updated';
    this.#options.listener.changed({ change, key, slot, old, finalStateUnknown: false });
    if (old !== -1) this.versions.release(old);
  }

  /** @internal Deletes what does not carry the mark. */
  sweep(mark: number, namespace: string | undefined): void {
    if (namespace === undefined) {
      for (const [key, slot] of this.#slots) if (this.#marks[slot] !== mark) this.#delete(key, undefined, true);
      return;
    }
    for (const slot of this.namespaces.slots(namespace)) {
      if (this.#marks[slot] !== mark) this.#delete(this.versions.key(slot), undefined, true);
    }
  }

  #update(head: ObjectHead, old: number): void {
    const { versions } = this;
    // The text that is kept already: the one just made of the bytes need not grow old.
    const key = versions.key(old);
    const slot = versions.add(head, key);
    this.#slots.set(key, slot);
    for (const index of this.#allIndexes) index.replace(old, slot, head);
    this.#options.listener.changed({ change: 'updated', key, slot, old, finalStateUnknown: false });
    versions.release(old);
  }

  #delete(key: string, final: number | undefined, finalStateUnknown: boolean): boolean {
    const old = this.#slots.get(key);
    if (old === undefined) return false;
    this.#slots.delete(key);
    for (const index of this.#allIndexes) index.leave(old);
    this.#options.listener.changed({ change: 'deleted', key, slot: final ?? old, old, finalStateUnknown });
    this.versions.release(old);
    return true;
  }
}

/**
 * A whole state on its way into a store. Objects whose resourceVersion did not change are only marked. Others wait outside the store
 * until `commit`, which makes them visible in one step and deletes the objects that did not arrive.
 *
 * The waiting objects are bounded. When they hold more than 16 MiB and a quarter of the stored bytes, they become visible early, so that
 * memory never holds two full sets. Nothing is deleted before `commit`. After `abandon`, the store is as before, except for the objects
 * that became visible early.
 */
export class Relist {
  readonly #store: Store;
  readonly #mark: number;
  readonly #direct: boolean;
  readonly #namespace: string | undefined;
  readonly #ended: () => void;
  readonly #staged = new Map<string, number>();
  #stagedBytes = 0;

  constructor(
    store: Store,
    mark: number,
    options: { namespace?: string | undefined; direct: boolean; ended: () => void },
  ) {
    this.#store = store;
    this.#mark = mark;
    this.#direct = options.direct;
    this.#namespace = options.namespace;
    this.#ended = options.ended;
  }

  /** The versions that have come and wait to be seen. */
  waiting(): Iterable<number> {
    return this.#staged.values();
  }

  /** One object of the new state. */
  apply(head: ObjectHead): void {
    const key = head.key;
    this.#unstage(key);
    const known = this.#store.slot(key);
    if (known !== undefined && this.#isKnown(known, head)) {
      this.#store.mark(known, this.#mark);
      return;
    }
    const slot = this.#store.prepare(head, key);
    this.#store.mark(slot, this.#mark);
    if (this.#direct) {
      this.#store.swap(key, slot, known);
      return;
    }
    this.#staged.set(key, slot);
    this.#stagedBytes += this.#store.versions.length(slot);
    if (this.#stagedBytes > minStagedBytes && this.#stagedBytes > this.#store.versions.liveBytes / 4) this.#letIn();
  }

  /** An object that was deleted while the state was on its way. */
  remove(head: ObjectHead): void {
    const key = head.key;
    this.#unstage(key);
    const slot = this.#store.slot(key);
    if (slot !== undefined) this.#store.mark(slot, 0);
  }

  /** The state is complete: it is seen from now on, and what did not come is deleted with an unknown final state. */
  commit(): void {
    this.#ended();
    this.#letIn();
    this.#store.sweep(this.#mark, this.#namespace);
  }

  /** The state will not be completed. */
  abandon(): void {
    this.#ended();
    for (const slot of this.#staged.values()) this.#store.versions.release(slot);
    this.#staged.clear();
    this.#stagedBytes = 0;
  }

  /** Reports whether the store has this version. A replaced server may reuse versions for objects with other uids. */
  #isKnown(known: number, head: ObjectHead): boolean {
    const { versions } = this.#store;
    return versions.isSame(known, head) && (this.#direct || versions.head(known).uid === head.uid);
  }

  #letIn(): void {
    for (const [key, slot] of this.#staged) this.#store.swap(key, slot, this.#store.slot(key));
    this.#staged.clear();
    this.#stagedBytes = 0;
  }

  #unstage(key: string): void {
    const slot = this.#staged.size === 0 ? undefined : this.#staged.get(key);
    if (slot === undefined) return;
    this.#staged.delete(key);
    this.#stagedBytes -= this.#store.versions.length(slot);
    this.#store.versions.release(slot);
  }
}
