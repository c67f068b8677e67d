import { ApiFailure, type ClusterApi, messageOf } from './api.js';
import { apiVersionOf, type Kind, pathOf } from './kinds.js';
import type { KubeObject } from './objects.js';
import { sleep, watchOnce } from './watch.js';

interface ObjectList {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly KubeObject[];
}

/** Selects the objects of a kind. */
export interface ObjectQuery {
  readonly kind: Kind;
  readonly namespace?: string | undefined;
  readonly labels?: string | undefined;
  readonly fields?: string | undefined;
  /** The most objects to read; the rest is left out. */
  readonly limit?: number | undefined;
}

/** The state of a live list. */
export interface ObjectsState {
  readonly objects: readonly KubeObject[];
  readonly error: string;
  readonly isLoaded: boolean;
}

/** Lists objects once. */
export async function listObjects(
  api: ClusterApi,
  { kind, namespace, labels, fields, limit }: ObjectQuery,
  signal?: AbortSignal,
): Promise<ObjectList> {
  const query = new URLSearchParams({
    ...(labels === undefined ? {} : { labelSelector: labels }),
    ...(fields === undefined ? {} : { fieldSelector: fields }),
    ...(limit === undefined ? {} : { limit: String(limit) }),
  });
  const list = await api.json<ObjectList>(`${pathOf(kind, namespace)}?${query}`, { signal });
  // The items of a list have neither kind nor version.
  const items = list.items.map((item) => ({ ...item, apiVersion: apiVersionOf(kind), kind: kind.kind }));
  return { ...list, items };
}

/** Follows objects until the signal aborts, and tells each state at most every 100 ms. */
export async function followObjects(
  api: ClusterApi,
  query: ObjectQuery,
  tell: (state: ObjectsState) => void,
  signal: AbortSignal,
): Promise<void> {
  const known = new Map<string, KubeObject>();
  let isPlanned = false;
  const changed = (error = '') => {
    if (isPlanned) return;
    isPlanned = true;
    setTimeout(() => {
      isPlanned = false;
      if (!signal.aborted) tell({ objects: [...known.values()], error, isLoaded: true });
    }, 100);
  };
  const selectors = new URLSearchParams({
    ...(query.labels === undefined ? {} : { labelSelector: query.labels }),
    ...(query.fields === undefined ? {} : { fieldSelector: query.fields }),
  });
  let version = '';
  for (let attempt = 0; !signal.aborted; attempt++) {
    try {
      if (version === '') {
        const list = await listObjects(api, query, signal);
        known.clear();
        for (const item of list.items) known.set(item.metadata.uid ?? item.metadata.name, item);
        version = list.metadata.resourceVersion;
        changed();
      }
      const path = `${pathOf(query.kind, query.namespace)}?watch=true&allowWatchBookmarks=true&resourceVersion=${version}&${selectors}`;
      for await (const { type, object } of watchOnce<KubeObject>(api, path, { signal })) {
        attempt = 0;
        version = object.metadata.resourceVersion ?? version;
        const key = object.metadata.uid ?? object.metadata.name;
        if (type === 'DELETED') known.delete(key);
        else if (type !== 'BOOKMARK') known.set(key, object);
        if (type !== 'BOOKMARK') changed();
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ApiFailure && error.status === 410) version = '';
      else if (error instanceof ApiFailure && [401, 403, 404, 405].includes(error.status)) {
        tell({ objects: [], error: error.message, isLoaded: true });
        return;
      } else changed(messageOf(error));
    }
    await sleep(Math.min(500 * 2 ** attempt, 15_000), signal).catch(() => {});
  }
}
