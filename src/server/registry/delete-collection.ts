import { transformed } from '../encoding/render.js';
import { checkListOptions, parseListOptions } from '../http/list-options.js';
import { objectResponse } from '../http/respond.js';
import type { ServerResponse } from '../object/message.js';
import type { ResourceRequest } from '../object/server-context.js';
import { StatusError } from '../object/status-error.js';
import { decodeStored } from '../scheme/stored.js';
import { deleteStored, warnOfDeletion } from './delete.js';
import { readDeleteOptions } from './delete-options.js';
import { listOf, readPage } from './list.js';
import { selectionOf } from './selectors.js';

/** DELETE of a collection: answers with the objects as they were. */
export async function deleteCollection(request: ResourceRequest): Promise<ServerResponse> {
  const list = parseListOptions(request.query);
  checkListOptions(list);
  const selection = await selectionOf(request, list);
  const options = await readDeleteOptions(request);
  warnOfDeletion(request, options);
  const { resource, media } = request;
  const page = await readPage(request, list, selection);
  const objects = page.kvs.map((kv) => decodeStored(kv, resource));
  for (const object of objects) {
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
