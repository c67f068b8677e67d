import { turn } from '../../util/next-turn.js';
import { transformed } from '../encoding/render.js';
import { checkListOptions, parseListOptions } from '../http/list-options.js';
import { objectResponse } from '../http/respond.js';
import type { ServerResponse } from '../object/message.js';
import type { ResourceRequest } from '../object/server-context.js';
import type { ServerObject } from '../object/server-object.js';
import { StatusError } from '../object/status-error.js';
import { decodeStored } from '../scheme/stored-object.js';
import { deleteStored, warnOfDeletion } from './delete.js';
import { listOf, readPage } from './list.js';
import { readDeleteOptions } from './read-delete-options.js';
import { selectionOf } from './selectors.js';

/** Other requests have a turn after so many deletions. */
const deletionsPerTurn = 32;

/** DELETE of a collection: answers with the objects as they were. */
export async function deleteCollection(request: ResourceRequest): Promise<ServerResponse> {
  const list = parseListOptions(request.query);
  checkListOptions(list);
  const selection = await selectionOf(request, list);
  const options = await readDeleteOptions(request);
  warnOfDeletion(request, options);
  const { resource, media } = request;
  const page = await readPage(request, list, selection);
  const objects: ServerObject[] = [];
  for (const kv of page.kvs) {
    const object = decodeStored(kv, resource);
    objects.push(object);
    if (objects.length % deletionsPerTurn === 0) await turn();
    try {
      await deleteStored(request, object.metadata.name ?? '', options);
    } catch (error) {
      // Somebody else deleted it first, which is what was wanted.
      if (!(error instanceof StatusError) || error.status.code !== 404) throw error;
    }
  }
  if (media.as !== undefined) {
    return objectResponse(200, await transformed(request, objects, true, page.metadata), media, request.warnings);
  }
  return objectResponse(200, listOf(resource, page, objects), media, request.warnings);
}
