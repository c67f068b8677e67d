import type { CallOptions, ResourceVerbs, WriteOptions } from '../../client/index.js';
import { InvalidRequestError, isAlreadyExists, isConflict } from '../../errors/index.js';
import { deepEqual, type KubeObject, type ObjectMeta, type Scope, type Stored } from '../../meta/index.js';

/** The part of a client that `createOrUpdate` needs: `cluster.resource(ConfigMap).in(namespace)` is one. */
export type CreateOrUpdateClient<T extends KubeObject, S extends Scope> = Pick<
  ResourceVerbs<T, S>,
  'find' | 'create' | 'replace'
>;

/** An object on its way to the server: new, or as it is there. */
export type Draft<T extends KubeObject> = T & { metadata: ObjectMeta & { name: string } };

/** The result of `createOrUpdate`. */
export interface CreateOrUpdateResult<T extends KubeObject, S extends Scope> {
  readonly operation: 'created' | 'updated' | 'unchanged';
  /** As the server has it now. */
  readonly object: Stored<T, S>;
}

/** Options of `createOrUpdate`. */
export interface CreateOrUpdateOptions extends WriteOptions {
  /** The number of attempts when others change the object meanwhile. Default 5, as in client-go's `DefaultRetry`. */
  readonly attempts?: number | undefined;
}

/**
 * Makes an object be as `mutate` wants it: creates `object` with its changes where there is none of that name, else changes the one
 * that is there. Nothing is written when `mutate` changes nothing, as the API counts (`deepEqual`: absent, null and empty lists are
 * the same). As controller-runtime's `CreateOrUpdate`.
 *
 * `mutate` works on the draft in place and may run several times. It should set single fields rather than whole structures: a pod
 * template set anew lacks the defaults the server filled in, and so would be written each time; `apply` does not have that problem.
 * Throws an `InvalidRequestError` when `mutate` changes the name or the namespace, the last conflict when it never wins.
 */
export async function createOrUpdate<T extends KubeObject, S extends Scope>(
  client: CreateOrUpdateClient<T, S>,
  object: Draft<T>,
  mutate: (draft: Draft<T>) => void | Promise<void>,
  options: CreateOrUpdateOptions = {},
): Promise<CreateOrUpdateResult<T, S>> {
  const { attempts = 5, ...write } = options;
  const { name } = object.metadata;
  const read: CallOptions = { signal: options.signal, timeoutMs: options.timeoutMs };
  for (let attempt = 1; ; attempt++) {
    const stored = await client.find(name, read);
    const draft: Draft<T> = structuredClone(stored ?? object);
    const { namespace } = draft.metadata;
    await mutate(draft);
    if (draft.metadata.name !== name || draft.metadata.namespace !== namespace) {
      throw new InvalidRequestError(`createOrUpdate of ${name}: mutate must not change the name or the namespace`);
    }
    if (stored !== undefined && deepEqual(stored, draft)) return { operation: 'unchanged', object: stored };
    try {
      if (stored === undefined) return { operation: 'created', object: await create(client, draft, write) };
      return { operation: 'updated', object: await client.replace(draft, write) };
    } catch (error) {
      if (!(isConflict(error) || isAlreadyExists(error)) || attempt >= attempts) throw error;
    }
  }
}

function create<T extends KubeObject, S extends Scope>(
  client: CreateOrUpdateClient<T, S>,
  draft: Draft<T>,
  options: WriteOptions,
): Promise<Stored<T, S>> {
  return client.create(draft, options);
}
