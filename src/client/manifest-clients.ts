import { InvalidRequestError } from '../errors/index.js';
import type { KubeObject, Resource } from '../meta/index.js';
import { Backoff } from '../util/backoff.js';
import { isObject } from '../util/json-value.js';
import type { ApiCaller } from './api-caller.js';
import type { Discovery } from './discovery.js';
import type { DynamicObject } from './dynamic.js';
import { GenericClient } from './generic-client.js';
import type { Manifest } from './manifests.js';

/** Discovery may lag behind a definition that has just been established: so long it is asked again. */
const DISCOVERY_LAG_MS = 10_000;

/** A manifest's kind, and the client for the place where its object lives. */
export interface ManifestTarget {
  readonly resource: Resource;
  readonly client: GenericClient<DynamicObject>;
  /** Absent for cluster-scoped kinds. */
  readonly namespace: string | undefined;
}

/** Finds the client for each manifest of one run, also for kinds that the run defines. */
export class ManifestClients {
  readonly #caller: ApiCaller;
  readonly #discovery: Discovery;
  readonly #namespace: string;
  readonly #signal: AbortSignal | undefined;
  /** Kinds that this run defined. */
  readonly #defined = new Set<string>();

  /** `namespace` is for objects of namespaced kinds that name none. */
  constructor(caller: ApiCaller, discovery: Discovery, namespace: string, signal?: AbortSignal) {
    this.#caller = caller;
    this.#discovery = discovery;
    this.#namespace = namespace;
    this.#signal = signal;
  }

  /** Returns the client for a manifest. A namespace on a cluster-scoped kind is refused by that client. */
  async of(manifest: Manifest): Promise<ManifestTarget> {
    const resource = await this.#resource(manifest);
    // `namespace:` with nothing after it is null.
    return this.in(resource, manifest.metadata.namespace || this.#namespace);
  }

  /** Returns the client for a kind in a namespace, which is ignored for cluster-scoped kinds. */
  in(resource: Resource, namespace: string): ManifestTarget {
    const all = new GenericClient<DynamicObject>(this.#caller, async () => resource);
    return resource.scope === 'Namespaced'
      ? { resource, client: all.in(namespace), namespace }
      : { resource, client: all, namespace: undefined };
  }

  /** Notes that a definition has been established: its kind may take a while to turn up in discovery. */
  async define(definition: KubeObject): Promise<void> {
    const key = definedKind(definition);
    if (key !== undefined) this.#defined.add(key);
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
        const lagging = error instanceof InvalidRequestError && this.#defined.has(groupKind(manifest));
        if (!lagging || clock.now() >= until) throw error;
        await clock.sleep(backoff.next(), { signal: this.#signal });
        await this.#discovery.refresh();
      }
    }
  }
}

/** Returns the group and kind of a manifest, as in `apps/Deployment`. */
export function groupKind({ apiVersion, kind }: Manifest): string {
  return `${apiVersion.includes('/') ? apiVersion.split('/', 1)[0] : ''}/${kind}`;
}

/** Returns the group and kind that a CustomResourceDefinition defines. */
export function definedKind(definition: KubeObject): string | undefined {
  const { spec }: KubeObject & { spec?: unknown } = definition;
  return isObject(spec) && isObject(spec.names) ? `${spec.group}/${spec.names.kind}` : undefined;
}
