import { type JsonObject, serverSideApplySteps } from '../../patch/index.js';
import { renderObject } from '../encoding/render.js';
import { parseWriteOptions, type WriteOptions } from '../http/write-options.js';
import type { ServerResponse } from '../object/message.js';
import { nameOf, type ResourceRequest } from '../object/server-context.js';
import type { ServerObject } from '../object/server-object.js';
import { conflict, internal, notFound, StatusError } from '../object/status-error.js';
import { decodeKind, kindOf } from '../scheme/decode-object.js';
import { storeNew } from './create.js';
import { runSteps, turnIfLarge } from './large-write.js';
import { managerContext } from './managed-fields.js';
import { matchPath } from './names.js';
import { readPatch, withPatchErrors } from './patch-language.js';
import { replaceStored } from './replace.js';

/** PATCH of one object, in each of its four languages. */
export async function patchObject(request: ResourceRequest): Promise<ServerResponse> {
  const options = parseWriteOptions(request.http, request.query, 'PatchOptions');
  return withPatchErrors(async () => {
    const patch = await readPatch(request, options);
    await turnIfLarge(request);
    if (patch.language === 'apply') return applyConfiguration(request, options, patch.applied);
    const kind = kindOf(request.resource);
    const schema = request.server.scheme.resolver(request.resource);
    const result = await replaceStored(request, options, (current) => patch.change(current, kind, schema));
    if (result === undefined) throw notFound(request.resource, nameOf(request));
    return renderObject(request, 200, result.object);
  });
}

/** Server-side apply: creates what is not there. */
async function applyConfiguration(
  request: ResourceRequest,
  options: WriteOptions,
  applied: JsonObject,
): Promise<ServerResponse> {
  const apply = async (live: ServerObject | undefined, storedBytes = 0): Promise<ServerObject> => {
    const context = { ...managerContext(request, options), kind: request.resource.kind };
    const steps = serverSideApplySteps({ ...context, live, applied, force: options.force });
    const { object } = await runSteps(request, steps, storedBytes);
    await turnIfLarge(request, storedBytes);
    const merged = decodeMerged(request, object);
    matchPath(merged, request);
    return merged;
  };
  const result = await replaceStored(request, options, apply, { tracked: true });
  if (result !== undefined) return renderObject(request, 200, result.object);
  if (request.path.subresource !== undefined) throw notFound(request.resource, nameOf(request));
  const fresh = await apply(undefined);
  const { uid, resourceVersion: _, ...metadata } = fresh.metadata;
  if (uid !== undefined && uid !== '') {
    const why = `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`;
    throw conflict(request.resource, nameOf(request), why);
  }
  return renderObject(request, 201, await storeNew(request, { ...fresh, metadata }, options, true));
}

/** Decodes the result of an apply as an object of its kind. A fault that is found only here is an error of the server. */
function decodeMerged({ resource, path }: ResourceRequest, object: JsonObject): ServerObject {
  try {
    return decodeKind(object, kindOf(resource));
  } catch (error) {
    if (!(error instanceof StatusError) || error.status.code !== 400 || resource.custom !== undefined) throw error;
    const { group, version, kind } = resource;
    const type = `${group}/${version}, Kind=${kind}`;
    const why = `unable to convert unstructured object to ${type}: error decoding from json: ${error.message}`;
    throw internal(`failed to convert new object (/${path.name}; ${type}) to proper version: ${why}`);
  }
}
