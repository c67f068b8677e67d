import { useEffect, useMemo, useReducer, useState } from 'preact/hooks';
import { messageOf } from '../data/api.js';
import type { Kind } from '../data/kinds.js';
import { followObjects, type ObjectQuery, type ObjectsState } from '../data/live-object.js';
import { LiveTable, type TableQuery, type TableView } from '../data/live-table.js';
import { api } from '../state.js';

const nothing: ObjectsState = { objects: [], error: '', isLoaded: false };

/** Follows objects while the component is shown. Without a query nothing is read. */
export function useObjects(query: ObjectQuery | undefined): ObjectsState {
  const [state, setState] = useState(nothing);
  const cluster = api.value;
  const key =
    query === undefined
      ? ''
      : JSON.stringify([query.kind.group, query.kind.plural, query.namespace, query.labels, query.fields]);
  useEffect(() => {
    setState(nothing);
    if (query === undefined) return;
    const stop = new AbortController();
    void followObjects(cluster, query, setState, stop.signal);
    return () => stop.abort();
  }, [cluster, key]);
  return state;
}

/** Follows a kind as a table while the component is shown, and returns the rows that a query keeps. */
export function useTable(kind: Kind, namespace: string | undefined, query: TableQuery): TableView | undefined {
  const [, again] = useReducer((n: number) => n + 1, 0);
  const [table, setTable] = useState<LiveTable>();
  const cluster = api.value;
  useEffect(() => {
    const made = new LiveTable(cluster, kind, namespace, () => again(undefined));
    setTable(made);
    return () => made.close();
  }, [cluster, kind, namespace]);
  return table?.view(query);
}

/** The state of something that is read once. */
export interface Loaded<T> {
  readonly value: T | undefined;
  readonly error: string;
}

/** Reads something when `key` changes. */
export function useLoaded<T>(key: string, load: (signal: AbortSignal) => Promise<T>): Loaded<T> {
  const [state, setState] = useState<Loaded<T>>({ value: undefined, error: '' });
  useEffect(() => {
    const stop = new AbortController();
    setState({ value: undefined, error: '' });
    load(stop.signal).then(
      (value) => !stop.signal.aborted && setState({ value, error: '' }),
      (error) => !stop.signal.aborted && setState({ value: undefined, error: messageOf(error) }),
    );
    return () => stop.abort();
  }, [key]);
  return state;
}

/** Returns the time, again every ten seconds, for ages. */
export function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 10_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

let lastId = 0;

/** Returns an id for `aria-labelledby` and the like. */
export function useId(): string {
  return useMemo(() => `id-${++lastId}`, []);
}
