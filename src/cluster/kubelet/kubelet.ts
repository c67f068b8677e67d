import { lookup } from 'node:dns/promises';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Node, Pod, Service, type Taint } from '../../../generated/core/v1.js';
import type { Cluster } from '../../sdk/index.js';
import { type Clock, systemClock } from '../../util/clock.js';
import { type Random, systemRandom } from '../../util/random.js';
import { EventLog } from '../workloads/base/component-events.js';
import { ConfigSources } from './environment/config-sources.js';
import { KUBELET_VERSION, machineCapacity, nodeInfo } from './node/node-facts.js';
import { NodeRegistration } from './node/node-registration.js';
import { PodEvents } from './pods/pod-events.js';
import { PodManager } from './pods/pod-manager.js';
import type { ContainerRuntime } from './runtime/container-runtime.js';
import { Authenticator } from './server/kubelet-authenticator.js';
import { Authorizer } from './server/kubelet-authorizer.js';
import { KubeletServer } from './server/kubelet-server.js';
import { kubeletRoutes } from './server/routes.js';
import { Verbosity } from './server/verbosity.js';
import { ServiceAccountTokens } from './volumes/service-account-tokens.js';
import { VolumeClaims } from './volumes/volume-claims.js';

/** Settings of a `Kubelet`. The names follow the flags of the upstream kubelet. */
export interface KubeletOptions {
  /** The cluster that the node belongs to. The kubelet does not close it. */
  readonly cluster: Cluster;
  /** Runs the containers. The kubelet closes it. */
  readonly runtime: ContainerRuntime;
  /** The name of the Node. */
  readonly nodeName: string;
  /** The addresses of the node, the preferred one first. */
  readonly nodeIPs: readonly string[];
  /** The folder for volumes, logs and the files of containers. */
  readonly rootDir: string;
  /** The certificate to serve the kubelet API with. */
  readonly tls: { readonly cert: string; readonly key: string; readonly clientCa?: string | undefined };
  /**
   * The address of the API server for containers. Default: the cluster IP of the service `kubernetes`, which leads nowhere unless
   * something routes it.
   */
  readonly apiServer?: { readonly host: string; readonly port: number } | undefined;
  /** The address to serve at. Default: the first address of the node. */
  readonly address?: string | undefined;
  /** The port to serve at; 0 is a free one. Default 10250. */
  readonly port?: number | undefined;
  /** The port of the health endpoint, on loopback. Default: none. */
  readonly healthzPort?: number | undefined;
  /** True: the kubelet creates its Node. Default true. */
  readonly registerNode?: boolean | undefined;
  /** Labels of the Node. */
  readonly nodeLabels?: Readonly<Record<string, string>> | undefined;
  /** Taints of a new Node. */
  readonly taints?: readonly Taint[] | undefined;
  /** False: pods are not scheduled to the node. Default true. */
  readonly schedulable?: boolean | undefined;
  /** The most pods on the node. Default 110. */
  readonly maxPods?: number | undefined;
  /** The capacity of the node. Default: the machine's. */
  readonly capacity?: Readonly<Record<string, string>> | undefined;
  /** True: requests without credentials are let in as `system:anonymous`. Default false. */
  readonly anonymousAuth?: boolean | undefined;
  /** True: bearer tokens are reviewed by the API server. Default true. */
  readonly tokenReview?: boolean | undefined;
  /** `Webhook` asks the API server about each right. Default `Webhook`. */
  readonly authorizationMode?: 'Webhook' | 'AlwaysAllow' | undefined;
  /** False: logs, exec and their like are not served. Default true. */
  readonly debuggingHandlers?: boolean | undefined;
  /** The status is written at least so often, in milliseconds. Default five minutes. */
  readonly statusMs?: number | undefined;
  /** The length of the Lease, which is renewed four times as often. Default 40. */
  readonly leaseSeconds?: number | undefined;
  /** A log is rotated at this size, in bytes. Default 10 MiB. */
  readonly logMaxBytes?: number | undefined;
  /** The files to keep of each log. Default 5. */
  readonly logMaxFiles?: number | undefined;
  /** The folder whose files `/logs/` serves. Default: `nodelogs` below `rootDir`. */
  readonly nodeLogs?: string | undefined;
  /** Takes the lines of the kubelet's log. Default: they are dropped. */
  readonly log?: ((line: string) => void) | undefined;
  /** The verbosity of the log: from 4 on it has each request. Default 0. */
  readonly verbosity?: number | undefined;
  /** Hears of errors that do not end the kubelet. Default: process warnings. */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** The source of time. Default: the system's. */
  readonly clock?: Clock | undefined;
  /** The source of chance. Default: the system's. */
  readonly random?: Random | undefined;
}

const MOST_PODS = 110;
const STATUS_MS = 300_000;
const LEASE_SECONDS = 40;
const AUTHENTICATED_MS = 120_000;
const ALLOWED_MS = 300_000;
const DENIED_MS = 30_000;

/** One node of a cluster: it registers itself, runs the pods that are bound to it, and serves the kubelet API. */
export class Kubelet implements AsyncDisposable {
  readonly #options: KubeletOptions;
  readonly #clock: Clock;
  readonly #stopping = new AbortController();
  readonly #informers: { stop(): Promise<void> }[] = [];
  readonly #servers: KubeletServer[] = [];
  #events: EventLog | undefined;
  #pods: PodManager | undefined;
  #registration: NodeRegistration | undefined;
  #keeping: Promise<void> | undefined;
  #port = 0;

  constructor(options: KubeletOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** The name of the node. */
  get nodeName(): string {
    return this.#options.nodeName;
  }

  /** The port of the kubelet API. */
  get port(): number {
    return this.#port;
  }

  /** Registers the node, serves, and begins to run pods. Resolves when the node is registered and the pods are known. */
  async start(): Promise<void> {
    const { cluster, runtime, nodeName, nodeIPs, rootDir, random = systemRandom } = this.#options;
    const clock = this.#clock;
    await mkdir(rootDir, { recursive: true, mode: 0o750 });
    this.#events = new EventLog({ cluster, clock });
    const services = cluster.informer(Service);
    const nodes = cluster.informer(Node, { fields: { 'metadata.name': nodeName } });
    const capacity = this.#options.capacity ?? machineCapacity(this.#options.maxPods ?? MOST_PODS);
    const pods: PodManager = new PodManager(
      {
        cluster,
        clock,
        random,
        runtime,
        nodeName,
        rootDir,
        events: new PodEvents(this.#events.component('kubelet', nodeName)),
        sources: new ConfigSources(cluster),
        claims: new VolumeClaims(cluster),
        tokens: new ServiceAccountTokens(cluster, clock),
        hostIPs: nodeIPs,
        allocatable: capacity,
        variables: apiServerVariables(this.#options.apiServer),
        logs: { maxBytes: this.#options.logMaxBytes ?? 10 * 1024 * 1024, maxFiles: this.#options.logMaxFiles ?? 5 },
        services: () => services.lister,
      },
      {
        known: () => nodes.lister.get(nodeName) ?? registration.node,
        current: (signal) => cluster.resource(Node).get(nodeName, { signal }),
      },
    );
    this.#pods = pods;
    await runtime.cleanUp?.(rootDir);
    await this.#serve(pods);
    const registration = await this.#register(capacity);
    const { signal } = this.#stopping;
    const bound = cluster.informer(Pod, { fields: { 'spec.nodeName': nodeName } });
    bound.subscribe({
      added: (pod) => pods.apply(pod),
      updated: (pod) => pods.apply(pod),
      deleted: (pod) => pods.forget(pod),
    });
    this.#informers.push(services, nodes, bound);
    // Containers see the services that there are when they start.
    await Promise.all([services.start({ signal }), nodes.start({ signal })]);
    await bound.start({ signal });
    await pods.cleanUp();
  }

  /** Ends all containers and stops serving. The Node and its pods stay at the server. */
  async stop(): Promise<void> {
    this.#stopping.abort(new DOMException('the kubelet was stopped', 'AbortError'));
    await Promise.all(this.#informers.map((informer) => informer.stop()));
    await this.#pods?.close();
    await Promise.all(this.#servers.map((server) => server.close()));
    await this.#keeping;
    await this.#events?.close({ timeoutMs: 1000 });
    await this.#options.runtime.close();
  }

  /** As `stop`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #serve(pods: PodManager): Promise<void> {
    const { cluster, nodeName, tls, address, nodeIPs, port = 10_250, healthzPort } = this.#options;
    const clock = this.#clock;
    const verbosity = new Verbosity(this.#options.log ?? (() => {}), this.#options.verbosity ?? 0);
    const routes = kubeletRoutes({
      verbosity,
      pods,
      clock,
      node: () => this.#registration?.node ?? {},
      nodeName,
      nodeLogs: this.#options.nodeLogs ?? join(this.#options.rootDir, 'nodelogs'),
      config: this.#configuration(),
      debuggingHandlers: this.#options.debuggingHandlers ?? true,
    });
    const authenticator = new Authenticator({
      cluster,
      clock,
      anonymous: this.#options.anonymousAuth ?? false,
      tokenReview: this.#options.tokenReview ?? true,
      cacheMs: AUTHENTICATED_MS,
    });
    const authorizer =
      this.#options.authorizationMode === 'AlwaysAllow'
        ? undefined
        : new Authorizer({ cluster, clock, nodeName, allowedMs: ALLOWED_MS, deniedMs: DENIED_MS });
    const server = new KubeletServer({ routes, tls, authenticator, authorizer, verbosity });
    this.#servers.push(server);
    this.#port = await server.listen(port, address ?? nodeIPs[0] ?? '127.0.0.1');
    const health = routes.get('/healthz');
    if (healthzPort === undefined || health === undefined) return;
    const healthServer = new KubeletServer({ routes: new Map([['/healthz', health]]) });
    this.#servers.push(healthServer);
    await healthServer.listen(healthzPort, '127.0.0.1');
  }

  async #register(capacity: Readonly<Record<string, string>>): Promise<NodeRegistration> {
    const { cluster, runtime, nodeName, nodeIPs, taints = [], schedulable = true } = this.#options;
    const registration = new NodeRegistration({
      cluster,
      clock: this.#clock,
      name: nodeName,
      labels: this.#options.nodeLabels ?? {},
      taints,
      unschedulable: !schedulable,
      register: this.#options.registerNode ?? true,
      status: {
        capacity: { ...capacity },
        allocatable: { ...capacity },
        addresses: [
          ...nodeIPs.map((address) => ({ type: 'InternalIP', address })),
          ...((await resolves(nodeName)) ? [{ type: 'Hostname', address: nodeName }] : []),
        ],
        daemonEndpoints: { kubeletEndpoint: { Port: this.#port } },
        nodeInfo: await nodeInfo(runtime),
        declaredFeatures: ['ExtendWebSocketsToKubelet'],
      },
      leaseSeconds: this.#options.leaseSeconds ?? LEASE_SECONDS,
      statusMs: this.#options.statusMs ?? STATUS_MS,
      onError: (error) => this.#report(error),
    });
    this.#registration = registration;
    await registration.register(this.#stopping.signal);
    this.#keeping = registration.keep(this.#stopping.signal);
    return registration;
  }

  #configuration(): Record<string, unknown> {
    const { address, nodeIPs, maxPods = MOST_PODS, authorizationMode = 'Webhook' } = this.#options;
    return {
      kind: 'KubeletConfiguration',
      apiVersion: 'kubelet.config.k8s.io/v1beta1',
      enableServer: true,
      address: address ?? nodeIPs[0],
      port: this.#port,
      maxPods,
      authentication: {
        x509: {},
        webhook: { enabled: this.#options.tokenReview ?? true, cacheTTL: '2m0s' },
        anonymous: { enabled: this.#options.anonymousAuth ?? false },
      },
      authorization: { mode: authorizationMode, webhook: { cacheAuthorizedTTL: '5m0s', cacheUnauthorizedTTL: '30s' } },
      enableDebuggingHandlers: this.#options.debuggingHandlers ?? true,
      nodeLeaseDurationSeconds: this.#options.leaseSeconds ?? LEASE_SECONDS,
      kubeletVersion: KUBELET_VERSION,
    };
  }

  #report(error: unknown): void {
    if (this.#options.onError !== undefined) this.#options.onError(error);
    else
      process.emitWarning(`the kubelet of ${this.nodeName}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Returns the variables by which a container finds the API server. */
function apiServerVariables(apiServer: KubeletOptions['apiServer']): Record<string, string> {
  if (apiServer === undefined) return {};
  const { host, port } = apiServer;
  return {
    KUBERNETES_SERVICE_HOST: host,
    KUBERNETES_SERVICE_PORT: String(port),
    KUBERNETES_SERVICE_PORT_HTTPS: String(port),
  };
}

/** Tells whether a name leads anywhere. API servers prefer host names, so one that leads nowhere would hide the node. */
function resolves(name: string): Promise<boolean> {
  return lookup(name).then(
    () => true,
    () => false,
  );
}
