import { protobufObject } from '../encoding/protobuf-objects.js';
import { renderObject } from '../encoding/render.js';
import { flag } from '../http/list-options.js';
import { bytesResponse } from '../http/respond.js';
import type { ServerResponse } from '../object/message.js';
import { nameOf, type ResourceRequest } from '../object/server-context.js';
import { badRequest, notFound } from '../object/status-error.js';
import { readyToDecode } from '../scheme/convert.js';
import { namedKey } from '../scheme/named-key.js';
import { decodeStored, isSentAsStored, objectHead, storedParts } from '../scheme/stored-object.js';
import type { KeyValue } from '../storage/storage.js';
import { parseWatchRevision, waitForRevision } from './parse-revision.js';

/** GET of one object. */
export async function getObject(request: ResourceRequest): Promise<ServerResponse> {
  if (flag(request.query, 'export') === true)
    throw badRequest('the export parameter, deprecated since v1.14, is no longer supported');
  const version = request.query.get('resourceVersion') ?? '';
  const revision = parseWatchRevision(version);
  if (revision > 0) await waitForRevision(request.server, revision);
  const at = version === '0' ? request.server.cache.frozenAt : undefined;
  const kv = await readExisting(request, nameOf(request), at);
  if (request.media.encoding === 'json' && request.media.as === undefined && isSentAsStored(request.resource)) {
    const [head, rest] = storedParts(kv.value, kv.modRevision, objectHead(request.resource));
    return bytesResponse(200, Buffer.concat([head, rest]), request.media, request.warnings);
  }
  if (request.media.encoding === 'protobuf' && request.media.as === undefined) {
    return bytesResponse(200, protobufObject(request.resource, kv), request.media, request.warnings);
  }
  return renderObject(request, 200, decodeStored(kv, request.resource));
}

/** The stored object of the request's namespace, as it is or was at a revision. Throws the 404 Status. */
export async function readExisting(request: ResourceRequest, name: string, revision = 0): Promise<KeyValue> {
  const key = namedKey(request.resource, request.path.namespace, name);
  const { kv } = await request.server.storage.get(key, { revision });
  if (kv === undefined) throw notFound(request.resource, name);
  await readyToDecode(request.resource, [kv]);
  return kv;
}
