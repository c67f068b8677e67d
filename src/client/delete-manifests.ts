import { checkOptions, type KeysOf } from '../errors/check-options.js';
import { InvalidRequestError, isNotFound } from '../errors/index.js';
import type { ApiCaller } from './api-caller.js';
import type { Discovery } from './discovery.js';
import { callOptions } from './known-options.js';
import { definedKind, groupKind, ManifestClients } from './manifest-clients.js';
import { inApplyOrder, type Manifest, type Manifests, parseManifests } from './manifests.js';
import { ManifestsError } from './manifests-error.js';
import type { DeletionOptions } from './options.js';

/** Options of `cluster.delete`. */
export interface DeleteManifestsOptions extends Omit<DeletionOptions, 'preconditions'> {
  /** For objects of namespaced kinds that name no namespace. Default: the cluster handle's. */
  readonly namespace?: string | undefined;
  /** True: waits until the objects are gone, finalizers and grace periods included. Default false. */
  readonly wait?: boolean | undefined;
  /** The time to wait for each object, in milliseconds, before a `TimeoutError`. Default: no limit. */
  readonly waitTimeoutMs?: number | undefined;
}

const deleteManifestsOptions: KeysOf<DeleteManifestsOptions> = {
  ...callOptions,
  propagation: true,
  gracePeriodSeconds: true,
  dryRun: true,
  namespace: true,
  wait: true,
  waitTimeoutMs: true,
};

/** The result of one manifest: `existed` is false for an object that was not there. */
export type DeleteResult = { readonly manifest: Manifest } & (
  | { readonly ok: true; readonly existed: boolean }
  | { readonly ok: false; readonly error: unknown }
);

/** Some objects could not be deleted: `errors` says why, `results` what became of each. The others have been deleted. */
export class DeleteError extends ManifestsError<DeleteResult> {
  static {
    DeleteError.prototype.name = 'DeleteError';
  }

  override readonly code = 'ERR_KUBE_DELETE';

  constructor(results: readonly DeleteResult[]) {
    super(results, (failed, all) => `cannot delete ${failed} of ${all} objects`);
  }
}

/** Deletes the objects of manifests, last applied first; see `Cluster.delete`. */
export class ManifestDeleter {
  readonly #options: DeleteManifestsOptions;
  readonly #clients: ManifestClients;

  constructor(
    caller: ApiCaller,
    discovery: Discovery,
    options: DeleteManifestsOptions & { readonly namespace: string },
  ) {
    checkOptions('cluster.delete', options, deleteManifestsOptions);
    this.#options = options;
    this.#clients = new ManifestClients(caller, discovery, options.namespace, options.signal);
  }

  async run(manifests: Manifests): Promise<DeleteResult[]> {
    const ordered = inApplyOrder(await parseManifests(manifests)).reverse();
    const defined = new Set(ordered.map(definedKind));
    const results: DeleteResult[] = [];
    for (const manifest of ordered) results.push(await this.#try(manifest, defined.has(groupKind(manifest))));
    if (this.#options.wait === true && this.#options.dryRun !== true) {
      for (const [index, result] of results.entries()) results[index] = await this.#gone(result);
    }
    if (results.some((result) => !result.ok)) throw new DeleteError(results);
    return results;
  }

  async #try(manifest: Manifest, defined: boolean): Promise<DeleteResult> {
    const { namespace: _, wait: __, waitTimeoutMs: ___, ...options } = this.#options;
    try {
      const { client } = await this.#clients.of(manifest);
      await client.delete(manifest.metadata.name, options);
      return { manifest, ok: true, existed: true };
    } catch (error) {
      options.signal?.throwIfAborted();
      // A kind whose definition is among the manifests may have been deleted with it.
      const absent = isNotFound(error) || (defined && error instanceof InvalidRequestError);
      return absent ? { manifest, ok: true, existed: false } : { manifest, ok: false, error };
    }
  }

  async #gone(result: DeleteResult): Promise<DeleteResult> {
    if (!result.ok || !result.existed) return result;
    const { manifest } = result;
    const { signal, waitTimeoutMs: timeoutMs } = this.#options;
    try {
      const { client } = await this.#clients.of(manifest);
      await client.waitFor(manifest.metadata.name, (object) => object === undefined, { signal, timeoutMs });
      return result;
    } catch (error) {
      signal?.throwIfAborted();
      // A custom resource goes with its definition.
      return isNotFound(error) || error instanceof InvalidRequestError ? result : { manifest, ok: false, error };
    }
  }
}
