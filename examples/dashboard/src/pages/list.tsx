import { useMemo, useRef, useState } from 'preact/hooks';
import type { Kind } from '../data/kinds.js';
import { type Column, type Row, statusOf, type TableQuery, type TableView } from '../data/live-table.js';
import { age } from '../data/objects.js';
import { titleOf } from '../navigation.js';
import { Badge, Empty, Loading, Notice, toneOf } from '../parts/basics.js';
import { useNow, useTable } from '../parts/hooks.js';
import { Icon } from '../parts/icons.js';
import { useVirtualRows } from '../parts/virtual.js';
import { detailHref, namespace, pageHref, parameter, setParameters } from '../router.js';
import { context } from '../state.js';

const rowHeight = 41;
const nameWidth = 'minmax(14rem, 3fr)';

/** A list of one kind, as the server prints it. */
export function ListPage({ kind }: { kind: Kind }) {
  const [wide, setWide] = useState(false);
  const ns = kind.namespaced ? namespace.value : undefined;
  const query = queryOfAddress();
  const view = useTable(kind, ns, query);
  const search = parameter('q') ?? '';
  return (
    <div class="list-page">
      <header class="page-head">
        <h1>{titleOf(kind)}</h1>
        {view !== undefined && view.phase !== 'failed' && <Count view={view} />}
        {view?.phase === 'reconnecting' && <Badge tone="warn">Reconnecting</Badge>}
      </header>
      <div class="toolbar">
        <input
          type="search"
          aria-label={`Search ${titleOf(kind)}`}
          placeholder="Search names and values, or app=web"
          value={search}
          onInput={(event) => setParameters({ q: event.currentTarget.value })}
        />
        {view !== undefined && view.counts.length > 0 && view.counts.length <= 40 && (
          <StatusFilter view={view} chosen={query.status} />
        )}
        <label class="check">
          <input type="checkbox" checked={wide} onChange={(event) => setWide(event.currentTarget.checked)} />
          All columns
        </label>
        {kind.verbs.includes('create') && (
          <a class="button" href={`${pageHref(context.value, 'create')}?kind=${kind.plural}.${kind.group}`}>
            <Icon name="plus" />
            New {kind.kind}
          </a>
        )}
      </div>
      {view === undefined || (view.phase === 'loading' && view.total === 0) ? (
        <Loading label={view?.message ? `Trying again: ${view.message}` : `Loading ${titleOf(kind).toLowerCase()}`} />
      ) : view.phase === 'failed' ? (
        <Notice tone="warn" title={`You cannot list ${titleOf(kind).toLowerCase()} here`}>
          <p>{view.message}</p>
          {kind.namespaced && <p>Choose a namespace of yours at the top of the page.</p>}
        </Notice>
      ) : view.rows.length === 0 ? (
        <Empty
          title={
            view.total === 0
              ? `There are no ${titleOf(kind).toLowerCase()}${ns === undefined ? '' : ` in ${ns}`}`
              : 'Nothing matches'
          }
        >
          {view.total > 0 && (
            <button type="button" class="button" onClick={() => setParameters({ q: undefined, status: undefined })}>
              Clear search and filter
            </button>
          )}
        </Empty>
      ) : (
        <Rows kind={kind} view={view} query={query} wide={wide} withNamespace={kind.namespaced && ns === undefined} />
      )}
    </div>
  );
}

function queryOfAddress(): TableQuery {
  const [, sign = '', column] = /^(-?)(\d+)$/.exec(parameter('sort') ?? '') ?? [];
  return {
    search: parameter('q') ?? '',
    status: parameter('status'),
    sort: column === undefined ? undefined : { column: Number(column), descending: sign === '-' },
  };
}

function Count({ view }: { view: TableView }) {
  const { length } = view.rows;
  return (
    <span class="muted" role="status">
      {length === view.total
        ? length.toLocaleString('en')
        : `${length.toLocaleString('en')} of ${view.total.toLocaleString('en')}`}
    </span>
  );
}

function StatusFilter({ view, chosen }: { view: TableView; chosen: string | undefined }) {
  const name = view.columns[view.statusColumn]?.name ?? 'Status';
  return (
    <label class="inline-field">
      <span>{name}</span>
      <select value={chosen ?? ''} onChange={(event) => setParameters({ status: event.currentTarget.value })}>
        <option value="">All</option>
        {view.counts.map(([value, count]) => (
          <option key={value} value={value}>
            {value || '–'} ({count})
          </option>
        ))}
      </select>
    </label>
  );
}

interface ShownColumn extends Column {
  readonly index: number;
}

function Rows({
  kind,
  view,
  query,
  wide,
  withNamespace,
}: {
  kind: Kind;
  view: TableView;
  query: TableQuery;
  wide: boolean;
  withNamespace: boolean;
}) {
  const box = useRef<HTMLDivElement>(null);
  const now = useNow();
  const { items, height, scrollTo } = useVirtualRows(box, view.rows.length, rowHeight);
  const columns = useMemo(
    () =>
      view.columns
        .map((column, index) => ({ ...column, index }))
        .filter(({ name, priority }) => name !== 'Name' && (wide || priority === 0)),
    [view.columns, wide],
  );
  const nameIndex = view.columns.findIndex(({ name }) => name === 'Name');
  const style = {
    gridTemplateColumns: [nameWidth, ...(withNamespace ? ['minmax(8rem, 1.2fr)'] : []), ...columns.map(widthOf)].join(
      ' ',
    ),
  };
  const move = (event: KeyboardEvent) => {
    const current = Number(
      (document.activeElement?.closest('[data-index]') as HTMLElement | null)?.dataset.index ?? -1,
    );
    const last = view.rows.length - 1;
    const next = {
      ArrowDown: current + 1,
      ArrowUp: current - 1,
      Home: 0,
      End: last,
      PageDown: current + 15,
      PageUp: current - 15,
    }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    const index = Math.min(last, Math.max(0, next));
    scrollTo(index);
    focusRow(box.current, index);
  };
  return (
    <div class="grid-box" ref={box} onKeyDown={move}>
      <div
        role="table"
        aria-label={titleOf(kind)}
        aria-rowcount={view.rows.length + 1}
        class={withNamespace ? 'grid with-namespace' : 'grid'}
      >
        <div role="rowgroup" class="grid-head">
          <div role="row" aria-rowindex={1} class="grid-row" style={style}>
            <Heading name="Name" column={nameIndex} query={query} isStatus={false} />
            {withNamespace && (
              <div role="columnheader" class="cell namespace">
                Namespace
              </div>
            )}
            {columns.map(({ name, index, description }) => (
              <Heading
                key={name}
                name={name}
                column={index}
                query={query}
                isStatus={index === view.statusColumn}
                description={description}
              />
            ))}
          </div>
        </div>
        <div role="rowgroup" class="grid-body" style={{ height: `${height}px` }}>
          {items.map(({ index, start }) => {
            const row = view.rows[index];
            return row === undefined ? null : (
              <div
                key={row.uid}
                role="row"
                aria-rowindex={index + 2}
                data-index={index}
                class="grid-row"
                style={{ ...style, transform: `translateY(${start}px)` }}
              >
                <RowCells
                  row={row}
                  kind={kind}
                  columns={columns}
                  statusColumn={view.statusColumn}
                  withNamespace={withNamespace}
                  now={now}
                />
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

/** Waits for the row to be drawn, which takes a frame or two after scrolling. */
function focusRow(box: HTMLElement | null, index: number, tries = 5): void {
  const link = box?.querySelector<HTMLElement>(`[data-index="${index}"] a`);
  if (link) link.focus({ preventScroll: true });
  else if (tries > 0) requestAnimationFrame(() => focusRow(box, index, tries - 1));
}

function widthOf({ name, type }: ShownColumn): string {
  if (name === 'Age') return '5rem';
  if (type === 'integer' || /^(?:Ready|Desired|Current|Available|Up-to-date|Data|Secrets)$/i.test(name))
    return 'minmax(5.5rem, 0.7fr)';
  if (/^(?:Message|Images?|Labels|Selector)$/.test(name)) return 'minmax(12rem, 4fr)';
  return 'minmax(7.5rem, 1.3fr)';
}

function Heading({
  name,
  column,
  query,
  isStatus,
  description,
}: {
  name: string;
  isStatus: boolean;
  column: number;
  query: TableQuery;
  description?: string;
}) {
  const isSorted = query.sort?.column === column;
  const direction = isSorted ? (query.sort?.descending === true ? 'descending' : 'ascending') : undefined;
  const next = direction === undefined ? `${column}` : direction === 'ascending' ? `-${column}` : undefined;
  return (
    <div
      role="columnheader"
      aria-sort={direction ?? 'none'}
      class={`cell ${classOf(name, isStatus)}`}
      title={description}
    >
      <button type="button" class="sort" onClick={() => setParameters({ sort: next })}>
        {name}
        <span aria-hidden="true" class="arrow">
          {direction === 'ascending' ? '↑' : direction === 'descending' ? '↓' : ''}
        </span>
      </button>
    </div>
  );
}

/** Narrow windows show the name, the age, and the status or the column that stands for it. */
function classOf(name: string, isStatus: boolean): string {
  if (name === 'Name') return 'name';
  return name === 'Age' ? 'age' : isStatus ? 'keep' : 'extra';
}

function RowCells({
  row,
  kind,
  columns,
  statusColumn,
  withNamespace,
  now,
}: {
  row: Row;
  kind: Kind;
  columns: readonly ShownColumn[];
  statusColumn: number;
  withNamespace: boolean;
  now: number;
}) {
  const { name, namespace: inNamespace, creationTimestamp } = row.metadata;
  return (
    <>
      <div role="cell" class="cell name">
        <a href={detailHref(context.value, kind, inNamespace, name)}>{name}</a>
      </div>
      {withNamespace && (
        <div role="cell" class="cell namespace">
          {inNamespace}
        </div>
      )}
      {columns.map(({ index, name: title }) => {
        const isStatus = index === statusColumn && /^(?:Status|Phase|Type|Reason)$/.test(title);
        const text = index === statusColumn ? statusOf(row, index) : String(row.cells[index] ?? '');
        return (
          <div
            role="cell"
            key={title}
            class={`cell ${classOf(title, index === statusColumn)}`}
            title={title === 'Age' ? creationTimestamp : text}
          >
            {title === 'Age' ? (
              age(creationTimestamp, now)
            ) : isStatus ? (
              <Badge tone={toneOf(text)}>{text}</Badge>
            ) : text === '<none>' || text === '' ? (
              <span class="muted">–</span>
            ) : (
              text
            )}
          </div>
        );
      })}
    </>
  );
}
