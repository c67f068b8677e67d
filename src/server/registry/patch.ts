import { decodeUtf8 } from '../../util/bytes.js';
import { checkSize, contentType } from '../http/body.js';
import type { ServerResponse } from '../http/message.js';
import { parseWriteOptions, type WriteOptions } from '../http/write-options.js';
import {
  applyJsonPatch,
  applyMergePatch,
  applyStrategicMergePatch,
  type JsonObject,
  PatchError,
  serverSideApply,
  unknownJsonPatchFields,
} from '../patch/index.js';
import { isObject } from '../patch/json-value.js';
import { badRequest, failure, notFound, StatusError } from '../status-error.js';
import { invalid, invalidValue, required } from '../validation/field-error.js';
import { nameOf, type ResourceRequest } from './context.js';
import { storeNew } from './create.js';
import { decodeKind, kindOf } from './decode-object.js';
import { managerContext } from './managed-fields.js';
import { matchPath } from './names.js';
import { renderObject } from './render.js';
import { replaceStored } from './replace.js';
import type { ServerObject } from './stored.js';

const jsonPatch = 'application/json-patch+json';
const mergePatch = 'application/merge-patch+json';
const strategicPatch = 'application/strategic-merge-patch+json';
const applyYaml = 'application/apply-patch+yaml';
const applyTypes = new Set([applyYaml, 'application/apply-patch+json']);
const patchTypes = new Set([jsonPatch, mergePatch, strategicPatch, ...applyTypes]);

/** PATCH of one object, in each of its four languages. */
export async function patchObject(request: ResourceRequest): Promise<ServerResponse> {
  const type = contentType(request.http);
  if (!patchTypes.has(type)) throw failure(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {});
  const options = parseWriteOptions(request.http, request.query, 'PatchOptions');
  checkSize(request.http);
  return translated(request, () =>
    applyTypes.has(type) ? applyConfiguration(request, options) : patchStored(request, options, type),
  );
}

async function patchStored(request: ResourceRequest, options: WriteOptions, type: string): Promise<ServerResponse> {
  const patch = parsePatch(request, type);
  if (options.force !== undefined) {
    throw invalid({ group: 'meta.k8s.io', kind: 'PatchOptions' }, '', [
      { field: 'force', reason: 'FieldValueForbidden', message: 'Forbidden: may not be specified for non-apply patch' },
    ]);
  }
  const extra = type === jsonPatch ? unknownJsonPatchFields(patch) : [];
  const warnings: string[] = [];
  const result = await replaceStored(request, options, (current) => {
    warnings.length = 0;
    return patched(request, options, current, applyPatch(request, type, current, patch), extra, warnings);
  });
  if (result === undefined) throw notFound(request.resource, nameOf(request));
  request.warnings.unshift(...warnings);
  return renderObject(request, 200, result.object);
}

function parsePatch(request: ResourceRequest, type: string): unknown {
  const text = decodeUtf8(request.http.body ?? new Uint8Array());
  let patch: unknown;
  try {
    patch = JSON.parse(text);
  } catch (error) {
    const why = text.trim() === '' ? 'unexpected end of JSON input' : error instanceof Error ? error.message : '';
    throw badRequest(`error decoding patch: ${why}`);
  }
  if (type !== jsonPatch && !isObject(patch)) {
    const kind = Array.isArray(patch) ? 'array' : typeof patch;
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${kind} into Go value of type map[string]interface {}`,
    );
  }
  return patch;
}

function applyPatch(request: ResourceRequest, type: string, current: ServerObject, patch: unknown): unknown {
  switch (type) {
    case jsonPatch:
      return applyJsonPatch(current, patch);
    case mergePatch:
      return applyMergePatch(current, patch);
    default:
      return applyStrategicMergePatch(current, patch as JsonObject, request.server.scheme.resolver(request.resource));
  }
}

/** The patched JSON as an object of the kind again. What does not fit is the patch's fault: 422 on the field `patch`. */
function patched(
  request: ResourceRequest,
  options: WriteOptions,
  _current: ServerObject,
  value: unknown,
  extra: readonly string[],
  warnings: string[],
): ServerObject {
  const { resource } = request;
  const refuse = (why: string): StatusError =>
    invalid({ group: '', kind: '' }, '', [invalidValue('patch', JSON.stringify(value), why)]);
  if (!isObject(value)) throw refuse('json: cannot unmarshal into an object');
  if (value.kind !== resource.kind || value.apiVersion !== resource.apiVersion) {
    throw refuse(`${String(value.kind)} in version ${String(value.apiVersion)} is not ${resource.kind}`);
  }
  const strict: string[] = [...extra];
  let object: ServerObject;
  try {
    object = decodeKind(value, kindOf(resource), strict);
  } catch (error) {
    if (error instanceof StatusError && error.status.code === 400) throw refuse(error.message);
    throw error;
  }
  if (strict.length > 0 && options.fieldValidation === 'Strict')
    throw refuse(`strict decoding error: ${strict.join(', ')}`);
  if (options.fieldValidation === 'Warn') warnings.push(...strict);
  matchPath(object, request);
  return object;
}

/** Server-side apply: creates what is not there. */
async function applyConfiguration(request: ResourceRequest, options: WriteOptions): Promise<ServerResponse> {
  if (!options.managerGiven) {
    throw invalid({ group: 'meta.k8s.io', kind: 'PatchOptions' }, '', [
      required('fieldManager', 'is required for apply patch'),
    ]);
  }
  const applied = await parseConfiguration(request);
  const context = { ...managerContext(request, options), kind: request.resource.kind };
  const result = await replaceStored(
    request,
    options,
    (current) => {
      const { object } = serverSideApply({ ...context, live: current, applied, force: options.force });
      const merged = decodeKind(object, kindOf(request.resource));
      matchPath(merged, request);
      return merged;
    },
    { tracked: true },
  );
  if (result !== undefined) return renderObject(request, 200, result.object);
  if (request.path.subresource !== undefined) throw notFound(request.resource, nameOf(request));
  const { object } = serverSideApply({ ...context, live: undefined, applied, force: options.force });
  const fresh = decodeKind(object, kindOf(request.resource));
  matchPath(fresh, request);
  return renderObject(request, 201, await storeNew(request, fresh, options, true));
}

async function parseConfiguration(request: ResourceRequest): Promise<JsonObject> {
  const text = decodeUtf8(request.http.body ?? new Uint8Array());
  const { parseDocument } = await import('yaml');
  const document = parseDocument(text, { version: '1.1', uniqueKeys: false, prettyErrors: false, logLevel: 'silent' });
  const [problem] = document.errors;
  if (problem !== undefined) throw badRequest(`error decoding YAML: ${problem.message}`);
  const value: unknown = document.toJS({ maxAliasCount: 100 });
  if (!isObject(value)) throw badRequest('error decoding YAML: the body is not an object');
  const { metadata } = value;
  const name = isObject(metadata) ? metadata.name : undefined;
  // A configuration without a name is about the object in the path.
  if (name === undefined)
    return { ...value, metadata: { ...(isObject(metadata) ? metadata : {}), name: nameOf(request) } };
  return value;
}

/** The engines' errors as Status. */
async function translated<T>(request: ResourceRequest, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof PatchError)) throw error;
    const { resource } = request;
    const name = nameOf(request);
    if (error.reason === 'Conflict') {
      throw failure(error.code, error.reason, error.message, {
        name,
        ...(resource.group === '' ? {} : { group: resource.group }),
        kind: resource.plural,
        causes: [...error.causes],
      });
    }
    const details = error.causes.length > 0 ? { causes: [...error.causes] } : undefined;
    throw failure(error.code, error.reason, error.message, details);
  }
}
