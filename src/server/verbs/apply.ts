import { type JsonObject, serverSideApplySteps } from '../../patch/index.js';
import type { WriteOptions } from '../http/write-options.js';
import { nameOf, type Operation } from '../object/server-context.js';
import type { ServerObject } from '../object/server-object.js';
import { conflict, internal, notFound, StatusError } from '../object/status-error.js';
import { decodeKind, kindOf } from '../scheme/decode-object.js';
import { runSteps, turnIfLarge } from './large-write.js';
import { managerContext } from './managed-fields.js';
import { matchPath } from './match-path.js';
import type { Configuration } from './patch-language.js';
import { createStored, replaceStored } from './write.js';

/** The result of an apply. */
export interface Applied {
  readonly object: ServerObject;
  readonly created: boolean;
}

/** Applies a configuration to the object of an operation, or creates the object. `confirm` throws if a configuration without conflicts is refused. */
export async function applyStored(
  operation: Operation,
  options: WriteOptions,
  applied: JsonObject,
  confirm?: Configuration['confirm'],
): Promise<Applied> {
  const apply = async (live: ServerObject | undefined, storedBytes = 0): Promise<ServerObject> => {
    const context = { ...managerContext(operation, options), kind: operation.resource.kind };
    const steps = serverSideApplySteps({ ...context, live, applied, force: options.force });
    const { object } = await runSteps(operation, steps, storedBytes);
    confirm?.();
    await turnIfLarge(operation, storedBytes);
    const merged = decodeMerged(operation, object);
    matchPath(merged, operation);
    return merged;
  };
  const result = await replaceStored(operation, options, apply, { tracked: true });
  if (result !== undefined) return { object: result.object, created: false };
  if (operation.path.subresource !== undefined) throw notFound(operation.resource, nameOf(operation));
  const fresh = await apply(undefined);
  const { uid, resourceVersion: _, ...metadata } = fresh.metadata;
  if (uid !== undefined && uid !== '') {
    const why = `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`;
    throw conflict(operation.resource, nameOf(operation), why);
  }
  const object = await createStored(operation, options, { ...fresh, metadata }, { tracked: true });
  return { object, created: true };
}

/** Decodes the result of an apply as an object of its kind. A fault that is found only here is an error of the server. */
function decodeMerged({ resource, path }: Operation, object: JsonObject): ServerObject {
  try {
    return decodeKind(object, kindOf(resource), [], { converted: true });
  } catch (error) {
    if (!(error instanceof StatusError) || error.status.code !== 400 || resource.custom !== undefined) throw error;
    const { group, version, kind } = resource;
    const type = `${group}/${version}, Kind=${kind}`;
    const why = `unable to convert unstructured object to ${type}: ${error.message}`;
    throw internal(`failed to convert new object (/${path.name}; ${type}) to proper version: ${why}`);
  }
}
