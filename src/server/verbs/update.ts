import { copy } from '../../util/json-value.js';
import { renderObject } from '../encoding/render.js';
import { decodeBody } from '../http/request-body.js';
import { parseWriteOptions, type WriteOptions } from '../http/write-options.js';
import { strategyOf } from '../kinds/index.js';
import type { ServerResponse } from '../object/message.js';
import { nameOf, type ResourceRequest } from '../object/server-context.js';
import type { ServerObject } from '../object/server-object.js';
import { notFound } from '../object/status-error.js';
import { kindOf, objectFromBody } from '../scheme/decode-object.js';
import { matchPath } from './match-path.js';
import { recordSent } from './recorded-object.js';
import { createStored, replaceStored } from './write.js';

/** PUT of one object, or of its status. */
export async function updateObject(request: ResourceRequest): Promise<ServerResponse> {
  const options = parseWriteOptions(request.http, request.query, 'UpdateOptions');
  const body = await decodeBody(request.http, request.resource.kind, request.resource.apiVersion);
  const object = objectFromBody(body, kindOf(request.resource), options, request.warnings);
  recordSent(request, object);
  matchPath(object, request);
  const result = await replaceStored(request, options, () => copy(object));
  if (result !== undefined) return renderObject(request, 200, result.object);
  return renderObject(request, 201, await createByUpdate(request, object, options));
}

/** Some kinds are made by a PUT to a name nobody has yet. */
async function createByUpdate(
  request: ResourceRequest,
  object: ServerObject,
  options: WriteOptions,
): Promise<ServerObject> {
  const allowed = strategyOf(request.resource).createOnUpdate === true && request.path.subresource === undefined;
  if (!allowed) throw notFound(request.resource, nameOf(request));
  delete object.metadata.resourceVersion;
  return createStored(request, options, object);
}
