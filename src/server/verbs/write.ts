import type { WriteStatus } from '../admission/admission-plugin.js';
import { admit } from '../admission/admit.js';
import { mutate } from '../admission/mutation.js';
import type { WriteOptions } from '../http/write-options.js';
import { strategyOf } from '../kinds/index.js';
import type { ObjectKind } from '../object/admission-attributes.js';
import { nameOf, type Operation } from '../object/server-context.js';
import type { ServerObject } from '../object/server-object.js';
import { conflict } from '../object/status-error.js';
import { wipeSystemFields } from '../object/system-fields.js';
import { written } from '../scheme/canonical.js';
import { readStored } from '../scheme/convert.js';
import { namedKey } from '../scheme/named-key.js';
import { applySchemaDefaults } from '../scheme/schema-defaults.js';
import type { KeyValue } from '../storage/storage.js';
import { turnIfLarge } from './large-write.js';
import { tracked } from './managed-fields.js';
import { fillSystemFields } from './new-metadata.js';
import { prepareNew, putNew, validateNew } from './new-object.js';
import { dropRepeatedOwners } from './owner-references.js';
import { recordSent } from './recorded-object.js';
import { checkPreconditions, prepareReplacement, putReplacement, validateReplacement } from './replacement.js';

/** The result of a write. */
export interface Written {
  readonly object: ServerObject;
  /** True if the write removed the last thing that kept a deleted object alive. */
  readonly deleted: boolean;
}

/** Options of a write that concern the server's own code. */
export interface WriteMode {
  /** True if the writer updates managedFields itself, as apply does. Default: false. */
  readonly tracked?: boolean;
  /** True if admission runs. Default: true; false for the server's own writes. */
  readonly admission?: boolean;
  /** True if the mutating steps run; false if they ran before. Default: as `admission`. */
  readonly mutation?: boolean;
  /** The view that admission has of the object, if a subresource has a kind of its own. Default: the object itself. */
  readonly seen?: { readonly kind: ObjectKind; readonly of: (object: ServerObject) => ServerObject };
  /** Throws unless the object meets the conditions of the write. */
  readonly check?: (current: ServerObject) => void;
}

/** Returns the wanted object, decoded as its kind. */
export type Change = (current: ServerObject, storedBytes: number) => ServerObject | Promise<ServerObject>;

/** The number of attempts against concurrent changes before the client gets a conflict. */
const attempts = 100;

/** Stores a new object and returns it. Throws the 409 Status if its name is taken. A dry run stores nothing. */
export async function createStored(
  operation: Operation,
  options: WriteOptions,
  object: ServerObject,
  mode: Pick<WriteMode, 'tracked'> = {},
): Promise<ServerObject> {
  wipeSystemFields(object.metadata);
  const result = await write(operation, options, undefined, object, mode);
  return result?.object ?? object;
}

/**
 * Changes a stored object. If another write comes first, `change` runs again on the new state. Returns undefined if the object does not
 * exist. A change without effect is not written.
 */
export async function replaceStored(
  operation: Operation,
  options: WriteOptions,
  change: Change,
  mode: WriteMode = {},
): Promise<Written | undefined> {
  const { resource, path, server } = operation;
  const key = namedKey(resource, path.namespace, nameOf(operation));
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const { kv } = await server.storage.get(key);
    if (kv === undefined) return undefined;
    const object = await readStored(kv, resource);
    mode.check?.(object);
    const { length } = kv.value;
    await turnIfLarge(operation, length);
    const wanted = await change(object, length);
    checkPreconditions(operation, wanted, object);
    const result = await write(operation, options, { kv, object }, wanted, mode);
    if (result !== undefined) return result;
  }
  throw conflict(resource, nameOf(operation));
}

/** Stores a status that the server computed itself. */
export const writeStatus: WriteStatus = async (operation, options, object) => {
  const { managedFields: _, ...metadata } = object.metadata;
  await replaceStored(operation, options, () => ({ ...object, metadata }), { admission: false });
};

/** A stored object and its bytes. */
interface Stored {
  readonly kv: KeyValue;
  readonly object: ServerObject;
}

/**
 * Runs the steps of a write. Create, replace, patch and apply share them; `stored` is undefined for a create. Returns undefined if another
 * write came first.
 *
 * Step 1, decode, is behind `wanted`: the body of the request, or its patch applied to the stored object, as an object of the kind.
 */
async function write(
  operation: Operation,
  options: WriteOptions,
  stored: Stored | undefined,
  wanted: ServerObject,
  mode: WriteMode,
): Promise<Written | undefined> {
  const { server, resource } = operation;
  const { dryRun } = options;
  const strategy = strategyOf(resource);
  const old = stored?.object;
  const bytes = stored?.kv.value.length ?? 0;
  const pause = () => turnIfLarge(operation, bytes);

  const prefix = old === undefined ? generatedPrefix(wanted) : undefined;
  await pause();

  // What is patched is looked at when the patch and the mutating steps are done.
  if (operation.verb !== 'patch') dropRepeatedOwners(wanted.metadata, operation.warnings, '');

  // 2. Default: fields that the client left out.
  applySchemaDefaults(server.scheme, resource, wanted);
  strategy.defaults?.(wanted, old);
  const isSent = operation.verb === 'update' || (operation.verb === 'create' && old === undefined);
  if (isSent && mode.admission !== false && mode.seen === undefined) recordSent(operation, wanted);
  await pause();

  // 3. Own. managedFields name fields of the client and defaults. Fields that the server fills in below belong to no manager.
  const owned =
    mode.tracked === true ? wanted : await tracked(operation, options, old, written(resource, wanted), bytes);
  if (old === undefined) fillSystemFields(owned.metadata, operation);
  await pause();

  // 4. Mutate: plugins, policies and webhooks.
  const attributes = { request: operation, operation: old === undefined ? 'CREATE' : 'UPDATE', old, dryRun } as const;
  const mutated =
    mode.admission === false || mode.mutation === false
      ? owned
      : await mutate({ ...attributes, object: owned, nameless: prefix !== undefined });
  dropRepeatedOwners(mutated.metadata, operation.warnings, ' after mutating admission happens');
  await pause();

  // 5. Prepare. The kind resets the fields that this writer may not set, and fills in others.
  const ready =
    old === undefined ? await prepareNew(operation, mutated) : await prepareReplacement(operation, mutated, old, pause);
  const release = async (dropped: ServerObject, kept: ServerObject | undefined): Promise<void> => {
    if (!dryRun) await strategy.released?.(dropped, kept, operation);
  };
  try {
    await pause();

    // 6. Validate: the metadata, the schema and the rules of the kind.
    if (old === undefined) await validateNew(operation, ready);
    else validateReplacement(operation, ready, old);
    await pause();

    // 7. Admit: plugins, policies and webhooks that only refuse.
    const { kind, of: view = (object: ServerObject) => object } = mode.seen ?? {};
    const seen = { ...attributes, object: view(ready), old: old && view(old), kind };
    if (mode.admission !== false) await admit(seen, writeStatus);

    // 8. Store, after the objects that the kind allocated for this one.
    if (!dryRun) await strategy.claim?.(ready, old, operation);
    if (stored === undefined) return await putNew(operation, options, ready, prefix);
    const result = await putReplacement(operation, options, stored.kv, ready, stored.object);
    await (result === undefined ? release(ready, old) : release(stored.object, ready));
    return result;
  } catch (error) {
    // The prepared object may hold addresses and ports, which are free again.
    await release(ready, old);
    throw error;
  }
}

/** Returns the prefix of the name that the server generates, undefined if the object has a name. */
function generatedPrefix({ metadata }: ServerObject): string | undefined {
  const { name = '', generateName = '' } = metadata;
  return name === '' && generateName !== '' ? generateName : undefined;
}
