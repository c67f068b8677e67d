import type { Entry } from './entry.js';
import { textOf } from './field-value.js';
import type { BoundSelection } from './selection.js';
import { SortedList } from './sorted-list.js';

/** A query receives the counts of the largest groups only. */
const MOST_GROUPS = 1_000;

/** The namespaces that a query sees; undefined stands for all, and for kinds without a namespace. */
export type Namespaces = ReadonlySet<string> | undefined;

/** The objects that a selection chooses within some namespaces, in its order. Queries that ask for the same share it. */
export class QueryView {
  readonly #selection: BoundSelection;
  readonly #namespaces: Namespaces;
  readonly #list: SortedList<Entry>;
  readonly #counts = new Map<string, number>();
  /** Grows when an object enters, leaves or moves. */
  revision = 0;
  /** The number of queries that use the view. */
  users = 0;

  constructor(selection: BoundSelection, namespaces: Namespaces) {
    this.#selection = selection;
    this.#namespaces = namespaces;
    this.#list = new SortedList((a, b) => selection.compare(a, b));
  }

  /** The number of objects. */
  get total(): number {
    return this.#list.length;
  }

  /** The number of objects for each value of the group; undefined without a group. */
  get counts(): { readonly [value: string]: number } | undefined {
    if (this.#selection.group === undefined) return undefined;
    if (this.#counts.size <= MOST_GROUPS) return Object.fromEntries(this.#counts);
    const largest = [...this.#counts].sort(([, a], [, b]) => b - a).slice(0, MOST_GROUPS);
    return Object.fromEntries(largest);
  }

  /** Takes in the objects of a collection. */
  fill(entries: Iterable<Entry>): void {
    const chosen: Entry[] = [];
    for (const entry of entries) if (this.#has(entry)) chosen.push(entry);
    for (const entry of chosen) this.#count(entry, 1);
    this.#list.fill(chosen);
  }

  /** Returns a part of the objects in order. */
  slice(from: number, to: number): Entry[] {
    return this.#list.slice(from, to);
  }

  /** Takes in an object if it is chosen. */
  add(entry: Entry): void {
    if (!this.#has(entry)) return;
    this.revision++;
    this.#list.add(entry);
    this.#count(entry, 1);
  }

  /** Lets go of an object, whose values are still those that it was added with. */
  remove(entry: Entry): void {
    if (!this.#has(entry)) return;
    this.revision++;
    this.#list.remove(entry);
    this.#count(entry, -1);
  }

  #has(entry: Entry): boolean {
    if (this.#namespaces !== undefined && !this.#namespaces.has(entry.namespace)) return false;
    return this.#selection.chooses(entry);
  }

  #count(entry: Entry, by: 1 | -1): void {
    const { group } = this.#selection;
    if (group === undefined) return;
    const value = textOf(entry.values[group]);
    const count = (this.#counts.get(value) ?? 0) + by;
    if (count > 0) this.#counts.set(value, count);
    else this.#counts.delete(value);
  }
}
