import { type CallOptions, mergePatch, type ResourceVerbs } from '../../client/index.js';
import { InvalidRequestError, isConflict, isNotFound } from '../../errors/index.js';
import {
  addFinalizer,
  type Finalized,
  hasFinalizer,
  isBeingDeleted,
  type KubeObject,
  qualifiedNameProblems,
  removeFinalizer,
  type Scope,
  type Stored,
} from '../../meta/index.js';

/** The part of a client that finalizers need: `cluster.resource(Website).in(namespace)` is one. */
export type FinalizerClient<T extends KubeObject, S extends Scope> = Pick<ResourceVerbs<T, S>, 'find' | 'patch'>;

/** An object read from the cache or the server. */
export interface FinalizedObject extends Finalized {
  readonly metadata: NonNullable<Finalized['metadata']> & {
    readonly name: string;
    readonly uid: string;
    readonly resourceVersion: string;
  };
}

/** The work for an object while it exists, and the clean-up before it goes. */
export interface FinalizerWork<T extends KubeObject, S extends Scope, R> extends CallOptions {
  /** Brings about what the object asks for. Runs only when the finalizer is in place: whatever it makes will be cleaned up. */
  reconcile(): Promise<R>;
  /**
   * Undoes it: the object is being deleted. Runs again until it succeeds, so it must take things that are gone already for done. The
   * finalizer goes only when it resolves.
   */
  cleanup(): Promise<R>;
  /** Hears of the object with its finalizer newly set, where the caller wants to go on with that. Default: nobody does. */
  readonly onFinalizerAdded?: ((object: Stored<T, S>) => void) | undefined;
}

/** The number of attempts to remove the finalizer against the changes of others. */
const ATTEMPTS = 5;

/**
 * Makes sure that `cleanup` has run before an object goes, if `reconcile` ever ran for it:
 * - wanted, no finalizer yet: adds it (only to the very version given, else an `ApiError` that is `isConflict`), then reconciles
 * - wanted: reconciles
 * - being deleted: cleans up, then takes the finalizer away, of the newest version and only of this very object
 * - being deleted and without the finalizer: nothing, and gives undefined
 *
 * Gives what `reconcile` or `cleanup` gave. As kube-rs' `finalizer`. Throws an `InvalidRequestError` for a name that is not like
 * `example.com/website`.
 */
export async function withFinalizer<T extends KubeObject, S extends Scope, R>(
  client: FinalizerClient<T, S>,
  object: FinalizedObject,
  finalizer: string,
  work: FinalizerWork<T, S, R>,
): Promise<R | undefined> {
  const problems = qualifiedNameProblems(finalizer);
  if (!finalizer.includes('/')) problems.push('it needs a domain before a slash');
  if (problems.length > 0) {
    throw new InvalidRequestError(`${JSON.stringify(finalizer)} cannot be a finalizer: ${problems.join('; ')}`);
  }
  const options: CallOptions = { signal: work.signal, timeoutMs: work.timeoutMs };
  if (isBeingDeleted(object)) {
    if (!hasFinalizer(object, finalizer)) return undefined;
    const result = await work.cleanup();
    await takeAway(client, object, finalizer, options);
    return result;
  }
  if (!hasFinalizer(object, finalizer)) {
    const draft: KubeObject = { metadata: { finalizers: [...(object.metadata.finalizers ?? [])] } };
    addFinalizer(draft, finalizer);
    const stored = await client.patch(object.metadata.name, finalizersPatch(object.metadata, draft), options);
    work.onFinalizerAdded?.(stored);
  }
  return work.reconcile();
}

async function takeAway<T extends KubeObject, S extends Scope>(
  client: FinalizerClient<T, S>,
  { metadata }: FinalizedObject,
  finalizer: string,
  options: CallOptions,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    // Read anew: cleaning up may have changed the object itself, and one of the same name may be another.
    const current: KubeObject | undefined = await client.find(metadata.name, options);
    if (current?.metadata?.uid !== metadata.uid || !removeFinalizer(current, finalizer)) return;
    try {
      await client.patch(metadata.name, finalizersPatch(current.metadata, current), options);
      return;
    } catch (error) {
      if (isNotFound(error)) return;
      if (!isConflict(error) || attempt === ATTEMPTS) throw error;
    }
  }
}

/** The draft's finalizers, for the version with this metadata only. */
function finalizersPatch(
  { uid, resourceVersion }: { readonly uid?: string | undefined; readonly resourceVersion?: string | undefined },
  draft: KubeObject,
) {
  return mergePatch({ metadata: { uid, resourceVersion, finalizers: draft.metadata?.finalizers ?? [] } });
}
