import type { QueryOptions, QueryWindow } from '../../browser/protocol.js';
import { InvalidRequestError, isApiError } from '../../errors/index.js';
import type { Resource } from '../../meta/index.js';
import type { Clock } from '../../util/clock.js';
import type { ReadScope } from '../access/read-rights.js';
import type { GatewayCluster } from '../gateway-cluster.js';
import type { Caller } from '../gateway-user.js';
import type { Collection } from './collection.js';
import type { Entry } from './entry.js';
import type { QueryView } from './query-view.js';
import type { Columns, RowTexts } from './row-texts.js';
import { Selection } from './selection.js';
import { ValuePath } from './value-path.js';

const MOST_ROWS = 500;
/** Rows beyond this many characters come with the next message. */
const MOST_CHARACTERS = 4 * 1024 * 1024;

/** The options of an open query. */
export interface OpenQueryOptions {
  readonly id: number;
  readonly user: Caller;
  readonly cluster: GatewayCluster;
  readonly resource: Resource;
  readonly texts: RowTexts;
  readonly clock: Clock;
  /** The age of an answer about rights from which on nothing is sent any more, in milliseconds. */
  readonly recheckMs: number;
  /** Waits until the user may have another view made. */
  readonly pace: () => Promise<void>;
  /** Called when there is something to send. */
  readonly onReady: () => void;
  /** Called when the query ended by itself. */
  readonly onFault: (error: unknown) => void;
}

/** The view of a query, once the user's rights are known. */
interface Shown {
  readonly selection: Selection;
  readonly scope: ReadScope;
  readonly view: QueryView;
}

/** One query of one browser: its part of a view, and what the browser holds of it. */
export class OpenQuery {
  readonly #options: OpenQueryOptions;
  readonly #collection: Collection;
  /** The options to apply next; those that come faster than they can be applied replace each other. */
  #next: QueryOptions | undefined;
  #current: QueryOptions = {};
  #applying = false;
  #ended = false;
  #shown: Shown | undefined;
  #window: QueryWindow = { from: 0, to: 50 };
  #columns: Columns = 'object';
  /** The versions of the rows that the browser holds. */
  #sent = new Map<string, string>();
  #order: readonly string[] = [];
  #total = -1;
  #counts = '';
  /** The state of the collection that was looked at last. */
  #revision = -1;
  #countsRevision = -1;
  #mustAnswer = false;
  /** The columns of the table, as JSON text, until they are sent. */
  #tableColumns: string | undefined;

  constructor(options: OpenQueryOptions) {
    this.#options = options;
    this.#collection = options.cluster.collection(options.resource);
  }

  /** Applies new options. The next message shows their rows. */
  update(options: QueryOptions): void {
    this.#next = options;
    void this.#applyAll();
  }

  /** Looks at the user's rights again. Ends the query if there are none any more. */
  async recheck(): Promise<void> {
    const shown = this.#shown;
    if (shown === undefined || this.#applying) return;
    const { cluster, user, resource, onReady } = this.#options;
    let scope: ReadScope;
    try {
      scope = await cluster.access.scope(user, resource, this.#current.namespace);
    } catch (error) {
      // A cluster that does not answer for a moment ends the query only when the last answer is too old.
      if ((isApiError(error) && error.isForbidden) || this.#isUnreviewed(shown.scope)) this.#fail(error);
      return;
    }
    if (this.#ended || this.#applying || this.#shown !== shown) return;
    if (scope.id === shown.scope.id) {
      this.#shown = { ...shown, scope };
      onReady();
    } else {
      this.update(this.#current);
    }
  }

  /** Ends the query. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    if (this.#shown !== undefined) this.#collection.release(this.#shown.view);
    this.#shown = undefined;
    this.#options.cluster.release(this.#collection);
  }

  /** Returns the next message as JSON text, or undefined if the browser holds what there is to show. */
  message(): string | undefined {
    const shown = this.#shown;
    if (shown === undefined || (!this.#mustAnswer && this.#revision === this.#collection.revision)) return undefined;
    if (this.#isUnreviewed(shown.scope)) return undefined;
    this.#revision = this.#collection.revision;
    const { view } = shown;
    const { order, set } = this.#rows(view.slice(this.#window.from, this.#window.to));
    const counts = this.#newCounts(view);
    const parts = [`{"type":"rows","id":${this.#options.id},"total":${view.total}`];
    if (this.#mustAnswer) parts.push(`"from":${this.#window.from}`);
    if (!isSame(order, this.#order)) parts.push(`"order":${JSON.stringify(order)}`);
    if (set.length > 0) parts.push(`"set":[${set.join(',')}]`);
    if (counts !== undefined) parts.push(`"counts":${counts}`);
    if (this.#tableColumns !== undefined) parts.push(`"tableColumns":${this.#tableColumns}`);
    const isNews = parts.length > 1 || view.total !== this.#total || this.#mustAnswer;
    this.#order = order;
    this.#total = view.total;
    this.#mustAnswer = false;
    this.#tableColumns = undefined;
    return isNews ? `${parts.join(',')}}` : undefined;
  }

  /** Reports whether the user's rights could not be looked at for too long: they count as gone then. */
  #isUnreviewed({ reviewedAt }: ReadScope): boolean {
    const { clock, recheckMs } = this.#options;
    return clock.monotonic() - reviewedAt > recheckMs;
  }

  async #applyAll(): Promise<void> {
    if (this.#applying) return;
    this.#applying = true;
    try {
      for (let options = this.#next; options !== undefined && !this.#ended; options = this.#next) {
        this.#next = undefined;
        await this.#apply(options);
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#applying = false;
    }
    if (!this.#ended) this.#options.onReady();
  }

  #fail(error: unknown): void {
    if (this.#ended) return;
    this.end();
    this.#options.onFault(error);
  }

  async #apply(options: QueryOptions): Promise<void> {
    const { user, resource, cluster, pace } = this.#options;
    if ((options.cluster ?? cluster.name) !== cluster.name)
      throw new InvalidRequestError('cannot move a query to another cluster. Open another query.');
    if (options.namespace !== undefined && resource.scope !== 'Namespaced')
      throw new InvalidRequestError(`cannot query ${resource.plural} of a namespace: the kind has none`);
    const window = windowOf(options.window);
    const columns = columnsOf(options.columns);
    const selection = new Selection(options);
    const before = this.#shown;
    if (before?.selection.id !== selection.id) await pace();
    const scope = await cluster.access.scope(user, resource, options.namespace);
    await this.#collection.start();
    const tableColumns = columns === 'table' ? await this.#collection.table.columns() : undefined;
    if (this.#ended) return;
    const isOther = before?.selection.id !== selection.id || before.scope.id !== scope.id;
    const view = isOther ? await this.#collection.view(selection, scope.namespaces, scope.id) : before.view;
    if (isOther && this.#ended) {
      this.#collection.release(view);
      return;
    }
    if (isOther && before !== undefined) this.#collection.release(before.view);
    if (isOther) this.#countsRevision = -1;
    if (JSON.stringify(options.columns) !== JSON.stringify(this.#current.columns)) {
      this.#sent.clear();
      this.#tableColumns = tableColumns === undefined ? undefined : JSON.stringify(tableColumns);
    }
    this.#shown = { selection, scope, view };
    this.#window = window;
    this.#columns = columns;
    this.#current = options;
    this.#mustAnswer = true;
  }

  /** Returns the keys of the rows to show, and the rows that the browser does not hold yet. */
  #rows(entries: readonly Entry[]): { readonly order: string[]; readonly set: string[] } {
    const order: string[] = [];
    const set: string[] = [];
    const sent = new Map<string, string>();
    let characters = 0;
    for (const entry of entries) {
      const { key, version } = entry;
      const held = this.#sent.get(key);
      const keep = (shown: string) => {
        order.push(key);
        sent.set(key, shown);
      };
      if (held === version) {
        keep(version);
        continue;
      }
      if (characters > MOST_CHARACTERS) {
        this.#revision = -1;
        continue;
      }
      const row = this.#row(entry);
      if (row === undefined) {
        // The browser goes on showing what it holds.
        if (held !== undefined) keep(held);
        continue;
      }
      keep(row.version);
      if (row.version === held) continue;
      set.push(row.text);
      characters += row.text.length;
    }
    this.#sent = sent;
    return { order, set };
  }

  /** Returns a row as text. Undefined if it cannot be shown yet, or was deleted and is about to leave the view. */
  #row(entry: Entry): { readonly version: string; readonly text: string } | undefined {
    const { key, version } = entry;
    const columns = this.#columns;
    if (columns === 'table') {
      const cells = this.#collection.table.cells(entry);
      return cells === undefined ? undefined : { version, text: JSON.stringify({ key, cells }) };
    }
    const object = this.#collection.object(key);
    if (object === undefined) return undefined;
    const text = this.#options.texts.row(this.#collection.id, columns, key, object);
    return { version: object.metadata.resourceVersion, text };
  }

  #newCounts(view: QueryView): string | undefined {
    if (view.revision === this.#countsRevision) return undefined;
    this.#countsRevision = view.revision;
    const { counts } = view;
    const text = counts === undefined ? '' : JSON.stringify(counts);
    if (text === this.#counts) return undefined;
    this.#counts = text;
    return text === '' ? '{}' : text;
  }
}

/** Checks a window. Throws an `InvalidRequestError` if it is not a range of at most 500 rows. */
function windowOf(window: QueryWindow = { from: 0, to: 50 }): QueryWindow {
  const { from, to } = window;
  if (to < from || to - from > MOST_ROWS)
    throw new InvalidRequestError(`cannot show the rows from ${from} to ${to}: ask for at most ${MOST_ROWS} rows`);
  return { from, to };
}

function columnsOf(columns: QueryOptions['columns'] = 'object'): Columns {
  return typeof columns === 'string' ? columns : columns.map((path) => new ValuePath(path));
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((key, at) => key === b[at]);
}
