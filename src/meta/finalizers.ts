import type { KubeObject } from './resource.js';

/** An object whose finalizers can be read. */
export interface Finalized {
  readonly metadata?:
    | { readonly finalizers?: readonly string[] | undefined; readonly deletionTimestamp?: string | undefined }
    | undefined;
}

/** Reports whether the object has this finalizer. */
export function hasFinalizer(object: Finalized, finalizer: string): boolean {
  return object.metadata?.finalizers?.includes(finalizer) === true;
}

/** Adds the finalizer to the object (a draft, an object about to be created). Returns whether anything changed. */
export function addFinalizer(object: KubeObject, finalizer: string): boolean {
  if (hasFinalizer(object, finalizer)) return false;
  object.metadata ??= {};
  object.metadata.finalizers = [...(object.metadata.finalizers ?? []), finalizer];
  return true;
}

/** Takes the finalizer from the object (a draft). Returns whether anything changed. When the last one goes, an object being deleted goes too. */
export function removeFinalizer(object: KubeObject, finalizer: string): boolean {
  if (object.metadata === undefined || !hasFinalizer(object, finalizer)) return false;
  object.metadata.finalizers = object.metadata.finalizers?.filter((other) => other !== finalizer);
  return true;
}

/** Reports whether the object is being deleted: it only waits for its finalizers and its grace period. */
export function isBeingDeleted(object: Finalized): boolean {
  return object.metadata?.deletionTimestamp !== undefined;
}
