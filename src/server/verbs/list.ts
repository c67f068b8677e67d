import { parseFieldSelector } from '../../meta/index.js';
import { turn } from '../../util/next-turn.js';
import { formedChunks } from '../encoding/formed-list.js';
import { jsonListChunks, jsonListLength } from '../encoding/json-list-chunks.js';
import type { ListPage } from '../encoding/list-page.js';
import { protobufList } from '../encoding/protobuf-list.js';
import { transformed } from '../encoding/render.js';
import { checkListOptions, type ListOptions } from '../http/list-options.js';
import { bytesResponse, objectResponse, sizedResponse } from '../http/respond.js';
import type { ServerResponse, SizedBody } from '../object/message.js';
import type { ResourceRequest, ServedResource } from '../object/server-context.js';
import type { ServerObject } from '../object/server-object.js';
import { badRequest, expired, StatusError } from '../object/status-error.js';
import { readyToDecode } from '../scheme/convert.js';
import { storageKey, storageRange } from '../scheme/storage-keys.js';
import { decodeStored, isSentAsStored } from '../scheme/stored-object.js';
import { CompactedError, FutureRevisionError, type KeyValue } from '../storage/storage.js';
import { type ContinueToken, decodeContinue, encodeContinue, inconsistentContinue } from './continue-token.js';
import { parseRevision, waitForRevision } from './parse-revision.js';
import { type ObjectFilter, type Selection, selectionOf } from './selectors.js';

/** Keys read at once when a selector decides what counts. */
const scanPage = 1_000;

/** Lists of fewer bytes than this are sent whole. */
const smallListBytes = 256 * 1024;

/** The number of bytes in one chunk of a streamed list: enough to make the wait for the reader negligible. */
const chunkBytes = 256 * 1024;

/** GET of a collection. */
export async function listObjects(request: ResourceRequest, options: ListOptions): Promise<ServerResponse> {
  checkListOptions(options);
  const page = await readPage(request, options, await selectionOf(request, options));
  const { media, resource } = request;
  if (media.encoding === 'json' && media.as === undefined && isSentAsStored(resource)) {
    return sizedResponse(200, listBody(resource, page), media, request.warnings);
  }
  if (media.encoding === 'protobuf' && media.as === undefined) {
    const list = await protobufList(resource, page, bytesIn(page.kvs), request.http.signal);
    return sizedResponse(200, list, media, request.warnings);
  }
  const form = async (objects: readonly ServerObject[]) =>
    media.as === undefined ? listOf(resource, page, objects) : await transformed(request, objects, true, page.metadata);
  if (media.encoding === 'json' && bytesIn(page.kvs) > smallListBytes) {
    // What is wrong with the question is said before anything is sent.
    await form([]);
    return bytesResponse(200, formedChunks(resource, page.kvs, form, chunkBytes), media, request.warnings);
  }
  const objects = page.kvs.map((kv) => decodeStored(kv, resource));
  return objectResponse(200, await form(objects), media, request.warnings);
}

/** A whole list as one object. The items of custom resources say what they are, those of built-in kinds do not. */
export function listOf(
  resource: ServedResource,
  { metadata }: { readonly metadata: object },
  objects: readonly ServerObject[],
): { [field: string]: unknown } {
  const { apiVersion } = resource;
  const kind = listKind(resource);
  if (resource.custom !== undefined)
    return { apiVersion, kind, metadata: { continue: '', ...metadata }, items: objects };
  const items = objects.map(({ kind: _kind, apiVersion: _apiVersion, ...rest }) => rest);
  return { kind, apiVersion, metadata, items };
}

/** The kind of a collection of a resource. */
function listKind(resource: ServedResource): string {
  return resource.custom?.listKind ?? `${resource.kind}List`;
}

/** One page of a collection, at the revision its options ask for. */
export async function readPage(
  request: ResourceRequest,
  options: ListOptions,
  { filter, shard }: Selection,
): Promise<ListPage> {
  const found = await findPage(request, options, filter);
  if (shard === undefined) return found;
  return { ...found, metadata: { ...found.metadata, shardInfo: { selector: shard.text } } };
}

async function findPage(request: ResourceRequest, options: ListOptions, filter: ObjectFilter): Promise<ListPage> {
  const { server, resource, path } = request;
  const { start, end } = storageRange(resource, path.namespace);
  const token = continueOf(start, options);
  const revision = token === undefined ? await exactRevision(request, options) : Math.max(0, token.revision);
  const named = nameSelected(request, options, token);
  try {
    if (named !== undefined) return await readNamed(request, named, revision, filter);
    const limit = isFromCache(resource, options) ? 0 : options.limit;
    return await scan(request, { start, from: token?.start ?? start, end, revision, limit, filter });
  } catch (error) {
    if (error instanceof CompactedError) throw goneFor(start, token);
    if (error instanceof FutureRevisionError) {
      await waitForRevision(server, error.requested);
      return findPage(request, options, filter);
    }
    throw error;
  }
}

/** Reports whether any state will do. Such a list is read from a cache, which has no pages. Events are not cached. */
function isFromCache({ group, plural }: ServedResource, { resourceVersion, continueToken }: ListOptions): boolean {
  return (
    resourceVersion === '0' &&
    continueToken === '' &&
    !(plural === 'events' && (group === '' || group === 'events.k8s.io'))
  );
}

/** The one name a field selector asks for, where that makes one key. */
function nameSelected(
  { resource, path }: ResourceRequest,
  { fieldSelector }: ListOptions,
  token: ContinueToken | undefined,
): string | undefined {
  if (fieldSelector === '' || token !== undefined || (resource.namespaced && path.namespace === undefined))
    return undefined;
  return parseFieldSelector(fieldSelector).exactMatch('metadata.name');
}

async function readNamed(
  { server, resource, path }: ResourceRequest,
  name: string,
  revision: number,
  filter: ObjectFilter,
): Promise<ListPage> {
  const found = await server.storage.get(storageKey(resource, path.namespace, name), { revision });
  if (found.kv !== undefined) await readyToDecode(resource, [found.kv]);
  const matches = found.kv !== undefined && filter?.(decodeStored(found.kv, resource)) === true;
  const metadata = { resourceVersion: String(revision === 0 ? found.revision : revision) };
  return { kvs: found.kv !== undefined && matches ? [found.kv] : [], metadata };
}

function continueOf(prefix: string, options: ListOptions): ContinueToken | undefined {
  if (options.continueToken === '') return undefined;
  const token = decodeContinue(prefix, options.continueToken);
  if (options.resourceVersion !== '' && options.resourceVersion !== '0') {
    throw badRequest('specifying resource version is not allowed when using continue');
  }
  return token;
}

/** The one revision to read at, or 0 for the state of now. */
async function exactRevision(request: ResourceRequest, options: ListOptions): Promise<number> {
  const revision = parseRevision(options.resourceVersion);
  if (revision === 0) return options.resourceVersion === '0' ? (request.server.cache.frozenAt ?? 0) : 0;
  // A version with a limit and no match rule means that very version: how paging worked before there were rules.
  const exact = options.resourceVersionMatch === 'Exact' || (options.resourceVersionMatch === '' && options.limit > 0);
  await waitForRevision(request.server, revision);
  return exact ? revision : 0;
}

interface Scan {
  /** The collection's prefix. */
  readonly start: string;
  /** The first key of this page. */
  readonly from: string;
  readonly end: string;
  readonly revision: number;
  readonly limit: number;
  readonly filter: ObjectFilter;
}

async function scan(request: ResourceRequest, { start, from, end, revision, limit, filter }: Scan): Promise<ListPage> {
  const { storage } = request.server;
  if (filter === undefined) {
    const found = await storage.range(from, end, { revision, limit });
    const at = revision === 0 ? found.revision : revision;
    await readyToDecode(request.resource, found.kvs);
    const left = found.count - found.kvs.length;
    return page(start, found.kvs, at, limit > 0 && left > 0 ? found.kvs.at(-1) : undefined, left);
  }
  const kvs: KeyValue[] = [];
  let at = revision;
  let next = from;
  let looked = 0;
  for (;;) {
    const found = await storage.range(next, end, { revision: at, limit: scanPage });
    if (at === 0) at = found.revision;
    await readyToDecode(request.resource, found.kvs);
    for (const [index, kv] of found.kvs.entries()) {
      looked += kv.value.length;
      if (looked > chunkBytes) {
        looked = 0;
        await turn();
      }
      if (!filter(decodeStored(kv, request.resource))) continue;
      kvs.push(kv);
      if (limit > 0 && kvs.length === limit) {
        const more = index + 1 < found.kvs.length || found.count > found.kvs.length;
        return page(start, kvs, at, more ? kv : undefined, undefined);
      }
    }
    const last = found.kvs.at(-1);
    if (last === undefined || found.count <= found.kvs.length) return page(start, kvs, at, undefined, undefined);
    next = `${last.key}\u0000`;
  }
}

function page(
  start: string,
  kvs: readonly KeyValue[],
  revision: number,
  last: KeyValue | undefined,
  left: number | undefined,
): ListPage {
  const metadata: ListPage['metadata'] = { resourceVersion: String(revision) };
  if (last !== undefined) {
    metadata.continue = encodeContinue(start, last.key, revision);
    if (left !== undefined) metadata.remainingItemCount = left;
  }
  return { kvs, metadata };
}

/** 410: a page whose revision is gone comes with a token to go on inconsistently; an exact list has no such way out. */
function goneFor(prefix: string, token: ContinueToken | undefined): StatusError {
  if (token === undefined) {
    return expired('The resourceVersion for the provided list is too old.');
  }
  const error = expired(
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without ' +
      'the continue parameter, or use the continue token in this response to retrieve the remainder of the results. ' +
      'Continuing with the provided token results in an inconsistent list - objects that were created, modified, or ' +
      'deleted between the time the first chunk was returned and now may show up in the list.',
  );
  return new StatusError({ ...error.status, metadata: { continue: inconsistentContinue(prefix, token) } });
}

/** The list's JSON: small ones whole, large ones in chunks that are made as they are read. */
function listBody(resource: ServedResource, { kvs, metadata }: ListPage): SizedBody {
  const kind = JSON.stringify(listKind(resource));
  const apiVersion = JSON.stringify(resource.apiVersion);
  const head = `{"kind":${kind},"apiVersion":${apiVersion},"metadata":${JSON.stringify(metadata)},"items":[`;
  const length = jsonListLength(head, kvs);
  if (length > smallListBytes) return { chunks: streamed(jsonListChunks(head, kvs, chunkBytes)), length };
  const [whole = new Uint8Array()] = jsonListChunks(head, kvs, length);
  return whole;
}

/** Returns the number of bytes of the stored objects. */
function bytesIn(kvs: readonly KeyValue[]): number {
  let total = 0;
  for (const kv of kvs) total += kv.value.length;
  return total;
}

/** Chunks one by one: a reader who is fast enough never to be waited for keeps nobody else from their turn. */
async function* streamed(chunks: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) {
    yield chunk;
    await turn();
  }
}
