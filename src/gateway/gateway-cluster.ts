import { apiVersionOf, type Resource } from '../meta/index.js';
import type { Cluster } from '../sdk/index.js';
import type { Clock, Timer } from '../util/clock.js';
import { type AllowedKind, AllowedKinds } from './access/allowed-kinds.js';
import { ReadRights } from './access/read-rights.js';
import { Collection } from './queries/collection.js';

/** The time for which a collection without queries keeps its watch, in milliseconds. */
const IDLE_MS = 60_000;

/** The options of a `GatewayCluster`. */
export interface GatewayClusterOptions {
  readonly name: string;
  readonly cluster: Cluster;
  readonly kinds: readonly AllowedKind[];
  readonly clock: Clock;
  readonly freshMs: number;
  /** Called after each change of an object in a collection. */
  readonly onChange: () => void;
  readonly onError: (error: unknown) => void;
}

interface Shared {
  readonly collection: Collection;
  idle: Timer | undefined;
}

/** One cluster behind the gateway: its kinds, the rights of users, and one collection for each kind in use. */
export class GatewayCluster {
  readonly name: string;
  readonly cluster: Cluster;
  readonly kinds: AllowedKinds;
  readonly access: ReadRights;
  readonly #options: GatewayClusterOptions;
  readonly #collections = new Map<string, Shared>();

  constructor(options: GatewayClusterOptions) {
    const { name, cluster, kinds, clock, freshMs } = options;
    this.#options = options;
    this.name = name;
    this.cluster = cluster;
    this.kinds = new AllowedKinds(cluster, kinds);
    this.access = new ReadRights({ cluster, clock, freshMs });
  }

  /** The collections in use or not long out of use. */
  get collections(): Collection[] {
    return [...this.#collections.values()].map(({ collection }) => collection);
  }

  /** Finds or makes the collection of a kind. Each call asks for one `release`. */
  collection(resource: Resource): Collection {
    const id = idOf(resource);
    const known = this.#collections.get(id);
    if (known !== undefined) {
      known.idle?.cancel();
      known.idle = undefined;
      known.collection.users++;
      return known.collection;
    }
    const { cluster, onChange, onError } = this.#options;
    const collection = new Collection({ id: `${this.name} ${id}`, cluster, resource, onChange, onError });
    collection.users++;
    this.#collections.set(id, { collection, idle: undefined });
    return collection;
  }

  /** Lets go of a collection, whose watch ends a minute after its last use. One that cannot be read ends at once. */
  release(collection: Collection): void {
    collection.users--;
    const id = idOf(collection.resource);
    const shared = this.#collections.get(id);
    if (shared?.collection !== collection) return;
    if (collection.isBroken) this.#stop(id, collection);
    else if (collection.users === 0)
      shared.idle = this.#options.clock.setTimer(IDLE_MS, () => this.#stop(id, collection));
  }

  async close(): Promise<void> {
    const all = [...this.#collections.values()];
    this.#collections.clear();
    for (const { idle } of all) idle?.cancel();
    await Promise.all([this.access.close(), ...all.map(({ collection }) => collection.stop())]);
  }

  #stop(id: string, collection: Collection): void {
    this.#collections.delete(id);
    collection.stop().catch(this.#options.onError);
  }
}

function idOf(resource: Resource): string {
  return `${apiVersionOf(resource)} ${resource.plural}`;
}
