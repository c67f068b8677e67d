import { DecodingError, InvalidRequestError, type RequestContext } from '../errors/index.js';
import { apiVersionOf, type KubeObject, type ListMeta, type Stored, type Table } from '../meta/index.js';
import { isObject } from '../util/json-value.js';

/*
 * The decode boundary: what the server answered is checked to be of the right sort, and from there on taken to be what its API promises.
 * The only casts from data to types are here.
 */

/** One document of any sort. Throws `DecodingError` for anything else: a proxy answers what it likes. */
export function documentIn<T>(answer: unknown, context: RequestContext): T {
  if (!isObject(answer)) throw notA('object', context);
  return answer as T;
}

/** The kind, version and other facts that an answer must have, if it states them. */
export interface Expected {
  /** Absent: any kind. */
  readonly kind?: { readonly group: string; readonly version: string; readonly kind: string } | undefined;
  /** Absent: any namespace. */
  readonly namespace?: string | undefined;
  /** Absent: any name. */
  readonly name?: string | undefined;
}

/** Checks that an object is the one that was asked for. Throws `DecodingError`: something between here and the server mixes answers up. */
export function checkAnswer(object: KubeObject, { kind, namespace, name }: Expected, request: RequestContext): void {
  const { metadata } = object;
  const wrong = (field: string, found: unknown, asked: string) =>
    new DecodingError(
      `the answer has the ${field} ${JSON.stringify(found)}, but ${JSON.stringify(asked)} was asked for`,
      {
        offset: 0,
        request,
      },
    );
  if (kind !== undefined && object.kind !== undefined && object.kind !== kind.kind)
    throw wrong('kind', object.kind, kind.kind);
  if (kind !== undefined && object.apiVersion !== undefined && object.apiVersion !== apiVersionOf(kind))
    throw wrong('apiVersion', object.apiVersion, apiVersionOf(kind));
  if (name !== undefined && metadata?.name !== undefined && metadata.name !== name)
    throw wrong('name', metadata.name, name);
  if (namespace !== undefined && metadata?.namespace !== undefined && metadata.namespace !== namespace)
    throw wrong('namespace', metadata.namespace, namespace);
}

/** One object. Throws as `documentIn`. */
export function objectIn<T extends KubeObject>(answer: unknown, context: RequestContext): Stored<T> {
  return documentIn<Stored<T>>(answer, context);
}

/** The object of a deletion; undefined where the server only says that it is done. */
export function deletedIn<T extends KubeObject>(answer: unknown, context: RequestContext): Stored<T> | undefined {
  const object = objectIn<T>(answer, context);
  return object.kind === 'Status' ? undefined : object;
}

/** The objects of a deletion of many; none where the server only says that it is done. */
export function deletedItemsIn<T extends KubeObject>(
  answer: unknown,
  resource: Parameters<typeof itemsIn>[1],
  context: RequestContext,
): Stored<T>[] {
  return deletedIn(answer, context) === undefined ? [] : itemsIn<T>(answer, resource, context);
}

/**
 * Returns a list's items. Lists of built-in kinds omit apiVersion and kind from their items: this puts both back, in front, as in single
 * objects. Throws a `DecodingError` if the answer is not a list.
 */
export function itemsIn<T extends KubeObject>(
  answer: unknown,
  resource: { readonly group: string; readonly version: string; readonly kind: string },
  context: RequestContext,
): Stored<T>[] {
  // Go writes an empty slice as null now and then.
  const items = isObject(answer) ? (answer.items ?? (isList(answer) ? [] : undefined)) : undefined;
  // Every object of the API has metadata: those who follow rely on it.
  if (!Array.isArray(items) || !items.every((item) => isObject(item) && isObject(item.metadata)))
    throw notA('list', context);
  const apiVersion = apiVersionOf(resource);
  const { kind } = resource;
  return items.map((item) => {
    const whole = item.kind === undefined || item.apiVersion === undefined ? { apiVersion, kind, ...item } : item;
    return whole as unknown as Stored<T>;
  });
}

function isList(answer: Record<string, unknown>): boolean {
  return typeof answer.kind === 'string' && answer.kind.endsWith('List');
}

/** Returns the metadata of a list. */
export function listMetaIn(answer: unknown): ListMeta {
  return isObject(answer) && isObject(answer.metadata) ? answer.metadata : {};
}

/** A table. Throws `DecodingError` where the server did not know the word and answered with the objects. */
export function tableIn(answer: unknown, context: RequestContext): Table {
  if (!isObject(answer) || answer.kind !== 'Table') throw notA('table', context);
  // As with lists, nothing may be null.
  return { rows: [], columnDefinitions: [], ...dropNulls(answer) } as unknown as Table;
}

function dropNulls(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== null));
}

function notA(what: string, request: RequestContext): DecodingError {
  return new DecodingError(`the answer is no ${what}: is this an API server, or something before it?`, {
    offset: 0,
    request,
  });
}

/** Refuses a list that the server did not restrict to the shards that the caller selected. */
export function checkSharded(
  answer: unknown,
  { shardSelector }: { readonly shardSelector?: string | undefined },
  request: RequestContext,
): void {
  if (shardSelector === undefined || listMetaIn(answer).shardInfo !== undefined) return;
  throw new InvalidRequestError(
    'cannot list by shardSelector: the server ignored it. It needs Kubernetes 1.36 and the feature gate ShardedListAndWatch.',
    { request },
  );
}
