import type { WriteOptions } from '../http/write-options.js';
import { countsGenerations, nameRuleOf, strategyOf } from '../kinds/index.js';
import { invalid } from '../object/field-error.js';
import type { Operation } from '../object/server-context.js';
import type { ServerObject } from '../object/server-object.js';
import { alreadyExists, internal } from '../object/status-error.js';
import { generateName } from '../object/system-fields.js';
import { canonical } from '../scheme/canonical.js';
import { asWritten, readStored, readyToEncode } from '../scheme/convert.js';
import { storageKey } from '../scheme/storage-keys.js';
import { encodeStored } from '../scheme/stored-object.js';
import { checksMetaLast, qualifiesFinalizers } from '../validation/meta-checks.js';
import { metaProblems } from '../validation/meta-problems.js';
import { withSchemaProblems } from '../validation/schema-problems.js';
import { turnIfLarge } from './large-write.js';

/*
 * The steps of a write that differ for a new object. See write.ts for their order.
 */

/** The number of attempts with a new generated name if another object has it. */
const nameAttempts = 8;

/** Sets the fields of a new object that its kind decides, and returns it in its canonical form. */
export async function prepareNew(operation: Operation, object: ServerObject): Promise<ServerObject> {
  const { resource } = operation;
  const strategy = strategyOf(resource);
  if (resource.hasStatus && strategy.keepsStatus !== true) delete object.status;
  if (countsGenerations(resource)) object.metadata.generation = 1;
  await strategy.prepareForCreate?.(object, operation);
  return canonical(resource, object);
}

/** Validates a new object. Throws the 422 Status, or adds the warnings of a valid object. */
export async function validateNew(operation: Operation, ready: ServerObject): Promise<void> {
  const { resource, server } = operation;
  const strategy = strategyOf(resource);
  const found = (await strategy.lookUp?.(ready, operation)) ?? [];
  const own = [...(strategy.validate?.(ready) ?? []), ...(strategy.validateCreate?.(ready) ?? [])];
  const kindErrors = strategy.schemaChecked === false ? own : withSchemaProblems(server.scheme, resource, ready, own);
  const onlyOwn = checksMetaLast(resource) && kindErrors.length > 0;
  const meta = onlyOwn
    ? []
    : metaProblems(ready.metadata, nameRuleOf(resource), resource.namespaced, qualifiesFinalizers(resource));
  const errors = [...found, ...meta, ...kindErrors];
  if (errors.length > 0) throw invalid(resource, ready.metadata.name ?? '', errors);
  operation.warnings.push(...(strategy.warnings?.(ready, undefined) ?? []));
}

/** Stores an object under its name. If the name is generated from `prefix` and taken, stores it under another one. */
export async function putNew(
  operation: Operation,
  options: WriteOptions,
  ready: ServerObject,
  prefix: string | undefined,
): Promise<{ object: ServerObject; deleted: boolean }> {
  const { server, resource, path } = operation;
  for (let attempt = 1; ; attempt++) {
    const name = ready.metadata.name ?? '';
    const key = storageKey(resource, path.namespace, name);
    if (options.dryRun) {
      const { kv } = await server.storage.get(key);
      if (kv === undefined) return { object: ready, deleted: false };
    } else {
      if ((ready.metadata.resourceVersion ?? '') !== '')
        throw internal('resourceVersion should not be set on objects to be created');
      await readyToEncode(resource, ready);
      await turnIfLarge(operation);
      const bytes = encodeStored(ready, resource);
      const put = await server.storage.put(key, bytes, 0);
      if (put.ok) return { object: await asWritten(resource, ready, put.revision, bytes), deleted: false };
    }
    if (prefix === undefined || attempt === nameAttempts) throw await taken(operation, name);
    ready.metadata.name = generateName(prefix, server.random);
  }
}

/** Returns the 409 Status of a taken name, which says so if the object with that name is being deleted. */
async function taken({ server, resource, path }: Operation, name: string): Promise<Error> {
  // An object that cannot be decrypted takes its name too.
  const { kv } = await server.storage.get(storageKey(resource, path.namespace, name)).catch(() => ({ kv: undefined }));
  const other = kv === undefined ? undefined : await readStored(kv, resource);
  const isLeaving = other?.metadata.deletionTimestamp !== undefined;
  return alreadyExists(resource, name, isLeaving ? 'object is being deleted: ' : '');
}
