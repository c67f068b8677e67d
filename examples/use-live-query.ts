// A hook for React: `const { rows, total } = useLiveQuery(gateway, Pod, { namespace, search, columns: 'table' })`.
import type { KubeObject, Resource } from 'keelson';
import type { GatewayClient, LiveSnapshot, QueryOptions } from 'keelson/browser';
import { useEffect, useState, useSyncExternalStore } from 'react';

/** Shows a live query. It is open while a component shows it; another `options` moves the same query. */
export function useLiveQuery<T extends KubeObject>(
  gateway: GatewayClient,
  kind: Resource<T>,
  options: QueryOptions = {},
): LiveSnapshot<T> {
  const [query] = useState(() => gateway.live(kind, options));
  const text = JSON.stringify(options);
  useEffect(() => query.update(JSON.parse(text) as QueryOptions), [query, text]);
  return useSyncExternalStore(query.subscribe, query.getSnapshot, query.getSnapshot);
}
