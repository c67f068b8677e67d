import { renderObject } from '../encoding/render.js';
import { parseWriteOptions } from '../http/write-options.js';
import type { ServerResponse } from '../object/message.js';
import { nameOf, type ResourceRequest } from '../object/server-context.js';
import { notFound } from '../object/status-error.js';
import { kindOf } from '../scheme/decode-object.js';
import { applyStored } from './apply.js';
import { turnIfLarge } from './large-write.js';
import { readPatch, withPatchErrors } from './patch-language.js';
import { replaceStored } from './write.js';

/** PATCH of one object, in each of its four languages. */
export async function patchObject(request: ResourceRequest): Promise<ServerResponse> {
  const options = parseWriteOptions(request.http, request.query, 'PatchOptions');
  return withPatchErrors(async () => {
    const patch = await readPatch(request, options);
    await turnIfLarge(request);
    if (patch.language === 'apply') {
      const { object, created } = await applyStored(request, options, patch.applied, patch.confirm);
      return renderObject(request, created ? 201 : 200, object);
    }
    const kind = kindOf(request.resource);
    const schema = request.server.scheme.resolver(request.resource);
    const result = await replaceStored(request, options, (current) => patch.change(current, kind, schema));
    if (result === undefined) throw notFound(request.resource, nameOf(request));
    return renderObject(request, 200, result.object);
  });
}
