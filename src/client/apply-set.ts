import { InvalidRequestError, isConflict, isNotFound } from '../errors/index.js';
import { apiVersionOf, type Resource, type Stored } from '../meta/index.js';
import type { ApiCaller } from './api-caller.js';
import type { ApplyManifestsOptions, ApplySetOptions } from './apply-options.js';
import { ApplySetParent, type ApplySetScope, kindName, PARENT_TYPE, PART_OF } from './apply-set-parent.js';
import type { Discovery } from './discovery.js';
import type { DynamicObject } from './dynamic.js';
import { ManifestClients } from './manifest-clients.js';
import type { Manifest } from './manifests.js';
import type { CallOptions } from './options.js';

type SetOptions = Pick<ApplyManifestsOptions, 'dryRun' | 'fieldValidation' | 'signal' | 'timeoutMs'> & {
  readonly namespace: string;
};

/** The objects of a set, and the parent that tells where they are. One run of `cluster.apply` uses it once. */
export class ApplySet {
  readonly #parent: ApplySetParent;
  readonly #discovery: Discovery;
  readonly #clients: ManifestClients;
  readonly #options: SetOptions;
  /** The scope before this run. */
  readonly #before: ApplySetScope;

  private constructor(
    parent: ApplySetParent,
    discovery: Discovery,
    clients: ManifestClients,
    options: SetOptions,
    before: ApplySetScope,
  ) {
    this.#parent = parent;
    this.#discovery = discovery;
    this.#clients = clients;
    this.#options = options;
    this.#before = before;
  }

  /** Reads the parent of a set. Throws an `InvalidRequestError` when the object is not a parent, or belongs to another tool. */
  static async open(
    ref: string | ApplySetOptions,
    caller: ApiCaller,
    discovery: Discovery,
    options: SetOptions,
  ): Promise<ApplySet> {
    const clients = new ManifestClients(caller, discovery, options.namespace, options.signal);
    const parent = await ApplySetParent.find(ref, discovery, options.namespace);
    const { client } = clients.in(parent.resource, parent.namespace ?? '');
    const stored = await client.find(parent.name, callsOf(options));
    if (!parent.isBuiltIn) await checkParentType(parent.resource, stored !== undefined, clients, discovery, options);
    const nothing = { kinds: new Set<string>(), namespaces: new Set<string>() };
    const before = stored === undefined ? nothing : await parent.scopeIn(stored, discovery);
    return new ApplySet(parent, discovery, clients, options, before);
  }

  /** Returns the manifests with the label of the set. */
  label(manifests: readonly Manifest[]): Manifest[] {
    return manifests.map((manifest) => {
      const { labels, name } = manifest.metadata;
      if (labels?.[PART_OF] !== undefined) {
        throw new InvalidRequestError(
          `cannot apply ${manifest.kind} ${name} as part of a set: it has the label ${PART_OF}. Remove the label.`,
        );
      }
      return { ...manifest, metadata: { ...manifest.metadata, labels: { ...labels, [PART_OF]: this.#parent.id } } };
    });
  }

  /** Enters the manifests' kinds and namespaces beside those of before, so that a run that fails loses no object. */
  async begin(manifests: readonly Manifest[]): Promise<void> {
    const places = await Promise.all(manifests.map((manifest) => this.#placeOf(manifest)));
    const { kinds, namespaces } = scopeOf(places);
    await this.#write({
      kinds: new Set([...this.#before.kinds, ...kinds]),
      namespaces: new Set([...this.#before.namespaces, ...namespaces]),
    });
  }

  /** Returns the objects that were in the set before this run and are not among `applied`. */
  async strays(applied: readonly Stored<DynamicObject>[]): Promise<Stored<DynamicObject>[]> {
    const uids = new Set(applied.map(({ metadata }) => metadata.uid));
    const found = await Promise.all([...this.#before.kinds].map((kind) => this.#membersOf(kind)));
    return found.flat().filter(({ metadata }) => !uids.has(metadata.uid) && metadata.deletionTimestamp === undefined);
  }

  /** Deletes an object of the set. Returns false when it is gone already. */
  async remove(object: Stored<DynamicObject>): Promise<boolean> {
    const { name, namespace = '', uid } = object.metadata;
    const resource = await this.#discovery.resource({ apiVersion: object.apiVersion ?? '', kind: object.kind ?? '' });
    const { client } = this.#clients.in(resource, namespace);
    try {
      await client.delete(name, {
        ...callsOf(this.#options),
        propagation: 'background',
        preconditions: { uid },
        dryRun: this.#options.dryRun,
      });
      return true;
    } catch (error) {
      if (isNotFound(error)) return false;
      throw error;
    }
  }

  /** Leaves only the kinds and namespaces of the objects that have been applied. */
  async finish(applied: readonly Stored<DynamicObject>[]): Promise<void> {
    await this.#write(
      scopeOf(
        applied.map(({ apiVersion = '', kind = '', metadata }) => ({
          apiVersion,
          kind,
          namespace: metadata.namespace,
        })),
      ),
    );
  }

  async #placeOf(manifest: Manifest): Promise<Place> {
    const { apiVersion, kind, metadata } = manifest;
    try {
      const { namespace } = await this.#clients.of(manifest);
      return { apiVersion, kind, namespace };
    } catch (error) {
      // The run may define the kind first. The apply of the object tells if it does not.
      if (!(error instanceof InvalidRequestError)) throw error;
      return { apiVersion, kind, namespace: metadata.namespace || undefined };
    }
  }

  async #membersOf(kind: string): Promise<Stored<DynamicObject>[]> {
    const named = await this.#discovery.find(kind);
    const resource = named.find((one) => kindName(one) === kind);
    if (resource === undefined) {
      const failed = [...(await this.#discovery.failures()).keys()];
      const group = kind.includes('.') ? kind.slice(kind.indexOf('.') + 1) : '';
      if (!failed.some((version) => version.startsWith(`${group}/`))) return [];
      throw new InvalidRequestError(
        `cannot prune objects of kind ${kind}: the server of the group ${group} does not answer. Try again later.`,
      );
    }
    const places = resource.scope === 'Namespaced' ? [...this.#before.namespaces] : [''];
    const lists = await Promise.all(
      places.map(async (namespace) => {
        const labels = { [PART_OF]: this.#parent.id };
        const { items } = await this.#clients
          .in(resource, namespace)
          .client.list({ ...callsOf(this.#options), labels })
          .all();
        // Items of a list may leave out what they are.
        return items.map((item) => ({ ...item, apiVersion: apiVersionOf(resource), kind: resource.kind }));
      }),
    );
    return lists.flat();
  }

  /** Applies the parent. Only this manager writes these fields, so another one's are taken over, as kubectl does. */
  async #write(scope: ApplySetScope): Promise<void> {
    const parent = this.#parent;
    const { client } = this.#clients.in(parent.resource, parent.namespace ?? '');
    const { dryRun, fieldValidation } = this.#options;
    const write = (force: boolean) =>
      client.apply(parent.describing(scope), {
        ...callsOf(this.#options),
        manager: parent.manager,
        dryRun,
        fieldValidation,
        force,
      });
    try {
      await write(false);
    } catch (error) {
      if (!isConflict(error)) throw error;
      await write(true);
    }
  }
}

interface Place {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string | undefined;
}

function scopeOf(places: readonly Place[]): ApplySetScope {
  const kinds = places.map(({ apiVersion, kind }) => {
    const slash = apiVersion.indexOf('/');
    return kindName({ kind, group: slash === -1 ? '' : apiVersion.slice(0, slash) });
  });
  const namespaces = places.flatMap(({ namespace }) => (namespace === undefined ? [] : [namespace]));
  return { kinds: new Set(kinds), namespaces: new Set(namespaces) };
}

function callsOf({ signal, timeoutMs }: CallOptions): CallOptions {
  return { signal, timeoutMs };
}

/** Refuses a custom resource whose definition does not allow it to be a parent, or that does not exist. */
async function checkParentType(
  resource: Resource,
  exists: boolean,
  clients: ManifestClients,
  discovery: Discovery,
  options: CallOptions,
): Promise<void> {
  const kind = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' };
  const { client } = clients.in(await discovery.resource(kind), '');
  const definition = await client.find(`${resource.plural}.${resource.group}`, callsOf(options));
  if (definition?.metadata.labels?.[PARENT_TYPE] === undefined) {
    throw new InvalidRequestError(
      `cannot use a ${resource.kind} as the parent of an apply set: its definition has no label ${PARENT_TYPE}. Use a Secret or ConfigMap.`,
    );
  }
  if (!exists) {
    throw new InvalidRequestError(
      `cannot create a ${resource.kind} as the parent of an apply set: create it yourself, or use a Secret or ConfigMap`,
    );
  }
}
