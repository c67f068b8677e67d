import { escapedJson, goJsonKind, goValue, rewritten } from '../../patch/go-format.js';
import {
  applyJsonPatch,
  applyMergePatch,
  applyStrategicMergePatch,
  type JsonObject,
  PatchError,
  type SchemaResolver,
  unknownJsonPatchFields,
} from '../../patch/index.js';
import { decodeUtf8 } from '../../util/bytes.js';
import { isObject } from '../../util/json-value.js';
import { encodedOrder } from '../go-text/echo.js';
import { duplicateFields } from '../http/duplicate-fields.js';
import { jsonSyntaxProblem } from '../http/json-syntax.js';
import { checkSize, contentType } from '../http/request-body.js';
import type { WriteOptions } from '../http/write-options.js';
import { invalid, invalidValue, required } from '../object/field-error.js';
import { nameOf, type ResourceRequest } from '../object/server-context.js';
import type { ServerObject } from '../object/server-object.js';
import { badRequest, failure, StatusError } from '../object/status-error.js';
import { decodeKind, type ExpectedKind } from '../scheme/decode-object.js';
import { wireTypeOfKind } from '../scheme/wire-types.js';
import { turnIfLarge } from './large-write.js';
import { matchPath } from './match-path.js';

const jsonPatch = 'application/json-patch+json';
const mergePatch = 'application/merge-patch+json';
const strategicPatch = 'application/strategic-merge-patch+json';
const applyTypes = new Set(['application/apply-patch+yaml', 'application/apply-patch+json']);
/** Custom resources have no strategic merge: their schemas name no merge keys. */
const customPatchTypes = [jsonPatch, mergePatch, 'application/apply-patch+yaml'];
const patchTypes = new Set([jsonPatch, mergePatch, strategicPatch, ...applyTypes]);

/** A configuration to apply. */
export interface Configuration {
  readonly applied: JsonObject;
  /** Throws if fields that come twice are refused. This is said only of a configuration without conflicts. */
  readonly confirm: () => void;
}

/** A patch as the request carries it: one of the three that change an object, or a configuration to apply. */
export type PatchLanguage =
  | ({ readonly language: 'apply' } & Configuration)
  | {
      readonly language: 'patch';
      /** Returns what the patch makes of an object of a kind. Warnings about unknown fields go to the request. */
      readonly change: (current: ServerObject, kind: ExpectedKind, schema: SchemaResolver) => Promise<ServerObject>;
    };

/** Reads the patch of a request. Throws 400, 413, 415 or 422. */
export async function readPatch(request: ResourceRequest, options: WriteOptions): Promise<PatchLanguage> {
  const type = contentType(request.http);
  if (request.resource.custom !== undefined && !customPatchTypes.includes(type)) {
    const types = customPatchTypes.join(', ');
    const message = `the body of the request was in an unknown format - accepted media types include: ${types}`;
    throw failure(415, 'UnsupportedMediaType', message);
  }
  if (!patchTypes.has(type)) throw failure(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {});
  checkSize(request.http);
  if (applyTypes.has(type)) {
    if (!options.managerGiven) {
      const error = required('fieldManager', 'is required for apply patch');
      throw invalid({ group: 'meta.k8s.io', kind: 'PatchOptions' }, '', [error]);
    }
    return { language: 'apply', ...(await parseConfiguration(request, options)) };
  }
  const patch = parsePatch(request, type);
  if (options.force !== undefined) {
    const message = 'Forbidden: may not be specified for non-apply patch';
    const error = { field: 'force', reason: 'FieldValueForbidden', message };
    throw invalid({ group: 'meta.k8s.io', kind: 'PatchOptions' }, '', [error]);
  }
  const twice =
    options.fieldValidation === 'Ignore' ? [] : duplicateFields(decodeUtf8(request.http.body ?? new Uint8Array()));
  const extra =
    type === jsonPatch ? [...twice.map((problem) => `json patch ${problem}`), ...unknownJsonPatchFields(patch)] : twice;
  return {
    language: 'patch',
    change: async (current, kind, schema) => {
      const value = run(type, current, patch, schema);
      await turnIfLarge(request);
      // A strategic merge is shown as the patch, the others as what they made.
      const strategic = type === strategicPatch;
      const shown = strategic ? undefined : () => shownPatched(type, encoded(current, kind), patch);
      return decodePatched(request, options, kind, value, extra, shown, patch);
    },
  };
}

function parsePatch(request: ResourceRequest, type: string): unknown {
  const text = decodeUtf8(request.http.body ?? new Uint8Array());
  let patch: unknown;
  try {
    patch = JSON.parse(text);
  } catch {
    throw badRequest(`error decoding patch: ${jsonSyntaxProblem(text) ?? ''}`);
  }
  if (patch === null && type === strategicPatch) return {};
  if (type !== jsonPatch && !isObject(patch)) {
    const kind = Array.isArray(patch) ? 'array' : typeof patch;
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${kind} into Go value of type map[string]interface {}`,
    );
  }
  return patch;
}

function run(type: string, current: ServerObject, patch: unknown, schema: SchemaResolver): unknown {
  switch (type) {
    case jsonPatch:
      return applyJsonPatch(current, patch);
    case mergePatch:
      return applyMergePatch(current, patch);
    default:
      return applyStrategicMergePatch(current, patch as JsonObject, schema);
  }
}

/** Returns an object with its fields in the order in which kube-apiserver encodes them. */
function encoded(current: ServerObject, kind: ExpectedKind): JsonObject {
  const object = decodeKind(current, kind);
  const type = kind.custom === undefined ? wireTypeOfKind(kind.apiVersion, kind.kind) : undefined;
  return type === undefined ? object : encodedOrder(type, object);
}

/** Returns the patched object with its fields in the order of its text, which decoding goes by and messages show. */
function shownPatched(type: string, current: JsonObject, patch: unknown): unknown {
  const reached = new Set<object>([current]);
  const patched =
    type === jsonPatch ? applyJsonPatch(current, patch, reached) : applyMergePatch(current, patch, reached);
  // A JSON patch changes a copy of the object.
  if (isObject(patched)) reached.add(patched);
  return rewritten(patched, reached);
}

/** The patched JSON as an object of the kind again. What does not fit is the patch's fault: 422 on the field `patch`. */
function decodePatched(
  request: ResourceRequest,
  options: WriteOptions,
  expected: ExpectedKind,
  value: unknown,
  extra: readonly string[],
  /** Returns the patched object as it is encoded. Undefined for a strategic merge, which makes the object from a map. */
  shown: (() => unknown) | undefined,
  patch: unknown,
): ServerObject {
  const converted = shown === undefined;
  const refuse = (why: string): StatusError => {
    const text = shown === undefined ? goValue(patch) : escapedJson(shown());
    return invalid({ group: '', kind: '' }, '', [invalidValue('patch', text, why)]);
  };
  if (!isObject(value)) throw refuse('json: cannot unmarshal into an object');
  const builtIn = expected.custom === undefined;
  // A map converts to the struct of the kind, whatever it says it is.
  const kind = builtIn && (converted || value.kind === undefined || value.kind === null) ? expected.kind : value.kind;
  const apiVersion = builtIn && converted ? expected.apiVersion : (value.apiVersion ?? undefined);
  // Of an object of no version nothing is read at all.
  if ((apiVersion === undefined || apiVersion === '') && builtIn) {
    const why = 'was undeterminable: name must be provided';
    throw badRequest(`the name of the object (${nameOf(request)} based on URL) ${why}`);
  }
  if (kind !== expected.kind || apiVersion !== expected.apiVersion) throw refuse(otherKindProblem(value, expected));
  const unknown: string[] = [];
  let object: ServerObject;
  try {
    object = decodeKind(value, expected, unknown, { keepEmpty: true, converted });
    if (unknown.length > 0 && shown !== undefined) inTextOrder(shown(), expected, unknown);
  } catch (error) {
    if (error instanceof StatusError && error.status.code === 400)
      throw refuse(shown === undefined ? error.message : (inTextOrder(shown(), expected, []) ?? error.message));
    throw error;
  }
  // The converter from maps finds unknown fields in no order, and sorts them.
  const strict = [...extra, ...(converted ? unknown.sort() : unknown)];
  if (strict.length > 0 && options.fieldValidation === 'Strict') {
    throw refuse(`strict decoding error: ${strict.join(', ')}`);
  }
  if (options.fieldValidation === 'Warn')
    request.warnings.push(...strict.filter((one) => !request.warnings.includes(one)));
  matchPath(object, request);
  return object;
}

/** Decodes a patched object in the order of its text. Lists its unknown fields in `unknown`, and returns its fault if it has one. */
function inTextOrder(value: unknown, expected: ExpectedKind, unknown: string[]): string | undefined {
  unknown.length = 0;
  try {
    if (isObject(value)) decodeKind(value, expected, unknown, { keepEmpty: true });
    return undefined;
  } catch (error) {
    if (error instanceof StatusError) return error.message;
    throw error;
  }
}

/** Returns the error of a patch that changes the object's kind. The object is decoded as the new kind first, if there is one. */
function otherKindProblem(value: JsonObject, expected: ExpectedKind): string {
  const [apiVersion, kind] = [String(value.apiVersion), String(value.kind)];
  if (expected.custom === undefined && wireTypeOfKind(apiVersion, kind) === undefined)
    return `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme "pkg/api/legacyscheme/scheme.go:30"`;
  try {
    if (expected.custom === undefined) decodeKind(value, { apiVersion, kind });
  } catch (error) {
    if (error instanceof StatusError) return error.message;
    throw error;
  }
  return `${kind} in version ${apiVersion} is not ${expected.kind}`;
}

async function parseConfiguration(request: ResourceRequest, options: WriteOptions): Promise<Configuration> {
  const text = decodeUtf8(request.http.body ?? new Uint8Array());
  const { readYaml } = await import('../http/yaml.js');
  const { value, duplicates } = await readYaml(text).catch((error: unknown) => {
    if (error instanceof StatusError) throw error;
    throw badRequest(`error decoding YAML: ${error instanceof Error ? error.message : 'it cannot be read'}`);
  });
  const confirm = (): void => {
    if (duplicates.length === 0 || options.fieldValidation !== 'Strict') return;
    const lines = duplicates.map((line) => `\n  ${line}`).join('');
    throw badRequest(`error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:${lines}`);
  };
  if (options.fieldValidation === 'Warn') request.warnings.push(...duplicates);
  if (value === null) throw badRequest('invalid object type: /, Kind=');
  if (!isObject(value)) {
    const why = `json: cannot unmarshal ${goJsonKind(value)} into Go value of type map[string]interface {}`;
    throw badRequest(`error decoding YAML: error unmarshaling JSON: while decoding JSON: ${why}`);
  }
  const { metadata } = value;
  const name = isObject(metadata) ? metadata.name : undefined;
  // A configuration without a name is about the object in the path.
  if (name === undefined && (metadata === undefined || metadata === null || isObject(metadata)))
    return {
      applied: { ...value, metadata: { ...(isObject(metadata) ? metadata : {}), name: nameOf(request) } },
      confirm,
    };
  return { applied: value, confirm };
}

/** The engines' errors as Status. */
export async function withPatchErrors<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof PatchError)) throw error;
    throw failure(error.code, error.reason, error.message, error.details);
  }
}
