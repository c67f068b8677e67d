import { abortForMany } from '../util/abort.js';
import { type Clock, systemClock } from '../util/clock.js';
import { type Random, systemRandom } from '../util/random.js';
import { pluginsOf } from './admission/plugin-names.js';
import { ApiServices } from './aggregation/api-services.js';
import type { AggregationOptions } from './aggregation/remote-connections.js';
import { type AuditOptions, PolicyAuditor } from './audit/policy-auditor.js';
import { type Authenticator, type ClientCertificate, credentialsIn, isUnauthorized } from './authn/authenticator.js';
import { readToken } from './authn/bound-tokens.js';
import type { RequestHeader } from './authn/request-header.js';
import { abacAuthorizer } from './authz/abac.js';
import { type AuthorizationMode, authorizerOf, mastersFirst } from './authz/authorizer.js';
import { Impersonator } from './authz/impersonator.js';
import { NodeAuthorizer } from './authz/node-authorizer.js';
import { RbacAuthorizer } from './authz/rbac.js';
import { bootstrap } from './bootstrap/bootstrap.js';
import { type ControllerName, controllersOf } from './controllers/controller-names.js';
import { Definitions } from './controllers/definitions.js';
import type { KubernetesEndpoints } from './controllers/kubernetes-service.js';
import { serverLeasesPrefix, serverLeaseTtlMs } from './controllers/server-leases.js';
import { featureGates } from './features/feature-gates.js';
import { FlowControl } from './flowcontrol/flow-control.js';
import { Inflight, type InflightLimits, inflightLimits } from './flowcontrol/inflight.js';
import { errorResponse } from './http/respond.js';
import { repairRegularly } from './kinds/core/services/service-repair.js';
import type { AdmissionConfiguration } from './object/admission-configuration.js';
import type { Dial, KubeletClient, Lookup } from './object/backends.js';
import { HealthResults } from './object/health-results.js';
import type { ServerRequest, ServerResponse } from './object/message.js';
import { RequestCounter } from './object/request-counter.js';
import type { RequestLimits } from './object/request-limits.js';
import type { Scheme, ServerContext } from './object/server-context.js';
import { type ServiceRangeOptions, serviceRanges } from './object/service-ranges.js';
import { internalError, StatusError } from './object/status-error.js';
import { StreamLimit } from './object/stream-limit.js';
import { anonymous, type UserInfo } from './object/user.js';
import { dialTcp, lookUpHost } from './outbound/dial-tcp.js';
import { KubeletTls } from './outbound/kubelet-tls.js';
import { refuseUnauthenticated, route, takesUpgrade } from './router.js';
import { ServedScheme } from './scheme/scheme.js';
import { afterPrefix } from './scheme/storage-keys.js';
import { compactRegularly, defaultCompactionIntervalMs } from './storage/compactor.js';
import { expireKeys } from './storage/expiry.js';
import { firstRevision } from './storage/first-revision.js';
import { MemoryStorage } from './storage/memory-storage.js';
import { CompactedError, type Storage, type StorageSnapshot } from './storage/storage.js';
import { TokenAuthority, type TokenAuthorityOptions } from './tokens/token-authority.js';

/** The options of an `ApiServer`. */
export interface ApiServerOptions extends InflightLimits, TokenAuthorityOptions, ServiceRangeOptions {
  /** Where objects are kept. Default: in memory, gone with the server. */
  storage?: Storage | undefined;
  /** Where time comes from. Default: the system's clock. */
  clock?: Clock | undefined;
  /** Where uids, generated names and timeouts get their randomness. Default: the runtime's. */
  random?: Random | undefined;
  /**
   * Which API versions are served, in the words of kube-apiserver's `--runtime-config`, such as `api/all=true`. Default: the
   * stable ones.
   */
  runtimeConfig?: string | undefined;
  /**
   * Feature gates in the words of kube-apiserver's `--feature-gates`, such as `ShardedListAndWatch=false`. The constructor throws for
   * gates that kube-apiserver 1.36 does not have, and for locked ones.
   */
  featureGates?: string | undefined;
  /**
   * The interval at which history older than one interval is compacted, in milliseconds. 0 disables it. Default: 300,000, as
   * kube-apiserver.
   */
  compactionIntervalMs?: number | undefined;
  /** The time that events are kept after their last change, in milliseconds. Default: an hour, as kube-apiserver. */
  eventTtlMs?: number | undefined;
  /**
   * The controllers that run, in the form of kube-controller-manager's `--controllers`. `*` stands for all, a name for one, `-name` for
   * all but one. `[]` or `['-*']` disables all. Default: all. The controllers are:
   * - `clusterrole-aggregation` computes the rules of aggregated cluster roles;
   * - `garbagecollector` deletes objects whose last owner is gone;
   * - `kubernetes-service`: see `announce`;
   * - `namespace` empties and removes deleted namespaces;
   * - `service-cidr-controller` makes ServiceCIDRs ready, and keeps deleted ones while services have their addresses.
   * - `pv-protection`, `pvc-protection` and `volumeattributesclass-protection-controller` keep deleted volumes, claims and
   *   VolumeAttributesClasses until they are not used any more;
   * - `resourcequota` counts the resources that quotas limit;
   * - `root-ca-cert-publisher`: see `certificateAuthority`;
   * - `serviceaccount` creates each namespace's `default` ServiceAccount.
   */
  controllers?: readonly string[] | undefined;
  /**
   * The way in which the servers that share a store keep the endpoints of the service `kubernetes`. With `lease`, each server renews a lease
   * every 10 s, and its address goes 15 s after the last renewal. With `none`, the server leaves the endpoints alone. Default: `lease`.
   */
  endpointReconcilerType?: 'lease' | 'none' | undefined;
  /**
   * The authorizers, in the words of kube-apiserver's `--authorization-mode`. Of several, the first that allows decides. Default: `RBAC`.
   * - `RBAC` uses roles and bindings; the usual set exists from the start.
   * - `Node` lets kubelets read the objects that the pods on their node need.
   * - `AlwaysAllow` allows everything, and `AlwaysDeny` refuses everything.
   *
   * Members of `system:masters` may do everything in every mode, and so may callers of a port without authentication.
   */
  authorizationMode?: AuthorizationMode | readonly AuthorizationMode[] | undefined;
  /** The policies of the mode `ABAC`: the text of a policy file, and the path that errors name. */
  authorizationPolicy?: { readonly text: string; readonly path: string } | undefined;
  /**
   * Admission plugins to run besides the default ones, in the words of kube-apiserver's `--enable-admission-plugins`. The constructor
   * throws for unknown names, for plugins that this server does not have, and for one that is disabled too.
   */
  enableAdmissionPlugins?: readonly string[] | undefined;
  /** The configuration of admission plugins that take one. EventRateLimit and ImagePolicyWebhook need it. Default: none. */
  admissionConfiguration?: AdmissionConfiguration | undefined;
  /** Admission plugins not to run, in the words of kube-apiserver's `--disable-admission-plugins`, such as `ServiceAccount`. */
  disableAdmissionPlugins?: readonly string[] | undefined;
  /**
   * The authority, in PEM, whose certificate the server shows to who connects. Where there is one the server is part of a control plane:
   * the controller `root-ca-cert-publisher` puts it into the ConfigMap `kube-root-ca.crt` of every namespace, where pods look for it, and
   * `kube-system` holds what kube-controller-manager looks for. Default: none.
   */
  certificateAuthority?: string | undefined;
  /**
   * The authority, in PEM, of the client certificates that `authenticate` accepts. The ConfigMap `extension-apiserver-authentication` in
   * `kube-system` publishes it. Default: none.
   */
  clientCertificateAuthority?: string | undefined;
  /** Finds out who asks, beside the tokens of service accounts, which the server knows by itself. Default: nobody else is known. */
  authenticate?: Authenticator | undefined;
  /**
   * If true, callers without credentials are the user `system:anonymous`, who has almost no rights. Default: true, as kube-apiserver.
   * With the mode `AlwaysAllow` it is false, whatever is given.
   */
  anonymousAuth?: boolean | undefined;
  /** The paths of `anonymousAuth`. Default: all of them. */
  anonymousPaths?: readonly string[] | undefined;
  /** The way to the servers of aggregated APIs. Default: without a client certificate, at the endpoints of services. */
  aggregation?: AggregationOptions | undefined;
  /**
   * The proxies that may name the user of a request in headers. Beside `clientCertificateAuthority`, the ConfigMap
   * `extension-apiserver-authentication` tells the servers of aggregated APIs. `serve` trusts them too. Default: none.
   */
  requestHeader?: RequestHeader | undefined;
  /**
   * Opens the connections to nodes, pods and services. Default: TCP. Pods on an in-process network are reached through a function of
   * that network.
   */
  dial?: Dial | undefined;
  /** Streams and proxied requests at the same time: exec, attach, portforward, logs and proxies. Default: 5000. 0 for no limit. */
  maxStreams?: number | undefined;
  /** Returns the addresses of a node's host name. Default: asks the resolver of this machine. */
  lookup?: Lookup | undefined;
  /**
   * Settings for connections to kubelets. Default: at the address types that kubeadm prefers, within 5 s, unverified, and without
   * a client certificate.
   */
  kubelet?: Partial<KubeletClient> | undefined;
  /** The requests to record, and where. Default: requests are not audited. */
  audit?: AuditOptions | undefined;
  /** The interval between the bookmarks of a watch that requests them, in milliseconds. Default: 60,000, as kube-apiserver. */
  bookmarkIntervalMs?: number | undefined;
  /** Bytes of events a watch may fall behind its reader before it is cut. Default: 64 MiB. */
  watchBufferBytes?: number | undefined;
  /**
   * If true, PriorityLevelConfigurations and FlowSchemas share the running requests: `maxRequestsInflight` and
   * `maxMutatingRequestsInflight` together. If false, these two limit reads and writes separately. Default: true.
   */
  enablePriorityAndFairness?: boolean | undefined;
  /**
   * Called with an error that the server did not expect, and the request that led to it. The client gets a Status with code 500.
   * Default: does nothing.
   */
  onError?: ((error: unknown, request: Pick<ServerRequest, 'method' | 'path'>) => void) | undefined;
}

/** The address types are those that kubeadm sets: kube-apiserver's own begin with host names, which most networks do not resolve. */
const kubeletDefaults: KubeletClient = {
  preferredAddressTypes: ['InternalIP', 'ExternalIP', 'Hostname', 'InternalDNS', 'ExternalDNS'],
  timeoutMs: 5_000,
};

/** The time that events are kept, as in kube-apiserver. */
const defaultEventTtlMs = 3_600_000;

/** Returns the keys that are deleted some time after their last write: events, and the leases of servers. */
export function expiringKeys(eventTtlMs = defaultEventTtlMs): readonly { prefix: string; ttlMs: number }[] {
  return [
    { prefix: '/registry/events/', ttlMs: eventTtlMs },
    { prefix: serverLeasesPrefix, ttlMs: serverLeaseTtlMs },
  ];
}

function checkFlowControl(scheme: Scheme): void {
  const served = ['flowschemas', 'prioritylevelconfigurations'].every((plural) =>
    scheme.resource('flowcontrol.apiserver.k8s.io', 'v1', plural),
  );
  if (served) return;
  throw new Error(
    'cannot use priority and fairness: --runtime-config does not serve flowcontrol.apiserver.k8s.io/v1. Serve it, or give --enable-priority-and-fairness=false.',
  );
}

function limitsOf(options: ApiServerOptions, context: () => ServerContext): RequestLimits {
  if (options.enablePriorityAndFairness === false) return new Inflight(options);
  const { reading, mutating } = inflightLimits(options);
  return new FlowControl(context, reading + mutating);
}

/**
 * A Kubernetes API server as a function from request to response: the whole API over a store, and no sockets. `listen` puts it
 * on the network.
 */
export class ApiServer {
  readonly #closing = abortForMany();
  readonly #context: ServerContext;
  readonly #ready: Promise<void>;
  readonly #options: ApiServerOptions;
  readonly #wanted: ReadonlySet<ControllerName>;
  #endpoints: KubernetesEndpoints | undefined;
  #endControllers: () => Promise<void> = async () => {};

  constructor(options: ApiServerOptions = {}) {
    const definitions = new Definitions();
    const aggregation = new ApiServices(options.aggregation);
    this.#options = options;
    const modes = [options.authorizationMode ?? 'RBAC'].flat();
    const rbac = modes.includes('RBAC');
    const policy = options.authorizationPolicy;
    const roles = new RbacAuthorizer(() => this.#context);
    const authorizer = mastersFirst(
      authorizerOf(modes, {
        Node: new NodeAuthorizer(() => this.#context),
        RBAC: roles,
        ABAC: policy === undefined ? undefined : abacAuthorizer(policy.text, policy.path),
      }),
    );
    const features = featureGates(options.featureGates);
    const plugins = pluginsOf(options.enableAdmissionPlugins, options.disableAdmissionPlugins);
    if (plugins.has('EventRateLimit') && (options.admissionConfiguration?.EventRateLimit?.limits ?? []).length === 0)
      throw new Error('cannot enable the admission plugin EventRateLimit: it has no limits. Configure them.');
    if (plugins.has('ImagePolicyWebhook') && options.admissionConfiguration?.ImagePolicyWebhook === undefined)
      throw new Error('cannot enable the admission plugin ImagePolicyWebhook: it has no backend. Configure one.');
    const kubelet = { ...kubeletDefaults, ...options.kubelet };
    const kubeletTls = new KubeletTls(kubelet);
    this.#context = {
      authorizer,
      impersonation: new Impersonator(authorizer, features.enabled('ConstrainedImpersonation')),
      plugins,
      admissionConfiguration: options.admissionConfiguration ?? {},
      roleRules: (kind, namespace, name) => roles.roleRules(kind, namespace, name),
      knownToken: (token) => this.#knownToken(token),
      tokens: new TokenAuthority(options),
      serviceRanges: serviceRanges(options),
      definitions,
      aggregation,
      backends: {
        dial: options.dial ?? dialTcp,
        lookup: options.lookup ?? lookUpHost,
        kubelet,
        kubeletTls: (insecure) => kubeletTls.settings(insecure),
      },
      storage: options.storage ?? new MemoryStorage({ initialRevision: firstRevision(options.clock ?? systemClock) }),
      scheme: new ServedScheme(options.runtimeConfig),
      features,
      clock: options.clock ?? systemClock,
      random: options.random ?? systemRandom,
      bookmarkIntervalMs: options.bookmarkIntervalMs ?? 60_000,
      watchBufferBytes: options.watchBufferBytes ?? 64 * 1024 * 1024,
      auditor: options.audit === undefined ? undefined : new PolicyAuditor(options.audit, options.clock ?? systemClock),
      limits: limitsOf(options, () => this.#context),
      streams: new StreamLimit(options.maxStreams),
      healthResults: new HealthResults(),
      requests: new RequestCounter(),
      hooks: {},
      cache: { frozenAt: undefined },
      restored: new Set(),
      closing: this.#closing.signal,
    };
    const { storage, clock, scheme } = this.#context;
    if (options.enablePriorityAndFairness !== false) checkFlowControl(scheme);
    compactRegularly(storage, clock, options.compactionIntervalMs ?? defaultCompactionIntervalMs, this.#closing.signal);
    const wanted = controllersOf(options.controllers);
    this.#wanted = wanted;
    const authority = options.certificateAuthority;
    const begin = {
      rbac,
      aggregatedRoles: wanted.has('clusterrole-aggregation'),
      serviceAccounts: wanted.has('serviceaccount'),
      certificateAuthority: authority,
      trustedClients: trustedClientsData(options),
      publishedAuthority: wanted.has('root-ca-cert-publisher'),
    };
    this.#ready = bootstrap(this.#context, begin).then(async () => {
      // What an earlier process wrote to begin with lies below that too.
      if (options.storage === undefined) await storage.compact(await storage.revision());
      await definitions.start(this.#context);
      await aggregation.start(this.#context);
      for (const { prefix, ttlMs } of storage.expiresKeys === true ? [] : expiringKeys(options.eventTtlMs)) {
        const keys = { start: prefix, end: afterPrefix(prefix), ttlMs };
        await expireKeys(storage, clock, keys, this.#closing.signal);
      }
      if (storage.isShared === true) repairRegularly(this.#context);
      if (wanted.size === 0) return;
      const { startControllers } = await import('./controllers/index.js');
      this.#endControllers = startControllers(this.#context, { wanted, certificateAuthority: authority });
    });
    // Whoever sends the first request learns of a failure; nobody else should die of it.
    this.#ready.catch(() => {});
  }

  /**
   * Says where the server is reached from now on: the controller `kubernetes-service` puts it behind the service of that name. Nothing
   * happens where that controller is not wanted.
   */
  async announce(address: string, port: number): Promise<void> {
    await this.#ready;
    if (!this.#wanted.has('kubernetes-service') || this.#options.endpointReconcilerType === 'none') return;
    const { KubernetesEndpoints } = await import('./controllers/kubernetes-service.js');
    await this.#endpoints?.stop();
    this.#endpoints = new KubernetesEndpoints(this.#context, address, port);
    await this.#endpoints.start();
  }

  /**
   * Answers one request. Never rejects: what goes wrong is a Status. The request's `signal` ends a watch; so does `close`.
   */
  async handle(request: ServerRequest): Promise<ServerResponse> {
    try {
      await this.#ready;
      return await route(this.#context, request);
    } catch (error) {
      if (error instanceof StatusError) return errorResponse(error);
      this.#options.onError?.(error, { method: request.method, path: request.path });
      return errorResponse(internalError(error instanceof Error ? error.message : 'unknown'));
    }
  }

  /** Returns whether an upgrade of this path may change the protocol. Other requests for an upgrade are answered as if they asked for none. */
  takesUpgrade(path: string): boolean {
    return takesUpgrade(this.#context, path);
  }

  /** Answers a request that was not authenticated with a 401. The request is audited, and has no user. */
  async refuse(request: ServerRequest): Promise<ServerResponse> {
    return refuseUnauthenticated(this.#context, request);
  }

  /**
   * Returns the user that a request's credentials belong to, undefined for wrong ones. A request without credentials is
   * `system:anonymous`, unless `anonymousAuth` is false or the path is not one of `anonymousPaths`.
   */
  async authenticate(
    headers: ServerRequest['headers'],
    certificate: ClientCertificate,
    path = '',
  ): Promise<UserInfo | undefined> {
    // A client certificate that does not verify is refused. Basic credentials that no file is for count as none, as in kube-apiserver.
    let isRefused = certificate === 'unverified';
    try {
      const known = await this.#options.authenticate?.(headers, certificate);
      if (known !== undefined) return known;
    } catch (error) {
      if (!isUnauthorized(error)) throw error;
      isRefused = true;
    }
    const token = credentialsIn(headers, 'bearer') ?? '';
    if (token !== '') return (await readToken(this.#context, token)).user;
    const { anonymousAuth, anonymousPaths = [] } = this.#options;
    // Else everything would be allowed to everybody.
    const allowsAll = [this.#options.authorizationMode ?? []].flat().includes('AlwaysAllow');
    if (isRefused || anonymousAuth === false || allowsAll) return undefined;
    return anonymousPaths.length === 0 || anonymousPaths.includes(path) ? anonymous : undefined;
  }

  async #knownToken(token: string): Promise<UserInfo | undefined> {
    try {
      return await this.#options.authenticate?.({ authorization: `Bearer ${token}` }, undefined);
    } catch (error) {
      if (isUnauthorized(error)) return undefined;
      throw error;
    }
  }

  /**
   * Remembers all that is stored, to go back to as often as wanted. Takes no time, however much is stored; memory only for what is
   * written afterwards. Throws where the store cannot.
   */
  async snapshot(): Promise<StorageSnapshot> {
    await this.#ready;
    await this.#context.definitions.settled();
    return this.#snapshots().snapshot();
  }

  /**
   * Goes back to what was stored then, custom kinds included, in as much time as what has been written since takes: less than a millisecond for
   * a test's few objects. Objects have the resourceVersions they had; the collection's own goes on rising, so that no version ever means
   * two states. Watches end with the 410 that sends their clients to list anew. Snapshots taken after that one are gone: restoring
   * one throws. Requests that are under way may still write afterwards: let them end first.
   */
  async restore(snapshot: StorageSnapshot): Promise<void> {
    await this.#ready;
    this.#context.cache.frozenAt = undefined;
    this.#snapshots().restore(snapshot);
    for (const listener of this.#context.restored) listener();
    await this.#context.definitions.settled();
  }

  /** Forgets the history of all that is stored: watches and pages from before this moment find it too old (410). */
  async compact(): Promise<void> {
    await this.#ready;
    const { storage } = this.#context;
    await storage.compact(await storage.revision()).catch((error: unknown) => {
      // Nothing has been written since the last time: there is nothing to forget.
      if (!(error instanceof CompactedError)) throw error;
    });
  }

  /**
   * Stops what answers reads with `resourceVersion=0` where it is now, or lets it catch up: the real server answers those from a
   * cache that may be behind.
   */
  async freezeCache(frozen: boolean): Promise<void> {
    await this.#ready;
    this.#context.cache.frozenAt = frozen ? await this.#context.storage.revision() : undefined;
  }

  #snapshots(): Required<Pick<Storage, 'snapshot' | 'restore'>> {
    const { storage } = this.#context;
    const { snapshot, restore } = storage;
    if (snapshot === undefined || restore === undefined) throw new Error('the store of this server takes no snapshots');
    return { snapshot: snapshot.bind(storage), restore: restore.bind(storage) };
  }

  /** Ends all watches and lets go of the store. Other servers that share it take over at once. */
  async close(): Promise<void> {
    this.#closing.abort();
    // A store that fails does not keep the server from closing: leases then expire.
    await this.#endpoints?.stop().catch(() => {});
    await this.#endControllers();
    await this.#context.storage.close();
  }
}

/** Returns the data of the ConfigMap `extension-apiserver-authentication`. */
function trustedClientsData(options: ApiServerOptions): { [key: string]: string } {
  const { clientCertificateAuthority: clientCa, requestHeader } = options;
  return {
    ...(clientCa === undefined ? {} : { 'client-ca-file': clientCa }),
    ...(requestHeader === undefined
      ? {}
      : {
          'requestheader-allowed-names': JSON.stringify(requestHeader.allowedNames),
          'requestheader-client-ca-file': requestHeader.clientCa,
          'requestheader-extra-headers-prefix': JSON.stringify(requestHeader.extraHeadersPrefix),
          'requestheader-group-headers': JSON.stringify(requestHeader.groupHeaders),
          ...(requestHeader.uidHeaders.length === 0
            ? {}
            : { 'requestheader-uid-headers': JSON.stringify(requestHeader.uidHeaders) }),
          'requestheader-username-headers': JSON.stringify(requestHeader.usernameHeaders),
        }),
  };
}
