import { stopCaches } from '../cache/cache-pool.js';
import { Informer } from '../cache/informer.js';
import type { InformerOptions } from '../cache/informer-options.js';
import type { AccessQuestion, Identity } from '../client/access.js';
import { documentIn } from '../client/answers.js';
import { ApiCaller, decodingError, type WriteHooks } from '../client/api-caller.js';
import { type ApplyResult, ManifestApplier } from '../client/apply-manifests.js';
import type { ApplyManifestsOptions } from '../client/apply-options.js';
import { encodeBody } from '../client/body.js';
import { ClusterLogs } from '../client/cluster-logs.js';
import type { DeleteManifestsOptions, DeleteResult } from '../client/delete-manifests.js';
import type { DiffOptions, ManifestChange } from '../client/diff-manifests.js';
import { Discovery, type KindRef } from '../client/discovery.js';
import type { AnyScopeClient, DynamicClient, DynamicObject } from '../client/dynamic.js';
import type { Encoding } from '../client/encoding.js';
import { checkVerbOptions } from '../client/known-options.js';
import type { Manifests } from '../client/manifests.js';
import type { ClusterLogsOptions } from '../client/merged-logs.js';
import { NewerFields } from '../client/newer-fields.js';
import { ObjectClient } from '../client/object-client.js';
import type { CallOptions } from '../client/options.js';
import type { NodeUsage, PodUsage, TopNodesOptions, TopPodsOptions } from '../client/platform-verbs.js';
import { checkPath, contextOfPath, type RawRequest, type RawResponse } from '../client/raw.js';
import type {
  AllNamespaces,
  CreateOnlyClient,
  NamespacedCreateOnly,
  ResourceClient,
} from '../client/resource-client.js';
import { checkDescriptor } from '../client/target.js';
import { type WarningHandler, Warnings } from '../client/warnings.js';
import type { Impersonation } from '../config/cluster-config.js';
import { impersonationHeaders } from '../config/impersonation.js';
import { type Destination, InvalidRequestError, type RequestContext } from '../errors/index.js';
import type { CreateOnly, KubeObject, Resource, ResourceType, Scope } from '../meta/index.js';
import type { Transport } from '../transport/transport.js';
import { abortForMany } from '../util/abort.js';
import { decodeUtf8, encodeUtf8 } from '../util/bytes.js';
import { type Clock, systemClock } from '../util/clock.js';
import { type Random, systemRandom } from '../util/random.js';
import { lazy } from '../util/single-flight.js';
import { jsonCodec } from '../wire/index.js';

/** The options of a `Cluster`, besides its transport. */
export interface ClusterOptions {
  /** The namespace that counts as "this one". Default `default`. */
  readonly namespace?: string | undefined;
  /** Gets each different warning of the server once. Default: nobody does. */
  readonly onWarning?: WarningHandler | undefined;
  /** The user to act as. */
  readonly impersonate?: Impersonation | undefined;
  /** The server and the user, for errors. Default: errors do not name them. */
  readonly destination?: Destination | undefined;
  /** The encoding in which objects travel: see `Encoding`. Default `auto`. */
  readonly encoding?: Encoding | undefined;
  /** Where time comes from. Default: the system's. */
  readonly clock?: Clock | undefined;
  /** Where chance comes from, for jitter. Default: the system's. */
  readonly random?: Random | undefined;
}

/** The state that a handle shares with the handles derived from it. */
interface Shared {
  readonly closing: AbortController;
  readonly warnings: Warnings;
  readonly newerFields: NewerFields;
  discovery?: Discovery;
  readonly hooks?: WriteHooks;
}

/** The version of a server. */
export interface VersionInfo {
  readonly major: string;
  readonly minor: string;
  /** Such as `v1.36.2`. */
  readonly gitVersion: string;
  readonly platform?: string | undefined;
  readonly buildDate?: string | undefined;
  readonly gitCommit?: string | undefined;
  readonly goVersion?: string | undefined;
  readonly emulationMajor?: string | undefined;
  readonly emulationMinor?: string | undefined;
}

const caller = Symbol('caller');
const withHooks = Symbol('withHooks');

/**
 * One cluster, as one user. Handles made from it are cheap and share its connections; it holds nothing secret in the open.
 * Close it when done: `await using cluster = await connect()`, or `close()`.
 */
export class Cluster {
  /** The namespace of the kubeconfig context or the pod, or the one given: where "here" is. */
  readonly namespace: string;
  /** Which kinds the server has. */
  readonly discovery: Discovery;
  readonly #caller: ApiCaller;
  readonly #options: ClusterOptions;
  readonly #shared: Shared;

  /** Usually made by `connect`. With a transport of your own, such as one to a server in this process, by hand. */
  constructor(transport: Transport, options: ClusterOptions = {}, shared?: Shared) {
    const { impersonate, destination } = options;
    this.#options = options;
    this.#shared = shared ?? {
      closing: abortForMany(),
      warnings: new Warnings(options.onWarning),
      newerFields: new NewerFields(),
    };
    this.namespace = options.namespace ?? 'default';
    this.#caller = new ApiCaller({
      transport,
      codec: jsonCodec,
      encoding: options.encoding,
      headers: impersonate === undefined ? {} : impersonationHeaders(impersonate),
      warnings: this.#shared.warnings,
      closed: this.#shared.closing.signal,
      clock: options.clock ?? systemClock,
      random: options.random ?? systemRandom,
      hooks: this.#shared.hooks,
      destination: destination && { ...destination, impersonated: impersonate?.user },
      newerFields: this.#shared.newerFields,
    });
    // What kinds there are is the same for everyone.
    this.discovery = this.#shared.discovery ??= new Discovery(this.#caller);
  }

  /**
   * The client for a kind: `cluster.resource(Pod).in('shop')`, `cluster.resource(Node)`. Takes generated kinds and descriptors of your
   * own alike.
   */
  resource<T extends KubeObject>(kind: Resource<T, 'Cluster', CreateOnly>): CreateOnlyClient<T>;
  resource<T extends KubeObject>(kind: Resource<T, 'Namespaced', CreateOnly>): NamespacedCreateOnly<T>;
  resource<T extends KubeObject, Sub>(kind: Resource<T, 'Cluster', Sub>): ResourceClient<T, 'Cluster', Sub>;
  resource<T extends KubeObject, Sub>(kind: Resource<T, 'Namespaced', Sub>): AllNamespaces<T, Sub>;
  resource<T extends KubeObject, Sub>(kind: Resource<T, Scope, Sub>): AnyScopeClient<T, Sub>;
  /** One of several kinds: `for (const kind of [Pod, Node]) cluster.resource(kind)`. */
  resource<R extends Resource<KubeObject, Scope, unknown>>(kind: R): AnyScopeClient<ResourceType<R>, object>;
  resource(kind: Resource<KubeObject, Scope, unknown>): unknown {
    checkDescriptor(kind);
    return new ObjectClient(this.#caller, async () => kind);
  }

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
    return new Informer(this.#caller, kind, options);
  }

  /**
   * The client for a kind known only at run time; discovery decides plural and scope. Nothing is sent before the first verb, which throws
   * `InvalidRequestError` when the server has no such kind.
   */
  dynamic(kind: KindRef): DynamicClient {
    const client = new ObjectClient<DynamicObject>(
      this.#caller,
      lazy(() => this.discovery.resource(kind)),
    );
    return client as unknown as DynamicClient;
  }

  /**
   * Applies manifests (text of one or several YAML documents, or parsed objects) by server-side apply, in the order of their
   * dependencies: namespaces and definitions first, waiting until each CustomResourceDefinition is established. All are tried; when some
   * fail, it throws an `ApplyError` that says which, and what became of the others. With `applySet` and `prune`, it deletes objects that
   * were applied before and are not among the manifests any more, as `kubectl apply --prune --applyset` does.
   */
  async apply(manifests: Manifests, options: ApplyManifestsOptions = {}): Promise<ApplyResult[]> {
    const namespace = options.namespace ?? this.namespace;
    return new ManifestApplier(this.#caller, this.discovery, { ...options, namespace }).run(manifests);
  }

  /**
   * Compares the stored objects with what `apply` would make of them: the server applies each manifest without storing the result. Gives
   * one change for each field that differs, and one with the path `''` for an object that would be created or pruned. The values of
   * Secrets are hidden.
   */
  async *diff(manifests: Manifests, options: DiffOptions = {}): AsyncGenerator<ManifestChange> {
    const { diffManifests } = await import('../client/diff-manifests.js');
    const namespace = options.namespace ?? this.namespace;
    yield* diffManifests(this.#caller, this.discovery, manifests, { ...options, namespace });
  }

  /**
   * Deletes the objects of manifests, in the reverse order of applying. Absent objects are not an error. All are tried; when some
   * fail, it throws a `DeleteError` that says which.
   */
  async delete(manifests: Manifests, options: DeleteManifestsOptions = {}): Promise<DeleteResult[]> {
    const { ManifestDeleter } = await import('../client/delete-manifests.js');
    const namespace = options.namespace ?? this.namespace;
    return new ManifestDeleter(this.#caller, this.discovery, { ...options, namespace }).run(manifests);
  }

  /**
   * Returns the processor time and memory that nodes use, from the metrics server, or from the kubelets where there is none. A node
   * without figures is left out.
   */
  async topNodes(options: TopNodesOptions = {}): Promise<NodeUsage[]> {
    checkVerbOptions('topNodes', options);
    return (await import('../client/resource-usage.js')).topNodes(this.#caller, options);
  }

  /**
   * Returns the processor time and memory that pods and their containers use, from the metrics server, or from the kubelets where there
   * is none. A pod without figures is left out.
   */
  async topPods(options: TopPodsOptions = {}): Promise<PodUsage[]> {
    checkVerbOptions('topPods', options);
    const namespace = options.namespace ?? this.namespace;
    return (await import('../client/resource-usage.js')).topPods(this.#caller, { ...options, namespace });
  }

  /**
   * The same cluster as somebody else, over the same connections: every call says whom to act as, and the server checks that the real
   * user may. Closing either handle closes both.
   */
  impersonate(identity: Impersonation): Cluster {
    return this.#derive({ ...this.#options, impersonate: identity }, this.#shared);
  }

  /**
   * Follows the logs of many pods as one stream, as they come and go: `for await (const line of cluster.logs({ labels: { app: 'web' },
   * follow: true }))`. Without `follow`, it ends after what there is now.
   */
  logs(options: ClusterLogsOptions = {}): ClusterLogs {
    return new ClusterLogs(this.#caller, { ...options, namespace: options.namespace ?? this.namespace });
  }

  /** Asks whether this handle's user may do something: `cluster.can({ verb: 'delete', resource: Pod, namespace: 'shop' })`. */
  async can(question: AccessQuestion): Promise<boolean> {
    checkVerbOptions('can', question);
    return (await import('../client/access.js')).mayDo(this.#caller, question);
  }

  /** Returns the user that the server takes this handle for. */
  async whoAmI(options: CallOptions = {}): Promise<Identity> {
    return (await import('../client/access.js')).identityOf(this.#caller, options);
  }

  /** The server's version. */
  async version(options: CallOptions = {}): Promise<VersionInfo> {
    const context = { verb: 'get', resource: '/version' };
    return documentIn<VersionInfo>(
      await this.#caller.call({ context, method: 'GET', path: '/version', options }),
      context,
    );
  }

  /** Sends a request that the typed verbs do not cover. Throws as the verbs do: an answer other than a success is an `ApiError`. */
  async raw(request: RawRequest): Promise<RawResponse> {
    checkVerbOptions('raw', request);
    const { path, method = 'GET', query, accept = '*/*', body, contentType, ...options } = request;
    checkPath(path);
    const context = { verb: method, resource: path };
    const sent = body === undefined ? undefined : rawBody(body, context);
    const { response, bytes } = await this.#caller.fetchRaw(
      { context, method, path, query, accept, body: sent, contentType, options },
      contextOfPath(method, path),
    );
    return {
      status: response.status,
      headers: response.headers,
      bytes,
      text: () => decodeUtf8(bytes),
      json: () => {
        try {
          return jsonCodec.decode(bytes);
        } catch (error) {
          throw decodingError(error, 0, context);
        }
      },
    };
  }

  /**
   * Stops this handle's informers, then ends all connections, open watches included, also those of impersonated handles, whose informers
   * find that out by themselves. Nothing keeps the process alive afterwards.
   */
  async close(): Promise<void> {
    await stopCaches(this.#caller);
    this.#shared.closing.abort(new InvalidRequestError('this cluster handle has been closed: connect() again'));
    await this.#caller.shared.transport.close();
  }

  /** As `close`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** @internal */
  [caller](): ApiCaller {
    return this.#caller;
  }

  /** @internal */
  [withHooks](hooks: WriteHooks): Cluster {
    return this.#derive(this.#options, { ...this.#shared, hooks });
  }

  #derive(options: ClusterOptions, shared: Shared): Cluster {
    return new Cluster(this.#caller.shared.transport, options, shared);
  }
}

/** Returns the caller of a handle. Used by rooms above this one that send calls of their own. */
export function callerOf(cluster: Cluster): ApiCaller {
  return cluster[caller]();
}

/** Returns a handle to the same cluster as the same user, which calls `hooks` on each write. Used by rooms above this one. */
export function watchWrites(cluster: Cluster, hooks: WriteHooks): Cluster {
  return cluster[withHooks](hooks);
}

function rawBody(body: unknown, context: RequestContext): Uint8Array {
  if (body instanceof Uint8Array) return body;
  return typeof body === 'string' ? encodeUtf8(body) : encodeBody(jsonCodec, body, context);
}
