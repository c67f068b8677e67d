import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Dial } from '../../../src/server/object/backends.js';
import { dialTcp } from '../../../src/server/outbound/dial.js';
import { type RunningServer, type ServeOptions, serve } from '../../../src/server/serve.js';
import { readRepoFile } from '../repo.js';
import { EchoBackend } from './echo-backend.js';

/** Tokens of the cluster: of a member of system:masters, and of `jane`, who may do what her role says. */
export const tokens = { admin: 'admin-token', jane: 'user-token' } as const;

/** The addresses of pods in the recorded fixtures. Connections to them are made on loopback. */
const podIps: { readonly [name: string]: string } = {
  web: '10.88.1.1',
  noport: '10.88.1.2',
  single: '10.88.1.3',
  logger: '10.88.1.4',
  crash: '10.88.1.5',
  done: '10.88.1.6',
  follow: '10.88.1.7',
  io: '10.88.1.8',
};

const nodeName = 'node-a';
const nodeIp = '10.88.0.1';

// biome-ignore lint/suspicious/noExplicitAny: objects of a fixture
type Fixture = any;

/** A server with the recorded fixtures, as if pods ran: a web server answers for the pod `web`, nothing else answers. */
export class ProxiedCluster implements AsyncDisposable {
  readonly #folder: string;
  private constructor(
    readonly server: RunningServer,
    readonly backend: EchoBackend,
    folder: string,
  ) {
    this.#folder = folder;
  }

  /** `kubelet` answers at the node's address. Default: nothing does. */
  static async start(options: ServeOptions & { readonly kubeletDial?: Dial } = {}): Promise<ProxiedCluster> {
    const backend = await EchoBackend.start();
    const folder = await mkdtemp(join(tmpdir(), 'keelson-streams-'));
    const tokenFile = join(folder, 'tokens.csv');
    await writeFile(tokenFile, `${tokens.admin},admin,1,system:masters\n${tokens.jane},jane,2,devs\n`);
    const { kubeletDial, ...rest } = options;
    const dial: Dial = ({ host, port }, signal) => {
      if (host === nodeIp && port === 10_250 && kubeletDial !== undefined) return kubeletDial({ host, port }, signal);
      const isWeb = host === podIps.web;
      const to = isWeb && port === 38_080 ? backend.port : isWeb && port === 38_443 ? backend.tlsPort : 1;
      return dialTcp({ host: '127.0.0.1', port: to }, signal);
    };
    const server = await serve({ securePort: 0, tokenAuthFile: tokenFile, dial, ...rest });
    const cluster = new ProxiedCluster(server, backend, folder);
    await cluster.#post();
    return cluster;
  }

  get url(): string {
    return this.server.secureUrl ?? '';
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.close();
    await this.backend[Symbol.asyncDispose]();
    await rm(this.#folder, { recursive: true });
  }

  async #post(): Promise<void> {
    const items: Fixture[] = JSON.parse(readRepoFile('test/fixtures/streams/objects.json')).items;
    const node = {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: nodeName },
      status: {
        addresses: [{ type: 'InternalIP', address: nodeIp }],
        daemonEndpoints: { kubeletEndpoint: { Port: 10_250 } },
        declaredFeatures: ['ExtendWebSocketsToKubelet'],
      },
    };
    const [namespace, ...others] = items;
    for (const item of [namespace, node, ...others]) await this.#create(item);
    await this.#create(
      endpoints(
        'web',
        [
          { name: 'http', port: 38_080 },
          { name: 'https', port: 38_443 },
        ],
        'web',
      ),
    );
    await this.#create(endpoints('one', [{ port: 38_080 }], 'web'));
    await this.#create(endpoints('noep', [], undefined));
    await this.#create(endpoints('wrongport', [{ name: 'http', port: 38_999 }], 'single'));
  }

  async #create(object: Fixture): Promise<void> {
    const { kind, metadata, status } = object;
    const ip = kind === 'Pod' ? podIps[metadata.name] : undefined;
    const bound = ip === undefined ? object : { ...object, spec: { ...object.spec, nodeName } };
    const path = collectionOf(object);
    await this.#send('POST', path, bound);
    const stored = ip === undefined ? status : { phase: 'Running', podIP: ip, podIPs: [{ ip }] };
    if (stored !== undefined) await this.#send('PUT', `${path}/${metadata.name}/status`, { ...bound, status: stored });
  }

  async #send(method: string, path: string, body: object): Promise<void> {
    const response = await this.server.api.handle({
      method,
      path,
      headers: { 'content-type': 'application/json' },
      body: new TextEncoder().encode(JSON.stringify(body)),
    });
    if (response.status >= 300)
      throw new Error(`${method} ${path}: ${new TextDecoder().decode(response.body as Uint8Array)}`);
  }
}

function endpoints(name: string, ports: readonly object[], pod: string | undefined): object {
  const ip = pod === undefined ? undefined : podIps[pod];
  const addresses = [{ ip, targetRef: { kind: 'Pod', namespace: 'hs', name: pod } }];
  const subsets = ip === undefined ? [] : [{ addresses, ports }];
  return { apiVersion: 'v1', kind: 'Endpoints', metadata: { name, namespace: 'hs' }, subsets };
}

function collectionOf({ apiVersion, kind, metadata }: Fixture): string {
  const root = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`;
  const namespace = metadata.namespace === undefined ? '' : `/namespaces/${metadata.namespace}`;
  const plural = kind === 'Endpoints' ? 'endpoints' : `${kind.toLowerCase()}s`;
  return `${root}${namespace}/${plural}`;
}
