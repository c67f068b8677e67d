import { InvalidRequestError, KubeError } from '../errors/index.js';
import type { Resource, Stored } from '../meta/index.js';
import { Backoff } from '../util/backoff.js';
import { isObject } from '../util/json-value.js';
import type { ApiCaller } from './api-caller.js';
import type { Discovery } from './discovery.js';
import type { DynamicObject } from './dynamic.js';
import { GenericClient } from './generic-client.js';
import { callOptions, checkOptions, type KeysOf } from './known-options.js';
import { inApplyOrder, type Manifest, type Manifests, parseManifests } from './manifests.js';
import type { ApplyOptions } from './options.js';

/** Options of `cluster.apply`. */
export interface ApplyManifestsOptions extends Omit<ApplyOptions, 'manager'> {
  /** In whose name fields are owned: what this manager applied before and leaves out now is removed. Default `keelson`. */
  readonly manager?: string | undefined;
  /** For objects of namespaced kinds that name no namespace. Default: the cluster handle's. */
  readonly namespace?: string | undefined;
  /** The time to wait for each CustomResourceDefinition to be established, in milliseconds. Default 60 000. */
  readonly establishTimeoutMs?: number | undefined;
}

const applyOptions: KeysOf<ApplyManifestsOptions> = {
  ...callOptions,
  manager: true,
  force: true,
  dryRun: true,
  fieldValidation: true,
  namespace: true,
  establishTimeoutMs: true,
};

/** The result of one manifest. */
export type ApplyResult = { readonly manifest: Manifest } & (
  | { readonly ok: true; readonly object: Stored<DynamicObject> }
  | { readonly ok: false; readonly error: unknown }
);

/** Some manifests could not be applied: `errors` says why, `results` what became of each. The others have been applied. */
export class ApplyError extends KubeError {
  static {
    ApplyError.prototype.name = 'ApplyError';
  }

  override readonly code = 'ERR_KUBE_APPLY';
  /** The errors of the single manifests, in the order of applying. */
  readonly errors: readonly unknown[];
  readonly #results: readonly ApplyResult[];

  constructor(results: readonly ApplyResult[]) {
    const failed = results.flatMap((result) => (result.ok ? [] : [result]));
    const lines = failed.map(({ manifest, error }) => {
      const { namespace, name } = manifest.metadata;
      return `- ${manifest.kind} ${namespace ? `${namespace}/${name}` : name}: ${error instanceof Error ? error.message : 'failed'}`;
    });
    super(`${failed.length} of ${results.length} manifests could not be applied:\n${lines.join('\n')}`, {
      cause: failed[0]?.error,
    });
    this.errors = failed.map(({ error }) => error);
    this.#results = results;
  }

  /** The result of each manifest, in the order of applying. `inspect` does not show it: manifests may hold secrets. */
  get results(): readonly ApplyResult[] {
    return this.#results;
  }
}

/** Discovery may lag behind a definition that has just been established: so long it is asked again. */
const DISCOVERY_LAG_MS = 10_000;

/** Applies manifests one after the other in the order of their dependencies; see `Cluster.apply`. */
export class ManifestApplier {
  readonly #caller: ApiCaller;
  readonly #discovery: Discovery;
  readonly #options: ApplyManifestsOptions & { readonly namespace: string };
  /** Kinds that this run defined. */
  readonly #defined = new Set<string>();

  constructor(
    caller: ApiCaller,
    discovery: Discovery,
    options: ApplyManifestsOptions & { readonly namespace: string },
  ) {
    checkOptions('cluster.apply', options, applyOptions);
    this.#caller = caller;
    this.#discovery = discovery;
    this.#options = options;
  }

  async run(manifests: Manifests): Promise<ApplyResult[]> {
    const results: ApplyResult[] = [];
    for (const manifest of inApplyOrder(await parseManifests(manifests))) {
      results.push(await this.#try(manifest));
    }
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
    const resource = await this.#resource(manifest);
    // `namespace:` with nothing after it is null.
    const namespace = manifest.metadata.namespace || this.#options.namespace;
    const all = new GenericClient<DynamicObject>(this.#caller, async () => resource);
    // A namespace on a cluster-scoped kind is refused by the client.
    const client = resource.scope === 'Namespaced' ? all.in(namespace) : all;
    const { namespace: _, establishTimeoutMs: __, ...applied } = this.#options;
    const object = await client.apply(manifest, { ...applied, manager: applied.manager ?? 'keelson' });
    if (resource.kind === 'CustomResourceDefinition' && !this.#options.dryRun) await this.#established(client, object);
    return object;
  }

  async #established(client: GenericClient<DynamicObject>, definition: Stored<DynamicObject>): Promise<void> {
    const { establishTimeoutMs: timeoutMs = 60_000, signal } = this.#options;
    await client.waitFor(definition.metadata.name, isEstablished, { timeoutMs, signal });
    const { spec } = definition;
    if (isObject(spec) && isObject(spec.names)) this.#defined.add(`${spec.group}/${spec.names.kind}`);
    await this.#discovery.refresh();
  }

  async #resource(manifest: Manifest): Promise<Resource> {
    const { clock, random } = this.#caller.shared;
    const until = clock.now() + DISCOVERY_LAG_MS;
    const backoff = new Backoff({ baseMs: 50, maxMs: 1000, clock, random });
    for (;;) {
      try {
        return await this.#discovery.resource(manifest);
      } catch (error) {
        const group = manifest.apiVersion.includes('/') ? manifest.apiVersion.split('/', 1)[0] : '';
        const lagging = error instanceof InvalidRequestError && this.#defined.has(`${group}/${manifest.kind}`);
        if (!lagging || clock.now() >= until) throw error;
        await clock.sleep(backoff.next(), { signal: this.#options.signal });
        await this.#discovery.refresh();
      }
    }
  }
}

function isEstablished(definition: DynamicObject | undefined): boolean {
  const status = definition?.status;
  const conditions = isObject(status) && Array.isArray(status.conditions) ? status.conditions : [];
  return conditions.some(
    (condition) => isObject(condition) && condition.type === 'Established' && condition.status === 'True',
  );
}
