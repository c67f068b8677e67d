import { renderObject } from '../encoding/render.js';
import { decodeBody } from '../http/request-body.js';
import { parseWriteOptions } from '../http/write-options.js';
import type { ServerResponse } from '../object/message.js';
import type { ResourceRequest } from '../object/server-context.js';
import { kindOf, objectFromBody } from '../scheme/decode-object.js';
import { turnIfLarge } from './large-write.js';
import { namespaceMismatch } from './match-path.js';
import { recordSent } from './recorded-object.js';
import { createStored } from './write.js';

/** POST to a collection. */
export async function createObject(request: ResourceRequest): Promise<ServerResponse> {
  const options = parseWriteOptions(request.http, request.query, 'CreateOptions');
  const body = await decodeBody(request.http, request.resource.kind, request.resource.apiVersion);
  await turnIfLarge(request);
  const object = objectFromBody(body, kindOf(request.resource), options, request.warnings);
  await turnIfLarge(request);
  recordSent(request, object);
  const { path, resource } = request;
  if (resource.namespaced && (object.metadata.namespace ?? '') !== '' && object.metadata.namespace !== path.namespace) {
    throw namespaceMismatch();
  }
  return renderObject(request, 201, await createStored(request, options, object));
}
