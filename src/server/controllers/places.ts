import type { Scheme, ServedResource } from '../object/server-context.js';

/** The resource that a storage key belongs to. */
export interface Place {
  readonly resource: ServedResource;
  /** Undefined for cluster-scoped resources. */
  readonly namespace: string | undefined;
  readonly name: string;
}

/** From storage keys back to resource, namespace and name. */
export class Places {
  /** The prefix of the keys of CustomResourceDefinitions. */
  readonly definitions = '/registry/apiextensions.k8s.io/customresourcedefinitions/';
  readonly #scheme: Scheme;
  #edition: object | undefined;
  #byPrefix: ReadonlyMap<string, ServedResource> = new Map();

  constructor(scheme: Scheme) {
    this.#scheme = scheme;
  }

  /** Undefined for a key of nothing that is served. */
  of(key: string): Place | undefined {
    if (this.#edition !== this.#scheme.edition) {
      this.#edition = this.#scheme.edition;
      this.#byPrefix = new Map(this.#scheme.storedResources().map((resource) => [resource.prefix, resource]));
    }
    // `/registry/pods/…` or `/registry/apps/deployments/…`.
    const [, root = '', first = '', second = ''] = key.split('/');
    const resource = this.#byPrefix.get(`/${root}/${first}/${second}/`) ?? this.#byPrefix.get(`/${root}/${first}/`);
    if (resource === undefined) return undefined;
    const rest = key.slice(resource.prefix.length);
    const slash = rest.indexOf('/');
    if (!resource.namespaced) return { resource, namespace: undefined, name: rest };
    return { resource, namespace: rest.slice(0, slash), name: rest.slice(slash + 1) };
  }
}
