import type { Impersonation } from '../config/cluster-config.js';
import type { CreateOnly, KubeObject, Resource, Scope } from '../meta/index.js';
import type { Transport } from '../transport/transport.js';
import { type Clock, systemClock } from '../util/clock.js';
import { type Random, systemRandom } from '../util/random.js';
import { jsonCodec } from '../wire/index.js';
import { ApiCaller } from './api-caller.js';
import { GenericClient } from './generic-client.js';
import { impersonationHeaders } from './impersonation.js';
import type { AllNamespaces, CreateOnlyClient, NamespacedCreateOnly, ResourceClient } from './resource-client.js';
import { type WarningHandler, Warnings } from './warnings.js';

/** What a `Cluster` is made of, besides its transport. */
export interface ClusterOptions {
  /** The namespace that counts as "this one". Default `default`. */
  readonly namespace?: string | undefined;
  /** Gets each different warning of the server once. Default: nobody does. */
  readonly onWarning?: WarningHandler | undefined;
  /** Whom to act as. */
  readonly impersonate?: Impersonation | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
}

/** What a handle sends its calls with: for rooms above this one that send calls of their own. */
export let callerOf: (cluster: Cluster) => ApiCaller;

/**
 * One cluster, as one user. Handles made from it are cheap and share its connections; it holds nothing secret in the open.
 * Close it when done: `await using cluster = await connect()`, or `close()`.
 */
export class Cluster {
  /** The namespace of the kubeconfig context or the pod, or the one given: where "here" is. */
  readonly namespace: string;
  readonly #transport: Transport;
  readonly #caller: ApiCaller;

  static {
    callerOf = (cluster) => cluster.#caller;
  }

  /** Usually made by `connect`. With a transport of your own, such as one to a server in this process, by hand. */
  constructor(transport: Transport, options: ClusterOptions = {}) {
    this.namespace = options.namespace ?? 'default';
    this.#transport = transport;
    this.#caller = new ApiCaller({
      transport,
      codec: jsonCodec,
      headers: options.impersonate === undefined ? {} : impersonationHeaders(options.impersonate),
      warnings: new Warnings(options.onWarning),
      clock: options.clock ?? systemClock,
      random: options.random ?? systemRandom,
    });
  }

  /**
   * The client for a kind: `cluster.resource(Pod).in('shop')`, `cluster.resource(Node)`. Takes generated kinds and descriptors of your
   * own alike.
   */
  resource<T extends KubeObject>(kind: Resource<T, 'Cluster', CreateOnly>): CreateOnlyClient<T>;
  resource<T extends KubeObject>(kind: Resource<T, 'Namespaced', CreateOnly>): NamespacedCreateOnly<T>;
  resource<T extends KubeObject, Sub>(kind: Resource<T, 'Cluster', Sub>): ResourceClient<T, 'Cluster', Sub>;
  resource<T extends KubeObject, Sub>(kind: Resource<T, 'Namespaced', Sub>): AllNamespaces<T, Sub>;
  resource(kind: Resource<KubeObject, Scope, unknown>): unknown {
    return new GenericClient(this.#caller, async () => kind as Resource);
  }

  /** Ends all connections, open watches included, also those of impersonated handles. Nothing keeps the process alive afterwards. */
  close(): Promise<void> {
    return this.#transport.close();
  }

  /** As `close`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
