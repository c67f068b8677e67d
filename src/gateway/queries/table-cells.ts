import { LRUCache } from 'lru-cache';
import type { QueryColumn } from '../../browser/protocol.js';
import { isNotFound } from '../../errors/index.js';
import type { Resource, Table } from '../../meta/index.js';
import type { Cluster } from '../../sdk/index.js';
import type { Entry } from './entry.js';

/** The rows that are kept. */
const MOST_ROWS = 20_000;
/** The rows that are asked for at the same time. */
const AT_ONCE = 10;
/** The name of the column whose cells would be out of date at once: it becomes the time of creation. */
const AGE = 'Age';

/** The options of `TableCells`. */
export interface TableCellsOptions {
  readonly cluster: Cluster;
  readonly resource: Resource;
  /** Called when a row has come that was asked for. */
  readonly onLoad: () => void;
  readonly onError: (error: unknown) => void;
}

/** The API server's table of a kind, row by row: the printer columns of built-in kinds and of custom resources. */
export class TableCells {
  readonly #options: TableCellsOptions;
  readonly #rows = new LRUCache<string, readonly unknown[]>({ max: MOST_ROWS });
  readonly #asked = new Set<string>();
  readonly #waiting: Entry[] = [];
  #columns: Promise<readonly QueryColumn[]> | undefined;
  #running = 0;

  constructor(options: TableCellsOptions) {
    this.#options = options;
  }

  /** Returns the columns. */
  columns(): Promise<readonly QueryColumn[]> {
    if (this.#columns === undefined) {
      const { cluster, resource } = this.#options;
      const asked = cluster.resource(resource).table.list({ limit: 1 }).then(columnsOf);
      asked.catch(() => {
        this.#columns = undefined;
      });
      this.#columns = asked;
    }
    return this.#columns;
  }

  /** Returns the cells of an object in its present version. Undefined if they are not known yet: they are asked for then. */
  cells(entry: Entry): readonly unknown[] | undefined {
    const id = idOf(entry, entry.version);
    const known = this.#rows.get(id);
    if (known !== undefined || this.#asked.has(id)) return known;
    this.#asked.add(id);
    this.#waiting.push(entry);
    void this.#run();
    return undefined;
  }

  async #run(): Promise<void> {
    if (this.#running >= AT_ONCE) return;
    this.#running++;
    for (let entry = this.#waiting.shift(); entry !== undefined; entry = this.#waiting.shift())
      await this.#load(entry, entry.version);
    this.#running--;
  }

  async #load(entry: Entry, version: string): Promise<void> {
    const id = idOf(entry, version);
    try {
      const { cluster, resource } = this.#options;
      const all = cluster.resource(resource);
      const { table } = entry.namespace === '' ? all : all.in(entry.namespace);
      const answer = await table.get(entry.key.slice(entry.key.indexOf('/') + 1));
      const [row] = answer.rows;
      const creation = row?.object?.metadata?.creationTimestamp;
      const cells = (row?.cells ?? []).map((cell, at) =>
        answer.columnDefinitions[at]?.name === AGE && creation !== undefined ? creation : cell,
      );
      // The object may have changed since it was asked for.
      this.#rows.set(idOf(entry, row?.object?.metadata?.resourceVersion ?? version), cells);
      this.#rows.set(id, cells);
    } catch (error) {
      // A row that cannot be had stays empty, so that it is not asked for again and again.
      this.#rows.set(id, []);
      if (!isNotFound(error)) this.#options.onError(error);
    }
    this.#asked.delete(id);
    this.#asked.delete(idOf(entry, entry.version));
    this.#options.onLoad();
  }
}

function columnsOf({ columnDefinitions }: Table): QueryColumn[] {
  return columnDefinitions.map(({ name, type, priority }) => ({ name, type: name === AGE ? 'date' : type, priority }));
}

function idOf({ key }: Entry, version: string): string {
  return `${key} ${version}`;
}
