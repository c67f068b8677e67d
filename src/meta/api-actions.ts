import type { ActionFacts } from './api-facts.js';

/** Query parameters of a list or a watch: name to JSON type. */
const LIST: Readonly<Record<string, string>> = {
  allowWatchBookmarks: 'boolean',
  continue: 'string',
  fieldSelector: 'string',
  labelSelector: 'string',
  limit: 'integer',
  pretty: 'string',
  resourceVersion: 'string',
  resourceVersionMatch: 'string',
  sendInitialEvents: 'boolean',
  shardSelector: 'string',
  timeoutSeconds: 'integer',
  watch: 'boolean',
};

const WRITE: Readonly<Record<string, string>> = {
  dryRun: 'string',
  fieldManager: 'string',
  fieldValidation: 'string',
  pretty: 'string',
};

const DELETE: Readonly<Record<string, string>> = {
  dryRun: 'string',
  gracePeriodSeconds: 'integer',
  ignoreStoreReadErrorWithClusterBreakingPotential: 'boolean',
  orphanDependents: 'boolean',
  pretty: 'string',
  propagationPolicy: 'string',
};

const { allowWatchBookmarks: _bookmarks, watch: _watch, ...SELECT } = LIST;

const QUERY: { readonly [action: string]: Readonly<Record<string, string>> } = {
  get: { pretty: 'string' },
  list: LIST,
  watch: LIST,
  watchlist: LIST,
  post: WRITE,
  put: WRITE,
  patch: { ...WRITE, force: 'boolean' },
  delete: DELETE,
  // A collection is deleted by selecting it, not by watching it.
  deletecollection: { ...SELECT, ...DELETE },
};

/** The query parameters every action of this name takes: name to JSON type. None for connections and plumbing. */
export function impliedQuery(action: string | undefined): Readonly<Record<string, string>> {
  return (action !== undefined && Object.hasOwn(QUERY, action) ? QUERY[action] : undefined) ?? {};
}

/** Returns the result type that the action alone implies, as a schema reference or `string`: see `ActionFacts.returns`. */
export function impliedReturn({ action, kind }: ActionFacts): string | undefined {
  if (action === 'connect') return 'string';
  if (action === 'delete' || action === 'deletecollection') return 'meta.Status';
  if (action === 'watch' || action === 'watchlist') return 'meta.WatchEvent';
  return kind === undefined ? undefined : `${schemaOfKind(kind)}${action === 'list' ? 'List' : ''}`;
}

/** `apps/v1/Deployment` as a schema reference: `apps/v1.Deployment`. */
export function schemaOfKind(kind: string): string {
  const slash = kind.lastIndexOf('/');
  return `${kind.slice(0, slash)}.${kind.slice(slash + 1)}`;
}
