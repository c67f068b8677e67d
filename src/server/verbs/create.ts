import { admit } from '../admission/admission.js';
import { mutate } from '../admission/mutation.js';
import { renderObject } from '../encoding/render.js';
import { decodeBody } from '../http/body.js';
import { parseWriteOptions, type WriteOptions } from '../http/write-options.js';
import { type FieldError, invalid } from '../object/field-error.js';
import type { ServerResponse } from '../object/message.js';
import type { ResourceRequest } from '../object/server-context.js';
import type { ServerObject } from '../object/server-object.js';
import { alreadyExists, internal } from '../object/status-error.js';
import { generateName, wipeSystemFields } from '../object/system-fields.js';
import { canonical, written } from '../scheme/canonical.js';
import { asWritten, readyToDecode, readyToEncode } from '../scheme/convert.js';
import { kindOf, objectFromBody } from '../scheme/decode-object.js';
import { storageKey } from '../scheme/resource.js';
import { applySchemaDefaults } from '../scheme/schema-defaults.js';
import { decodeStored, encodeStored } from '../scheme/stored.js';
import { countsGenerations, nameRuleOf, strategyOf } from '../strategy/index.js';
import { checksMetaLast, qualifiesFinalizers } from '../validation/meta-checks.js';
import { metaProblems } from '../validation/object-meta.js';
import { withSchemaProblems } from '../validation/schema.js';
import { turnIfLarge } from './large-write.js';
import { tracked } from './managed-fields.js';
import { namespaceMismatch } from './names.js';
import { fillSystemFields } from './new-metadata.js';
import { writeStatus } from './replace.js';

/** The number of attempts with a new generated name if another object has it. */
const nameAttempts = 8;

/** POST to a collection. */
export async function createObject(request: ResourceRequest): Promise<ServerResponse> {
  const options = parseWriteOptions(request.http, request.query, 'CreateOptions');
  const body = await decodeBody(request.http, request.resource.kind, request.resource.apiVersion);
  await turnIfLarge(request);
  const object = objectFromBody(body, kindOf(request.resource), options, request.warnings);
  await turnIfLarge(request);
  const { path, resource } = request;
  if (resource.namespaced && (object.metadata.namespace ?? '') !== '' && object.metadata.namespace !== path.namespace) {
    throw namespaceMismatch();
  }
  const created = await storeNew(request, object, options);
  return renderObject(request, 201, created);
}

/**
 * Makes an object: admission, defaults, checks, and the write itself unless it is a dry run. `managed` says that its
 * managedFields are already written.
 */
export async function storeNew(
  request: ResourceRequest,
  object: ServerObject,
  options: WriteOptions,
  managed = false,
): Promise<ServerObject> {
  const { server, resource } = request;
  const prefix = object.metadata.generateName ?? '';
  const generated = (object.metadata.name ?? '') === '' && prefix !== '';
  wipeSystemFields(object.metadata);
  applySchemaDefaults(server.scheme, resource, object);
  strategyOf(resource).defaults?.(object, undefined);
  // Ownership is of what the client wrote and of defaults, not of what the server fills in from here on.
  const owned = managed ? object : await tracked(request, options, undefined, written(resource, object));
  fillSystemFields(owned.metadata, request);
  await turnIfLarge(request);
  const { dryRun } = options;
  const attributes = { request, operation: 'CREATE', object: owned, old: undefined, dryRun } as const;
  const admitted = await mutate({ ...attributes, nameless: generated });
  await turnIfLarge(request);
  const ready = await prepareNew(request, admitted);
  try {
    await turnIfLarge(request);
    const { lookUp } = strategyOf(resource);
    checkNew(request, ready, lookUp === undefined ? [] : await lookUp(ready, request));
    await admit({ ...attributes, object: ready }, writeStatus);
    return await writeNew(request, ready, options, generated ? prefix : undefined);
  } catch (error) {
    if (!options.dryRun) await strategyOf(resource).released?.(ready, undefined, request);
    throw error;
  }
}

/** Writes an object under its name, or under another one while the prefix of a generated name is taken. */
async function writeNew(
  request: ResourceRequest,
  ready: ServerObject,
  options: WriteOptions,
  prefix: string | undefined,
): Promise<ServerObject> {
  const { server, resource, path } = request;
  for (let attempt = 1; ; attempt++) {
    const name = ready.metadata.name ?? '';
    const key = storageKey(resource, path.namespace, name);
    if (options.dryRun) {
      const { kv } = await server.storage.get(key);
      if (kv === undefined) return ready;
    } else {
      if ((ready.metadata.resourceVersion ?? '') !== '')
        throw internal('resourceVersion should not be set on objects to be created');
      await readyToEncode(resource, ready);
      await turnIfLarge(request);
      const bytes = encodeStored(ready, resource);
      const put = await server.storage.put(key, bytes, 0);
      if (put.ok) return asWritten(resource, ready, put.revision, bytes);
    }
    if (prefix === undefined || attempt === nameAttempts) throw await taken(request, name);
    ready.metadata.name = generateName(prefix, server.random);
  }
}

async function prepareNew(request: ResourceRequest, object: ServerObject): Promise<ServerObject> {
  const { resource } = request;
  const strategy = strategyOf(resource);
  if (resource.hasStatus && strategy.keepsStatus !== true) delete object.status;
  if (countsGenerations(resource)) object.metadata.generation = 1;
  await strategy.prepareForCreate?.(object, request);
  return canonical(resource, object);
}

/** Throws the 422 Status for an object that cannot be; adds warnings for one that can. */
function checkNew(request: ResourceRequest, ready: ServerObject, found: readonly FieldError[]): void {
  const { resource } = request;
  const strategy = strategyOf(resource);
  const own = [...(strategy.validate?.(ready) ?? []), ...(strategy.validateCreate?.(ready) ?? [])];
  const kindErrors =
    strategy.schemaChecked === false ? own : withSchemaProblems(request.server.scheme, resource, ready, own);
  const onlyOwn = checksMetaLast(resource) && kindErrors.length > 0;
  const meta = onlyOwn
    ? []
    : metaProblems(ready.metadata, nameRuleOf(resource), resource.namespaced, qualifiesFinalizers(resource));
  const errors = [...found, ...meta, ...kindErrors];
  if (errors.length > 0) throw invalid(resource, ready.metadata.name ?? '', errors);
  request.warnings.push(...(strategy.warnings?.(ready, undefined) ?? []));
}

/** 409, with a hint where the object that has the name is on its way out. */
async function taken(request: ResourceRequest, name: string): Promise<Error> {
  const { server, resource, path } = request;
  const { kv } = await server.storage.get(storageKey(resource, path.namespace, name));
  if (kv !== undefined) await readyToDecode(resource, [kv]);
  const leaving = kv !== undefined && decodeStored(kv, resource).metadata.deletionTimestamp !== undefined;
  return alreadyExists(resource, name, leaving ? 'object is being deleted: ' : '');
}
