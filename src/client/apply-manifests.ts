import { checkOptions } from '../errors/check-options.js';
import { InvalidRequestError } from '../errors/index.js';
import type { Stored } from '../meta/index.js';
import { isObject } from '../util/json-value.js';
import type { ApiCaller } from './api-caller.js';
import { type ApplyManifestsOptions, applyManifestsOptions, serverSideApply } from './apply-options.js';
import type { Discovery } from './discovery.js';
import type { DynamicObject } from './dynamic.js';
import type { GenericClient } from './generic-client.js';
import { ManifestClients } from './manifest-clients.js';
import { inApplyOrder, type Manifest, type Manifests, parseManifests } from './manifests.js';
import { ManifestsError } from './manifests-error.js';

/** The result of one manifest. */
export type ApplyResult = { readonly manifest: Manifest } & (
  | { readonly ok: true; readonly object: Stored<DynamicObject> }
  | { readonly ok: false; readonly error: unknown }
);

/** Some manifests could not be applied: `errors` says why, `results` what became of each. The others have been applied. */
export class ApplyError extends ManifestsError<ApplyResult> {
  static {
    ApplyError.prototype.name = 'ApplyError';
  }

  override readonly code = 'ERR_KUBE_APPLY';

  constructor(results: readonly ApplyResult[]) {
    super(results, (failed, all) => `${failed} of ${all} manifests could not be applied`);
  }
}

/** Applies manifests one after the other in the order of their dependencies; see `Cluster.apply`. */
export class ManifestApplier {
  readonly #caller: ApiCaller;
  readonly #discovery: Discovery;
  readonly #options: ApplyManifestsOptions & { readonly namespace: string };
  readonly #clients: ManifestClients;

  constructor(
    caller: ApiCaller,
    discovery: Discovery,
    options: ApplyManifestsOptions & { readonly namespace: string },
  ) {
    checkOptions('cluster.apply', options, applyManifestsOptions);
    this.#caller = caller;
    this.#discovery = discovery;
    this.#options = options;
    this.#clients = new ManifestClients(caller, discovery, options.namespace, options.signal);
  }

  async run(manifests: Manifests): Promise<ApplyResult[]> {
    const ordered = inApplyOrder(await parseManifests(manifests));
    const { applySet: ref, prune = false } = this.#options;
    if (ref === undefined) {
      if (prune) throw new InvalidRequestError('cannot prune without applySet: only the objects of a set can be found');
      return this.#applyAll(ordered);
    }
    const { ApplySet } = await import('./apply-set.js');
    const set = await ApplySet.open(ref, this.#caller, this.#discovery, this.#options);
    const members = set.label(ordered);
    await set.begin(members);
    const results = await this.#applyAll(members);
    if (prune) {
      const objects = results.flatMap((result) => (result.ok ? [result.object] : []));
      for (const stray of await set.strays(objects)) {
        if (await set.remove(stray)) this.#options.onPruned?.(stray);
      }
      await set.finish(objects);
    }
    return results;
  }

  async #applyAll(manifests: readonly Manifest[]): Promise<ApplyResult[]> {
    const results: ApplyResult[] = [];
    for (const manifest of manifests) results.push(await this.#try(manifest));
    if (results.some((result) => !result.ok)) throw new ApplyError(results);
    return results;
  }

  async #try(manifest: Manifest): Promise<ApplyResult> {
    try {
      return { manifest, ok: true, object: await this.#apply(manifest) };
    } catch (error) {
      this.#options.signal?.throwIfAborted();
      return { manifest, ok: false, error };
    }
  }

  async #apply(manifest: Manifest): Promise<Stored<DynamicObject>> {
    const { client, resource } = await this.#clients.of(manifest);
    const object = await client.apply(manifest, serverSideApply(this.#options));
    if (resource.kind === 'CustomResourceDefinition' && !this.#options.dryRun) await this.#established(client, object);
    return object;
  }

  async #established(client: GenericClient<DynamicObject>, definition: Stored<DynamicObject>): Promise<void> {
    const { establishTimeoutMs: timeoutMs = 60_000, signal } = this.#options;
    await client.waitFor(definition.metadata.name, isEstablished, { timeoutMs, signal });
    await this.#clients.define(definition);
  }
}

function isEstablished(definition: DynamicObject | undefined): boolean {
  const status = definition?.status;
  const conditions = isObject(status) && Array.isArray(status.conditions) ? status.conditions : [];
  return conditions.some(
    (condition) => isObject(condition) && condition.type === 'Established' && condition.status === 'True',
  );
}
