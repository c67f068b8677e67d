import { fieldQueryString, labelQueryString } from '../meta/index.js';
import type { ShardedSelection, WriteOptions } from './options.js';

/** Query parameters; absent ones and empty texts are left out. */
export type Query = { readonly [name: string]: string | number | boolean | undefined };

/** `?a=b&c=d`, or nothing. */
export function queryString(query: Query): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') params.append(name, String(value));
  }
  const text = params.toString();
  return text === '' ? '' : `?${text}`;
}

/** `labelSelector` and `fieldSelector`. Throws a `FormatError` for selectors no server would take. */
export function selectionQuery(selection: ShardedSelection): Query {
  return {
    labelSelector: labelQueryString(selection.labels),
    fieldSelector: fieldQueryString(selection.fields),
    shardSelector: selection.shardSelector,
  };
}

/** Returns the query that all writes share. */
export function writeQuery(options: WriteOptions): Query {
  return {
    dryRun: options.dryRun ? 'All' : undefined,
    fieldValidation: options.fieldValidation,
    fieldManager: options.fieldManager,
  };
}
