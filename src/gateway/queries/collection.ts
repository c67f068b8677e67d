import {
  type Cached,
  type Informer,
  type ObjectView,
  subscribeViews,
  type ViewChange,
  viewOf,
} from '../../cache/index.js';
import type { KubeObject, Resource } from '../../meta/index.js';
import type { Cluster } from '../../sdk/index.js';
import { turn } from '../../util/next-turn.js';
import { Entry } from './entry.js';
import type { Field } from './field.js';
import { FieldTable, type UsedField } from './field-table.js';
import { equalValues } from './field-value.js';
import { type Namespaces, QueryView } from './query-view.js';
import { defaultSearchField, type Selection } from './selection.js';
import { TableCells } from './table-cells.js';

/** The time that the first whole state may take, in milliseconds. */
const START_TIMEOUT_MS = 60_000;
/** Entries whose values are read in one turn of the event loop. */
const ENTRIES_A_TURN = 2_000;

/** The options of a collection. */
export interface CollectionOptions {
  /** The same for no other collection of the gateway. */
  readonly id: string;
  readonly cluster: Cluster;
  readonly resource: Resource;
  /** Called after each change of an object. */
  readonly onChange: () => void;
  readonly onError: (error: unknown) => void;
}

interface SharedView {
  readonly id: string;
  readonly view: QueryView;
  readonly fields: readonly UsedField[];
}

/** All objects of a kind in a cluster: one informer, and the views of all queries over it. */
export class Collection {
  readonly id: string;
  readonly resource: Resource;
  /** The API server's table of the kind. */
  readonly table: TableCells;
  readonly #informer: Informer<KubeObject>;
  readonly #onChange: () => void;
  readonly #onError: (error: unknown) => void;
  readonly #entries = new Map<string, Entry>();
  readonly #fields = new FieldTable();
  readonly #views = new Map<string, SharedView>();
  #started: Promise<void> | undefined;
  /** True if the gateway cannot read the kind. */
  isBroken = false;
  /** Grows with each change of an object, and with each row of the table that has come. */
  revision = 0;
  /** The number of queries that use the collection or are about to. */
  users = 0;

  constructor({ id, cluster, resource, onChange, onError }: CollectionOptions) {
    this.id = id;
    this.resource = resource;
    this.#onChange = onChange;
    this.#onError = onError;
    this.table = new TableCells({ cluster, resource, onLoad: () => this.#changed(), onError });
    this.#informer = cluster.informer(resource, { onError });
  }

  /** The number of views. */
  get views(): number {
    return this.#views.size;
  }

  /** Begins to list and watch. Resolves when the whole state is there; rejects if the gateway cannot read the kind. */
  start(): Promise<void> {
    if (this.#started === undefined) {
      // Read of each object as it comes, so that the first search need not read all of them.
      this.#fields.acquire(defaultSearchField, (used) => this.#fill(used));
      subscribeViews(this.#informer, (change) => this.#apply(change));
      this.#started = this.#informer.start({ timeoutMs: START_TIMEOUT_MS });
      this.#started.catch((error) => {
        this.isBroken = true;
        this.#onError(error);
      });
    }
    return this.#started;
  }

  /** Ends the watch. */
  stop(): Promise<void> {
    return this.#informer.stop();
  }

  /** Returns the newest state of an object. */
  object(key: string): Cached<KubeObject> | undefined {
    return this.#informer.lister.get(key);
  }

  /** Finds or makes the view of a selection. `scopeId` stands for the namespaces. Each call asks for one `release`. */
  async view(selection: Selection, namespaces: Namespaces, scopeId: string): Promise<QueryView> {
    const id = `${scopeId}\n${selection.id}`;
    const known = this.#views.get(id);
    if (known !== undefined) return use(known.view);
    const fields: UsedField[] = [];
    try {
      for (const field of selection.fields) fields.push(this.#fields.acquire(field, (used) => this.#fill(used)));
      await Promise.all(fields.map(({ ready }) => ready));
    } catch (error) {
      for (const field of fields) this.#fields.release(field);
      throw error;
    }
    const meanwhile = this.#views.get(id);
    if (meanwhile !== undefined) {
      for (const field of fields) this.#fields.release(field);
      return use(meanwhile.view);
    }
    const numbers = new Map(fields.map(({ field, number }) => [field.id, number]));
    const view = new QueryView(
      selection.bind((field: Field) => numbers.get(field.id) ?? -1),
      namespaces,
    );
    view.fill(this.#entries.values());
    for (const field of fields) field.views.add(view);
    this.#views.set(id, { id, view, fields });
    return use(view);
  }

  /** Lets go of a view; the last query's call ends it. */
  release(view: QueryView): void {
    view.users--;
    if (view.users > 0) return;
    for (const { id, view: other, fields } of this.#views.values()) {
      if (other !== view) continue;
      this.#views.delete(id);
      for (const field of fields) {
        field.views.delete(view);
        this.#fields.release(field);
      }
    }
  }

  #apply({ change, key, current }: ViewChange): void {
    const entry = this.#entries.get(key);
    if (change === 'deleted') this.#remove(key, entry);
    else if (entry === undefined) this.#add(key, current);
    else this.#update(entry, current);
    this.#changed();
  }

  #changed(): void {
    this.revision++;
    this.#onChange();
  }

  #add(key: string, current: ObjectView): void {
    const entry = new Entry(key, current.resourceVersion);
    for (const { field, number } of this.#fields.fields) entry.values[number] = this.#read(field, current, key);
    this.#entries.set(key, entry);
    for (const { view } of this.#views.values()) view.add(entry);
  }

  #update(entry: Entry, current: ObjectView): void {
    entry.version = current.resourceVersion;
    const changed: { readonly used: UsedField; readonly value: ReturnType<Field['read']> }[] = [];
    for (const used of this.#fields.fields) {
      const value = this.#read(used.field, current, entry.key);
      if (!equalValues(value, entry.values[used.number])) changed.push({ used, value });
    }
    if (changed.length === 0) return;
    // Only views that look at a changed value can lose, gain or move the object.
    const affected = new Set(changed.flatMap(({ used }) => [...used.views]));
    for (const view of affected) view.remove(entry);
    for (const { used, value } of changed) entry.values[used.number] = value;
    for (const view of affected) view.add(entry);
  }

  #remove(key: string, entry: Entry | undefined): void {
    if (entry === undefined) return;
    this.#entries.delete(key);
    for (const { view } of this.#views.values()) view.remove(entry);
  }

  /** Gives each entry the value of a new field, in several turns of the event loop. */
  async #fill({ field, number }: UsedField): Promise<void> {
    let read = 0;
    for (const [key, entry] of this.#entries) {
      const view = viewOf(this.#informer, key);
      entry.values[number] = view === undefined ? undefined : this.#read(field, view, key);
      if (++read % ENTRIES_A_TURN === 0) await turn();
    }
  }

  #read(field: Field, view: ObjectView, key: string): ReturnType<Field['read']> {
    try {
      return field.read(view, key);
    } catch (error) {
      // An object that cannot be decoded has no values.
      this.#onError(error);
      return undefined;
    }
  }
}

function use(view: QueryView): QueryView {
  view.users++;
  return view;
}
