import type { QueryKind } from '../../browser/protocol.js';
import type { KindRef } from '../../client/index.js';
import { apiVersionOf, type Resource } from '../../meta/index.js';
import type { Cluster } from '../../sdk/index.js';
import { refusal } from '../refusals.js';

/**
 * A kind that browsers may use: a descriptor, or the name of a kind that discovery finds. `*` stands for every kind of an `apiVersion`, or
 * for every `apiVersion`.
 */
export type AllowedKind = Resource | KindRef;

/** The kinds of a cluster that browsers may use. Users need the rights of the cluster besides. */
export class AllowedKinds {
  readonly #cluster: Cluster;
  readonly #descriptors = new Map<string, Resource>();
  readonly #names: readonly KindRef[];

  constructor(cluster: Cluster, allowed: readonly AllowedKind[]) {
    this.#cluster = cluster;
    this.#names = allowed.filter((one): one is KindRef => !('plural' in one));
    for (const one of allowed) if ('plural' in one) this.#descriptors.set(idOf(apiVersionOf(one), one.kind), one);
  }

  /** Finds a kind. Throws an `ApiError` (403) if it is not allowed, and an `InvalidRequestError` if the cluster does not have it. */
  async find({ apiVersion, kind }: QueryKind): Promise<Resource> {
    const known = this.#descriptors.get(idOf(apiVersion, kind));
    if (known !== undefined) return known;
    if (!this.#allows(apiVersion, kind)) throw refusal(403, `the gateway does not offer ${kind} of ${apiVersion}`);
    return this.#cluster.discovery.resource({ apiVersion, kind });
  }

  /** Returns all allowed kinds that the cluster has. */
  async all(): Promise<Resource[]> {
    const discovered = this.#names.length === 0 ? [] : await this.#cluster.discovery.resources();
    const named = discovered.filter(
      (one) => this.#allows(apiVersionOf(one), one.kind) && !this.#descriptors.has(idOf(apiVersionOf(one), one.kind)),
    );
    return [...this.#descriptors.values(), ...named];
  }

  #allows(apiVersion: string, kind: string): boolean {
    return this.#names.some(
      (one) => (one.apiVersion === '*' || one.apiVersion === apiVersion) && (one.kind === '*' || one.kind === kind),
    );
  }
}

function idOf(apiVersion: string, kind: string): string {
  return `${apiVersion}/${kind}`;
}
