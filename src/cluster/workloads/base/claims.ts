import { type Patch, strategicMergePatch } from '../../../client/index.js';
import { isInvalid, isNotFound } from '../../../errors/index.js';
import { controllerOf, controllerReference, type KubeObject, type OwnerReference } from '../../../meta/index.js';
import { settleAll } from './api-faults.js';

/** An object of a cache that a controller may own. */
export interface Claimable {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly deletionTimestamp?: string | undefined;
    readonly ownerReferences?: readonly Readonly<OwnerReference>[] | undefined;
  };
}

/** The object that claims others. */
export interface Claimer {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly deletionTimestamp?: string | undefined;
  };
}

/** The way an owner claims objects of one kind. */
export interface ClaimOptions<T> {
  /** Reports whether the owner's selector matches an object. */
  readonly matches: (object: T) => boolean;
  /** Reads the owner from the server, so that one which is gone or being deleted adopts nothing. */
  readonly refresh: () => Promise<Claimer>;
  readonly patch: (name: string, patch: Patch<KubeObject>) => Promise<unknown>;
  /** Finalizers that an adopted object gets, and that a released one loses. */
  readonly finalizers?: readonly string[] | undefined;
}

/**
 * Returns the objects that `owner` manages. Adopts orphans that its selector matches, and releases objects that it does not match any
 * more. Objects of other owners are left alone.
 */
export async function claimObjects<T extends Claimable>(
  owner: Claimer,
  objects: readonly T[],
  options: ClaimOptions<T>,
): Promise<T[]> {
  const { matches, patch, finalizers = [] } = options;
  let fresh: Promise<void> | undefined;
  const adopt = async ({ metadata }: T): Promise<boolean> => {
    fresh ??= checkAlive(owner, options.refresh);
    await fresh;
    const ownerReferences = [controllerReference(owner)];
    const added = finalizers.length > 0 ? { finalizers } : {};
    return done(
      patch(metadata.name, strategicMergePatch({ metadata: { uid: metadata.uid, ownerReferences, ...added } })),
    );
  };
  const release = async ({ metadata }: T): Promise<boolean> => {
    const ownerReferences = [{ $patch: 'delete', uid: owner.metadata.uid }];
    const removed = finalizers.length > 0 ? { '$deleteFromPrimitiveList/finalizers': finalizers } : {};
    await done(
      patch(metadata.name, strategicMergePatch({ metadata: { uid: metadata.uid, ownerReferences, ...removed } })),
    );
    return false;
  };
  const isDeleted = owner.metadata.deletionTimestamp !== undefined;
  const claim = async (object: T): Promise<boolean> => {
    const reference = controllerOf(object);
    if (reference !== undefined) {
      if (reference.uid !== owner.metadata.uid) return false;
      if (matches(object)) return true;
      return isDeleted ? false : release(object);
    }
    if (isDeleted || object.metadata.deletionTimestamp !== undefined || !matches(object)) return false;
    return adopt(object);
  };
  const claimed = await settleAll(objects.map(claim));
  return objects.filter((_, i) => claimed[i]);
}

async function checkAlive(owner: Claimer, refresh: () => Promise<Claimer>): Promise<void> {
  const { kind, metadata } = owner;
  const fresh = await refresh();
  if (fresh.metadata.uid !== metadata.uid) {
    throw new Error(`cannot adopt objects for ${kind} ${metadata.name}: it is gone, and another one has its name`);
  }
  if (fresh.metadata.deletionTimestamp !== undefined)
    throw new Error(`cannot adopt objects for ${kind} ${metadata.name}: it is being deleted`);
}

/** Reports whether a patch found its object. One that is gone, or that another process released first, is not an error. */
async function done(patch: Promise<unknown>): Promise<boolean> {
  try {
    await patch;
    return true;
  } catch (error) {
    if (isNotFound(error) || isInvalid(error)) return false;
    throw error;
  }
}
