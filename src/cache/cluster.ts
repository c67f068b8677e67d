import { callerOf } from '../client/api-cluster.js';
import { connection } from '../client/connect.js';
import { ApiCluster, type ConnectOptions } from '../client/index.js';
import { checkDescriptor } from '../client/target.js';
import type { KubeObject, Resource, ResourceType, Scope } from '../meta/index.js';
import { stopCaches } from './cache-pool.js';
import { Informer } from './informer.js';
import type { InformerOptions } from './informer-options.js';

/**
 * One cluster, as one user, with a cache. Handles made from it are cheap and share its connections; it holds nothing secret in the
 * open. Close it when done: `await using cluster = await connect()`, or `close()`.
 */
export class Cluster extends ApiCluster {
  /**
   * A live copy of a kind's objects, to read from and to hear changes of: subscribe to it, then `start()` it. Informers of one handle
   * that watch the same share one watch and one store. Throws `InvalidRequestError` or `FormatError` for options that make no sense.
   */
  informer<T extends KubeObject, S extends Scope, Sub>(
    kind: Resource<T, S, Sub>,
    options?: InformerOptions<T, S>,
  ): Informer<T, S>;
  /** One of several kinds: `for (const kind of [Pod, Node]) cluster.informer(kind)`. */
  informer<R extends Resource<KubeObject, Scope, unknown>>(
    kind: R,
    options?: InformerOptions<ResourceType<R>>,
  ): Informer<ResourceType<R>, Scope>;
  informer(kind: Resource<KubeObject, Scope, unknown>, options: InformerOptions<KubeObject> = {}): unknown {
    checkDescriptor(kind);
    return new Informer(callerOf(this), kind, options);
  }

  /**
   * Stops this handle's informers, then ends all connections, also those of impersonated handles, whose informers find that out by
   * themselves. Nothing keeps the process alive afterwards.
   */
  override async close(): Promise<void> {
    await stopCaches(callerOf(this));
    await super.close();
  }
}

/**
 * Finds the cluster and gives a handle to it. Nothing is sent yet: the first call opens the first connection.
 *
 * Looked at, in this order: `options.server`; `options.kubeconfig`, else the files in `KUBECONFIG`, else `~/.kube/config`; the pod's
 * service account. Throws `ConfigError`.
 */
export async function connect(options: ConnectOptions = {}): Promise<Cluster> {
  return new Cluster(...(await connection(options)));
}
