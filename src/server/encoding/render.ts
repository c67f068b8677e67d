import { bytesResponse, objectResponse } from '../http/respond.js';
import type { ServerResponse } from '../object/message.js';
import type { ResourceRequest } from '../object/server-context.js';
import type { ServerObject } from '../object/server-object.js';
import { metadataAlone } from '../scheme/deprecations.js';
import { writtenJson } from '../scheme/stored-object.js';

/** One object in the form the client asked for: whole, as metadata only, or as a table of one row. */
export async function renderObject(
  request: ResourceRequest,
  status: number,
  object: ServerObject,
): Promise<ServerResponse> {
  const { media } = request;
  if (media.encoding === 'json' && media.as === undefined) {
    const written = writtenJson(object, request.resource);
    if (written !== undefined) return bytesResponse(status, written, media, request.warnings);
  }
  return objectResponse(
    status,
    media.as === undefined ? object : await transformed(request, [object], false, {}),
    media,
    request.warnings,
  );
}

/** Objects as a Table or as metadata only. */
export async function transformed(
  request: ResourceRequest,
  objects: readonly ServerObject[],
  list: boolean,
  listMeta: { [field: string]: unknown },
): Promise<{ [field: string]: unknown }> {
  const { media } = request;
  if (media.as === 'Table') {
    const { tableOf } = await import('./table.js');
    return tableOf(request, objects, list ? listMeta : { resourceVersion: objects[0]?.metadata.resourceVersion });
  }
  const apiVersion = `meta.k8s.io/${media.metaVersion ?? 'v1'}`;
  const items = objects.map((object) => ({
    kind: 'PartialObjectMetadata',
    apiVersion,
    metadata: metadataAlone(request.resource, object.metadata),
  }));
  const [first] = items;
  if (!list && first !== undefined) return first;
  // Go appends to a list that does not exist before its first item.
  return {
    kind: 'PartialObjectMetadataList',
    apiVersion,
    metadata: listMeta,
    items: list && items.length === 0 ? null : items,
  };
}
