import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cluster, connect } from 'keelson';
import { ImageMap, Kubelet, PodAddresses, ProcessRuntime } from 'keelson/cluster';
import { Pod } from 'keelson/k8s';
import { localCertificate } from 'keelson/testing';
import type { Dial } from '../../../src/server/object/backends.js';
import { dialTcp } from '../../../src/server/outbound/dial-tcp.js';
import { type RunningServer, type ServeOptions, serve } from '../../../src/server/serve.js';
import { pause } from '../replay/replayer.js';
import { readRepoFile } from '../repo.js';
import { EchoBackend } from './echo-backend.js';

/** Tokens of the cluster: of a member of system:masters, and of `jane`, who may do what her role says. */
export const tokens = { admin: 'admin-token', jane: 'user-token' } as const;

const nodeName = 'node-a';
const nodeIp = '10.88.0.1';

/** The containers that must be ready before the recorded cases are repeated. */
const ready: { readonly [pod: string]: number } = {
  noport: 1,
  single: 1,
  logger: 2,
  follow: 1,
  io: 3,
  web: 1,
  crash: 1,
};

// biome-ignore lint/suspicious/noExplicitAny: objects of a fixture
type Fixture = any;

/** Options of a `ProxiedCluster`. */
export interface ProxiedClusterOptions extends Omit<ServeOptions, 'dial'> {
  /** True: a kubelet runs the pods as processes. Default: nothing answers at the node. */
  readonly withKubelet?: boolean;
  /** Opens the connections to the kubelet, in place of this machine's network. */
  readonly dialKubelet?: Dial;
  /** False: the kubelet does not say that it takes WebSockets, as those before 1.36. */
  readonly takesWebSockets?: boolean;
}

/**
 * A server with the recorded fixtures. Pods and nodes have the addresses of the recordings; connections to them are made on loopback.
 * A web server of the test's own process answers for the pod `web`.
 */
export class ProxiedCluster implements AsyncDisposable {
  readonly backend: EchoBackend;
  readonly server: RunningServer;
  readonly #folder: string;
  readonly #withKubelet: boolean;
  readonly #podIps = new Map<string, string>();
  #takesWebSockets = true;
  #kubelet: Kubelet | undefined;
  #client: Cluster | undefined;

  private constructor(server: RunningServer, backend: EchoBackend, folder: string, withKubelet: boolean) {
    this.server = server;
    this.backend = backend;
    this.#folder = folder;
    this.#withKubelet = withKubelet;
  }

  static async start(options: ProxiedClusterOptions = {}): Promise<ProxiedCluster> {
    const backend = await EchoBackend.start();
    const folder = await mkdtemp(join(tmpdir(), 'keelson-streams-'));
    const tokenAuthFile = join(folder, 'tokens.csv');
    await writeFile(tokenAuthFile, `${tokens.admin},admin,1,system:masters\n${tokens.jane},jane,2,devs\n`);
    const { withKubelet = false, takesWebSockets = true, dialKubelet, ...rest } = options;
    const ports = { kubelet: 0 };
    const dial: Dial = ({ host, port }, signal) => {
      if (host === nodeIp && dialKubelet !== undefined) return dialKubelet({ host, port }, signal);
      const isWeb = host === cluster.#podIps.get('web') && (port === backend.port || port === backend.tlsPort);
      const to = host === nodeIp && port === ports.kubelet ? port : isWeb ? port : 1;
      return dialTcp({ host: '127.0.0.1', port: to }, signal);
    };
    const server = await serve({ securePort: 0, tokenAuthFile, dial, ...rest });
    const cluster = new ProxiedCluster(server, backend, folder, withKubelet);
    cluster.#takesWebSockets = takesWebSockets;
    if (withKubelet) ports.kubelet = await cluster.#startKubelet(takesWebSockets);
    await cluster.#post();
    return cluster;
  }

  get url(): string {
    return this.server.secureUrl ?? '';
  }

  /** Makes a client of the administrator. */
  async connect(): Promise<Cluster> {
    const kubeconfig = join(this.#folder, 'kubeconfig');
    await writeFile(kubeconfig, this.server.kubeconfig);
    return connect({ kubeconfig });
  }

  /** The names and addresses that stand in the recordings as placeholders. */
  async placeholders(): Promise<Map<string, string>> {
    const port = String(this.#kubelet?.port ?? 10_250);
    const { items } = await this.#send('GET', '/api/v1/namespaces/hs/pods');
    const pods = items.flatMap(({ metadata, status }: Fixture) => [
      [`{UID:${metadata.name}}`, metadata.uid],
      ...(status.podIP === undefined ? [] : [[`{IP:${metadata.name}}`, status.podIP]]),
    ]);
    return new Map([
      ...pods,
      ['{NODE}', nodeName],
      ['{NODEIP}', nodeIp],
      ['{KUBELET}', `${nodeIp}:${port}`],
      ['{KPORT}', port],
      ['{SERVER}', new URL(this.url).host],
    ]);
  }

  /** Returns a text of the recordings with the ports of this cluster. */
  withPorts(text: string): string {
    return text
      .replaceAll('38080', String(this.backend.port))
      .replaceAll('38443', String(this.backend.tlsPort))
      .replaceAll('{NODE}:10250', `{NODE}:${this.#kubelet?.port ?? 10_250}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#kubelet?.stop();
    await this.#client?.close();
    await this.server.close();
    await this.backend[Symbol.asyncDispose]();
    await rm(this.#folder, { recursive: true });
  }

  async #startKubelet(takesWebSockets: boolean): Promise<number> {
    const kubeconfig = join(this.#folder, 'kubeconfig');
    await writeFile(kubeconfig, this.server.kubeconfig);
    this.#client = await connect({ kubeconfig });
    const [, authority = ''] = /certificate-authority-data"?: *"?([^"\n]+)/.exec(this.server.kubeconfig) ?? [];
    const runtime = new ProcessRuntime({
      images: new ImageMap(),
      nodeAddresses: [nodeIp],
      podAddresses: new PodAddresses('10.88.4.0/24'),
    });
    const nodeLogs = join(this.#folder, 'nodelogs');
    await mkdir(nodeLogs);
    await writeFile(join(nodeLogs, 'kubelet.log'), 'first line of the node log\n');
    this.#kubelet = new Kubelet({
      cluster: this.#client,
      runtime,
      nodeName,
      nodeIPs: [nodeIp],
      address: '127.0.0.1',
      port: 0,
      nodeLogs,
      rootDir: join(this.#folder, 'kubelet'),
      tls: { ...localCertificate(), clientCa: Buffer.from(authority, 'base64').toString() },
    });
    await this.#kubelet.start();
    if (!takesWebSockets) {
      const node = await this.#send('GET', `/api/v1/nodes/${nodeName}`);
      delete node.status.declaredFeatures;
      await this.#send('PUT', `/api/v1/nodes/${nodeName}/status`, node);
    }
    return this.#kubelet.port;
  }

  async #post(): Promise<void> {
    const text = this.withPorts(readRepoFile('test/fixtures/streams/objects.json'));
    const [namespace, ...items]: Fixture[] = JSON.parse(text).items;
    await this.#create(namespace);
    if (!this.#withKubelet) await this.#create(scriptedNode(this.#takesWebSockets));
    for (const item of items) await this.#create(item);
    if (this.#withKubelet) await this.#untilReady();
    const { port, tlsPort } = this.backend;
    const named = [
      { name: 'http', port },
      { name: 'https', port: tlsPort },
    ];
    await this.#create(this.#endpoints('web', named, 'web'));
    await this.#create(this.#endpoints('one', [{ port }], 'web'));
    await this.#create(this.#endpoints('noep', [], undefined));
    await this.#create(this.#endpoints('wrongport', [{ name: 'http', port: 38_999 }], 'single'));
  }

  async #create(object: Fixture): Promise<void> {
    const { kind, metadata, spec = {}, status } = object;
    const path = collectionOf(object);
    const isBound = kind === 'Pod' && spec.nodeName === undefined && spec.schedulerName === undefined;
    const bound = isBound ? { ...object, spec: { ...runnable(metadata.name, spec), nodeName } } : object;
    await this.#send('POST', path, bound);
    let stored = status;
    if (isBound && !this.#withKubelet) {
      const ip = `10.88.1.${this.#podIps.size + 1}`;
      this.#podIps.set(metadata.name, ip);
      stored = { phase: 'Running', podIP: ip, podIPs: [{ ip }] };
    }
    if (stored !== undefined) await this.#send('PUT', `${path}/${metadata.name}/status`, { ...bound, status: stored });
  }

  async #untilReady(): Promise<void> {
    const pods = this.#client?.resource(Pod).in('hs');
    await Promise.all(
      Object.entries(ready).map(async ([name, containers]) => {
        const isReady = (pod: Pod | undefined): boolean => {
          const statuses = pod?.status?.containerStatuses ?? [];
          const restarts = name === 'crash' ? 1 : 0;
          return statuses.filter((one) => one.ready && one.restartCount >= restarts).length === containers;
        };
        const pod = await pods?.waitFor(name, isReady, { timeoutMs: 30_000 });
        this.#podIps.set(name, pod?.status?.podIP ?? '');
      }),
    );
    // One of the recorded cases reads the last second of a log, and finds nothing.
    const lastLines = () => pods?.logs('logger', { container: 'main', sinceSeconds: 1 }).text();
    while ((await lastLines()) !== '') await pause(200);
    await pods?.waitFor('done', (pod) => pod?.status?.phase === 'Succeeded', { timeoutMs: 30_000 });
  }

  #endpoints(name: string, ports: readonly object[], pod: string | undefined): object {
    const ip = pod === undefined ? undefined : this.#podIps.get(pod);
    const addresses = [{ ip, targetRef: { kind: 'Pod', namespace: 'hs', name: pod } }];
    const subsets = ip === undefined ? [] : [{ addresses, ports }];
    return { apiVersion: 'v1', kind: 'Endpoints', metadata: { name, namespace: 'hs' }, subsets };
  }

  async #send(method: string, path: string, body?: object): Promise<Fixture> {
    const response = await this.server.api.handle({
      method,
      path,
      headers: { 'content-type': 'application/json' },
      body: body === undefined ? undefined : new TextEncoder().encode(JSON.stringify(body)),
    });
    const text = new TextDecoder().decode(response.body as Uint8Array);
    if (response.status >= 300) throw new Error(`${method} ${path}: ${text}`);
    return JSON.parse(text);
  }
}

/** A node whose kubelet does not answer. */
function scriptedNode(takesWebSockets: boolean): object {
  const status = {
    addresses: [{ type: 'InternalIP', address: nodeIp }],
    daemonEndpoints: { kubeletEndpoint: { Port: 10_250 } },
    declaredFeatures: takesWebSockets ? ['ExtendWebSocketsToKubelet'] : [],
  };
  return { apiVersion: 'v1', kind: 'Node', metadata: { name: nodeName }, status };
}

/** The web server runs in the process of the test, so that it needs no fixed port. */
function runnable(name: string, spec: Fixture): Fixture {
  if (name !== 'web') return spec;
  const [container] = spec.containers;
  return { ...spec, containers: [{ ...container, command: ['sleep', '1000000'] }] };
}

function collectionOf({ apiVersion, kind, metadata }: Fixture): string {
  const root = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`;
  const namespace = metadata.namespace === undefined ? '' : `/namespaces/${metadata.namespace}`;
  const plural = kind === 'Endpoints' ? 'endpoints' : `${kind.toLowerCase()}s`;
  return `${root}${namespace}/${plural}`;
}
