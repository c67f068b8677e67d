import type { Operation } from '../object/server-context.js';
import type { ServerObject } from '../object/server-object.js';
import { loadWrites } from '../verbs/load-writes.js';
import { controllerOptions } from './controller-operation.js';

/** Changes an object as its controller would through the API. Nothing happens where there is none. */
export async function changeObject(
  request: Operation,
  manager: string,
  change: (object: ServerObject) => void,
): Promise<void> {
  const { replaceStored } = await loadWrites();
  await replaceStored(request, controllerOptions(manager), (current) => {
    const object = structuredClone(current);
    change(object);
    return object;
  });
}

/** Takes one finalizer away. */
export function withoutFinalizer({ metadata }: ServerObject, finalizer: string): void {
  const left = (metadata.finalizers ?? []).filter((one) => one !== finalizer);
  if (left.length > 0) metadata.finalizers = left;
  else delete metadata.finalizers;
}
