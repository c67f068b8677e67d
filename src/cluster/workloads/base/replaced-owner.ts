import type { Requeue } from '../../../controller/index.js';
import { isNotFound } from '../../../errors/index.js';
import type { Claimer } from './claims.js';

const RETRY: Requeue = { requeueAfterMs: 1000 };

/** The part of a reconcile that tells which object it is about. */
interface OwnerContext {
  readonly object: { readonly metadata: { readonly uid: string } };
  readonly failures: number;
}

/**
 * Returns a requeue if the cache still has an object that was deleted, and perhaps created again under its name. The garbage collector
 * deletes what such an object creates at once, which leads to the next reconcile without end. Asks the server only after a failure.
 */
export async function requeueIfReplaced(
  { object, failures }: OwnerContext,
  refresh: () => Promise<Claimer>,
): Promise<Requeue | undefined> {
  if (failures === 0) return undefined;
  try {
    const fresh = await refresh();
    return fresh.metadata.uid === object.metadata.uid ? undefined : RETRY;
  } catch (error) {
    if (isNotFound(error)) return RETRY;
    throw error;
  }
}
