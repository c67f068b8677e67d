import { type Channel, type KindLike, type Link, queryKind } from './channel.js';
import { GatewayError } from './gateway-error.js';
import type { QueryColumn, QueryKind, QueryOptions, QueryRow, ServerMessage } from './protocol.js';
import { Snapshots, type Subscribe } from './snapshots.js';

/** The state of a live query at one moment. It never changes; a change makes a new one, in which rows that stayed are the same objects. */
export interface LiveSnapshot<T> {
  /**
   * - `loading`: the first rows have not come yet
   * - `live`: the rows are those of now
   * - `stale`: the connection was lost; the rows are the last ones
   * - `refused`: the user may not read this (any more), or the query is wrong. The rows are gone
   */
  readonly status: 'loading' | 'live' | 'stale' | 'refused';
  /** The place of the first row among all that the query chooses. While a window moves, it belongs to the rows that are still shown. */
  readonly from: number;
  /** The rows of the window, in order. */
  readonly rows: readonly QueryRow<T>[];
  /** The number of rows that the query chooses, in and out of the window. */
  readonly total: number;
  /** The number of rows for each value of `group`. */
  readonly counts: { readonly [value: string]: number };
  /** The columns of the server's table, if `columns` is `table`. */
  readonly columns: readonly QueryColumn[];
  /** Why the query is refused. */
  readonly error: GatewayError | undefined;
}

const EMPTY: LiveSnapshot<never> = {
  status: 'loading',
  from: 0,
  rows: [],
  total: 0,
  counts: {},
  columns: [],
  error: undefined,
};

/**
 * The rows of a query, kept up to date by the gateway. It is open while it has subscribers, and resumes after a lost connection
 * without an empty page in between.
 */
export class LiveQuery<T> {
  readonly #link: Link;
  readonly #kind: QueryKind;
  readonly #state: Snapshots<LiveSnapshot<T>>;
  readonly #held = new Map<string, QueryRow<T>>();
  #options: QueryOptions;
  #id: number | undefined;
  /** The next rows are a whole answer, not a difference. */
  #isFresh = true;

  /** @internal Made by `GatewayClient.live`. */
  constructor(link: Link, kind: KindLike, options: QueryOptions) {
    this.#link = link;
    this.#kind = queryKind(kind);
    this.#options = options;
    this.#state = new Snapshots<LiveSnapshot<T>>(EMPTY, (isUsed) => this.#use(isUsed));
    this.subscribe = this.#state.subscribe;
    this.getSnapshot = this.#state.getSnapshot;
  }

  /** Calls a listener after each change, until the signal. Returns the way to stop. Can be passed on without its object. */
  readonly subscribe: Subscribe<LiveSnapshot<T>>;

  /** Returns what the query shows now: the same object until something changes. Can be passed on without its object. */
  readonly getSnapshot: () => LiveSnapshot<T>;

  /** The choice, order and window of the query. */
  get options(): QueryOptions {
    return this.#options;
  }

  /** Changes parts of the choice, order or window. The old rows stay until the new ones are there. A refused query is asked again. */
  update(change: QueryOptions): void {
    this.#options = { ...this.#options, ...change };
    const id = this.#id;
    if (id === undefined) return;
    if (this.getSnapshot().status === 'refused') this.#open(id);
    else this.#link.send({ type: 'update', id, query: this.#options });
  }

  #use(isUsed: boolean): void {
    if (isUsed && this.#id === undefined) this.#id = this.#link.attach(this.#channel());
    // React unsubscribes and subscribes again in one go; that does not close the query.
    else queueMicrotask(() => this.#closeIfUnused());
  }

  #closeIfUnused(): void {
    const id = this.#id;
    if (id === undefined || this.#state.isUsed) return;
    this.#id = undefined;
    this.#link.send({ type: 'close', id });
    this.#link.detach(id);
    this.#lost();
  }

  #channel(): Channel {
    return {
      start: (id) => this.#open(id),
      receive: (message) => this.#receive(message),
      lost: () => this.#lost(),
    };
  }

  #open(id: number): void {
    this.#isFresh = true;
    this.#link.send({ type: 'open', id, kind: this.#kind, query: this.#options });
  }

  #lost(): void {
    const now = this.getSnapshot();
    if (now.status === 'live') this.#state.set({ ...now, status: 'stale' });
  }

  #receive(message: ServerMessage): void {
    if (message.type === 'fault') {
      this.#held.clear();
      this.#state.set({ ...EMPTY, status: 'refused', error: new GatewayError(message.fault) });
    } else if (message.type === 'rows') this.#state.set(this.#next(message as RowsMessage<T>));
  }

  #next({ order, set = [], total, from, counts, tableColumns }: RowsMessage<T>): LiveSnapshot<T> {
    const before = this.getSnapshot();
    // The gateway tells what is new since the query was opened, and nothing of what a new query does not have.
    const base = this.#isFresh ? EMPTY : before;
    for (const row of set) {
      const held = this.#isFresh ? this.#held.get(row.key) : undefined;
      if (held === undefined || JSON.stringify(held) !== JSON.stringify(row)) this.#held.set(row.key, row);
    }
    const keys = order ?? base.rows.map(({ key }) => key);
    const rows = keys.map((key) => this.#held.get(key)).filter((row) => row !== undefined);
    this.#isFresh = false;
    this.#held.clear();
    for (const row of rows) this.#held.set(row.key, row);
    const isSame = rows.length === before.rows.length && rows.every((row, index) => row === before.rows[index]);
    return {
      status: 'live',
      from: from ?? base.from,
      rows: isSame ? before.rows : rows,
      total,
      counts: counts ?? base.counts,
      columns: tableColumns ?? (this.#options.columns === 'table' ? base.columns : EMPTY.columns),
      error: undefined,
    };
  }
}

interface RowsMessage<T> extends Extract<ServerMessage, { type: 'rows' }> {
  readonly set?: readonly QueryRow<T>[];
}
