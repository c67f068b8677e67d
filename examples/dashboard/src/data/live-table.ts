import { ApiFailure, type ClusterApi, messageOf } from './api.js';
import { type Kind, pathOf } from './kinds.js';
import type { Metadata } from './objects.js';
import { sleep, watchOnce } from './watch.js';

/** A column as the server prints it. */
export interface Column {
  readonly name: string;
  readonly type: string;
  readonly description: string;
  /** 0: always shown; more: only where there is room. */
  readonly priority: number;
}

/** A row of a table. */
export interface Row {
  readonly uid: string;
  readonly metadata: Metadata;
  readonly cells: readonly unknown[];
}

/** Which rows to show, and in which order. */
export interface TableQuery {
  readonly search: string;
  /** The index of a column, and the direction. */
  readonly sort: { readonly column: number; readonly descending: boolean } | undefined;
  /** The value of the status column to keep. */
  readonly status: string | undefined;
}

export type Phase = 'loading' | 'live' | 'reconnecting' | 'failed';

/** The state of a live table. */
export interface TableView {
  readonly phase: Phase;
  readonly message: string;
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  /** All rows, before search and status. */
  readonly total: number;
  /** The values of the status column, each with its number of rows. */
  readonly counts: readonly (readonly [string, number])[];
  readonly statusColumn: number;
}

interface Table {
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
  readonly columnDefinitions?: readonly Column[];
  readonly rows?: readonly { readonly cells: readonly unknown[]; readonly object: { readonly metadata: Metadata } }[];
}

const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
const pageSize = 1000;
const collator = new Intl.Collator('en', { numeric: true });

/** Columns whose values are worth a filter of their own, the best one first. */
const statusNames = ['Status', 'Phase', 'Type', 'Reason', 'Ready'];

/** The rows of a kind, followed by a watch. `onChange` is called once a frame at most. */
export class LiveTable {
  readonly #api: ClusterApi;
  readonly #kind: Kind;
  readonly #namespace: string | undefined;
  readonly #onChange: () => void;
  readonly #stop = new AbortController();
  readonly #rows = new Map<string, Row>();
  #columns: readonly Column[] = [];
  #phase: Phase = 'loading';
  #message = '';
  #last: { readonly sort: string | undefined; readonly rows: readonly Row[] } = { sort: undefined, rows: [] };
  #viewMs = 0;
  #isPlanned = false;

  constructor(api: ClusterApi, kind: Kind, namespace: string | undefined, onChange: () => void) {
    this.#api = api;
    this.#kind = kind;
    this.#namespace = namespace;
    this.#onChange = onChange;
    this.#run().catch(() => {});
  }

  close(): void {
    this.#stop.abort();
  }

  /** Returns the rows that a query keeps, in its order. */
  view(query: TableQuery): TableView {
    const started = performance.now();
    const { search, sort, status } = query;
    const statusName = statusNames.find((one) => this.#columns.some(({ name }) => name === one));
    const statusColumn = this.#columns.findIndex(({ name }) => name === statusName);
    const words = search.toLowerCase().split(/\s+/).filter(Boolean);
    const counts = new Map<string, number>();
    const rows: Row[] = [];
    for (const row of this.#inLastOrder(JSON.stringify(sort))) {
      if (!words.every((word) => contains(row, word))) continue;
      const value = statusOf(row, statusColumn);
      if (statusColumn >= 0) counts.set(value, (counts.get(value) ?? 0) + 1);
      if (status === undefined || value === status) rows.push(row);
    }
    rows.sort(this.#order(sort));
    this.#last = { sort: JSON.stringify(sort), rows };
    this.#viewMs = performance.now() - started;
    return {
      phase: this.#phase,
      message: this.#message,
      columns: this.#columns,
      rows,
      total: this.#rows.size,
      counts: [...counts].sort(([, a], [, b]) => b - a),
      statusColumn,
    };
  }

  /** Returns all rows, those of the last view first and in its order: to sort rows that are in order already is quick. */
  #inLastOrder(sort: string): Iterable<Row> {
    if (this.#last.sort !== sort) return this.#rows.values();
    const ordered = new Map<string, Row>();
    for (const { uid } of this.#last.rows) {
      const row = this.#rows.get(uid);
      if (row !== undefined) ordered.set(uid, row);
    }
    for (const [uid, row] of this.#rows) if (!ordered.has(uid)) ordered.set(uid, row);
    return ordered.values();
  }

  #order(sort: TableQuery['sort']): (a: Row, b: Row) => number {
    const byName = (a: Row, b: Row) =>
      compareTexts(a.metadata.namespace ?? '', b.metadata.namespace ?? '') ||
      compareTexts(a.metadata.name, b.metadata.name);
    if (sort === undefined) return byName;
    const { column, descending } = sort;
    const sign = descending ? -1 : 1;
    const isAge = this.#columns[column]?.name === 'Age';
    const value = (row: Row) => (isAge ? (row.metadata.creationTimestamp ?? '') : row.cells[column]);
    return (a, b) => {
      const [one, other] = [value(a), value(b)];
      const order =
        typeof one === 'number' && typeof other === 'number'
          ? one - other
          : compareTexts(String(one ?? ''), String(other ?? ''));
      // A young object has a late time.
      return (isAge ? -order : order) * sign || byName(a, b);
    };
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    let version = '';
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        if (version === '') version = await this.#list();
        this.#set('live');
        attempt = 0;
        for await (const { type, object } of watchOnce<Table>(
          this.#api,
          `${pathOf(this.#kind, this.#namespace)}?watch=true&allowWatchBookmarks=true&resourceVersion=${version}`,
          { accept, signal },
        )) {
          version = this.#apply(type, object) ?? version;
          this.#changed();
        }
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof ApiFailure && error.status === 410) version = '';
        else if (error instanceof ApiFailure && [401, 403, 404, 405].includes(error.status)) {
          this.#rows.clear();
          this.#set('failed', error.message);
          return;
        } else this.#set(version === '' ? 'loading' : 'reconnecting', messageOf(error));
      }
      await sleep(Math.min(500 * 2 ** attempt, 15_000), signal);
    }
  }

  async #list(): Promise<string> {
    const { signal } = this.#stop;
    const found = new Set<string>();
    let next = '';
    let version = '';
    do {
      const path = `${pathOf(this.#kind, this.#namespace)}?limit=${pageSize}&continue=${encodeURIComponent(next)}`;
      const table = await this.#api.json<Table>(path, { accept, signal });
      this.#put(table);
      for (const { object } of table.rows ?? []) found.add(object.metadata.uid ?? object.metadata.name);
      version = table.metadata?.resourceVersion ?? '';
      next = table.metadata?.continue ?? '';
      this.#changed();
    } while (next !== '');
    for (const uid of this.#rows.keys()) if (!found.has(uid)) this.#rows.delete(uid);
    return version;
  }

  #apply(type: string, table: Table): string | undefined {
    if (type === 'DELETED') {
      for (const { object } of table.rows ?? []) this.#rows.delete(object.metadata.uid ?? object.metadata.name);
    } else if (type !== 'BOOKMARK') this.#put(table);
    return table.rows?.at(-1)?.object.metadata.resourceVersion ?? table.metadata?.resourceVersion;
  }

  #put({ columnDefinitions, rows = [] }: Table): void {
    if (columnDefinitions !== undefined && columnDefinitions.length > 0) this.#columns = columnDefinitions;
    for (const { cells, object } of rows) {
      const uid = object.metadata.uid ?? object.metadata.name;
      this.#rows.set(uid, { uid, cells, metadata: shortened(object.metadata) });
    }
  }

  #set(phase: Phase, message = ''): void {
    this.#phase = phase;
    this.#message = message;
    this.#changed();
  }

  /** Plans one call of `onChange`. A large table is drawn less often, so that it takes a tenth of the time at most. */
  #changed(): void {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    const change = () => {
      this.#isPlanned = false;
      if (!this.#stop.signal.aborted) this.#onChange();
    };
    setTimeout(() => requestAnimationFrame(change), this.#viewMs * 9);
  }
}

function compareTexts(a: string, b: string): number {
  return a === b ? 0 : collator.compare(a, b);
}

/** Keeps the metadata that a list shows or searches: the rest is most of an object's size. */
function shortened({ name, namespace, uid, labels, creationTimestamp, deletionTimestamp }: Metadata): Metadata {
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(uid === undefined ? {} : { uid }),
    ...(labels === undefined ? {} : { labels }),
    ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
    ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
  };
}

/** A word with `=` is a label; any other is looked for in the name, the namespace and the cells. */
function contains({ metadata, cells }: Row, word: string): boolean {
  const [label = '', value] = word.split('=', 2);
  if (value !== undefined) return metadata.labels?.[label]?.toLowerCase() === value;
  return (
    metadata.name.includes(word) ||
    metadata.namespace?.includes(word) === true ||
    cells.some((cell) => typeof cell === 'string' && cell.toLowerCase().includes(word))
  );
}

/** Returns the status that a row shows. */
export function statusOf({ metadata, cells }: Row, column: number): string {
  return metadata.deletionTimestamp === undefined ? String(cells[column] ?? '') : 'Terminating';
}
