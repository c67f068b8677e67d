import { mkdtemp, rm } from 'node:fs/promises';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Cluster } from 'keelson';
import { ImageMap, Kubelet, type KubeletOptions, ProcessRuntime } from 'keelson/cluster';
import { Pod } from 'keelson/k8s';
import { type LocalServer, startServer } from 'keelson/server';
import { localCertificate } from 'keelson/testing';
import { WebSocket } from 'ws';
import { systemClock } from '../../../src/util/clock.js';

type PodSpec = NonNullable<Pod['spec']>;

/** The answer of a kubelet to an ordinary request. */
export interface KubeletAnswer {
  readonly status: number;
  readonly body: string;
  readonly type: string;
}

/** The method and the credentials of a request. */
export interface KubeletRequestInit {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** Sends a request to a kubelet on loopback. */
export function requestTo(
  port: number,
  path: string,
  { body, ...init }: KubeletRequestInit = {},
): Promise<KubeletAnswer> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path, rejectUnauthorized: false, agent: false, ...init };
    const request = httpsRequest(options, (response) => {
      text(response).then((answer) => {
        const type = response.headers['content-type'] ?? '';
        resolve({ status: response.statusCode ?? 0, body: answer, type });
      }, reject);
    });
    request.once('error', reject);
    request.end(body);
  });
}

/** An API server and one kubelet that runs containers as processes, on loopback. */
export class KubeletWorld implements AsyncDisposable {
  readonly folder: string;
  readonly server: LocalServer;
  readonly cluster: Cluster;
  readonly kubelet: Kubelet;

  private constructor(folder: string, server: LocalServer, cluster: Cluster, kubelet: Kubelet) {
    this.folder = folder;
    this.server = server;
    this.cluster = cluster;
    this.kubelet = kubelet;
  }

  static async start(options: Partial<KubeletOptions> = {}, images = new ImageMap()): Promise<KubeletWorld> {
    const folder = await mkdtemp(join(tmpdir(), 'keelson-kubelet-'));
    const server = await startServer({ controllers: ['namespace', 'serviceaccount', 'root-ca-cert-publisher'] });
    const cluster = await server.connect();
    const { cert, key } = localCertificate();
    const kubelet = new Kubelet({
      cluster,
      runtime: new ProcessRuntime({ images, nodeAddresses: ['127.0.0.1'], clock: systemClock }),
      nodeName: 'node-1',
      nodeIPs: ['127.0.0.1'],
      rootDir: join(folder, 'root'),
      tls: { cert, key },
      port: 0,
      anonymousAuth: true,
      authorizationMode: 'AlwaysAllow',
      ...options,
    });
    await kubelet.start();
    return new KubeletWorld(folder, server, cluster, kubelet);
  }

  get pods() {
    return this.cluster.resource(Pod).in('default');
  }

  /** Creates a pod that is bound to the node already. */
  async run(name: string, spec: Partial<PodSpec> & Pick<PodSpec, 'containers'>): Promise<void> {
    await this.pods.create({
      metadata: { name },
      spec: { nodeName: 'node-1', automountServiceAccountToken: false, terminationGracePeriodSeconds: 1, ...spec },
    });
  }

  /** Runs `sh -c` in a container called `main`. */
  async shell(name: string, script: string, spec: Partial<PodSpec> = {}): Promise<void> {
    await this.run(name, {
      containers: [{ name: 'main', image: 'local/none', command: ['sh', '-c', script] }],
      ...spec,
    });
  }

  until(name: string, condition: (pod: Pod) => boolean): Promise<Pod | undefined> {
    return this.pods.waitFor(name, (pod) => pod !== undefined && condition(pod), { timeoutMs: 15_000 });
  }

  ready(name: string): Promise<Pod | undefined> {
    return this.until(name, (pod) => conditionOf(pod, 'Ready')?.status === 'True');
  }

  get(path: string, init: KubeletRequestInit = {}): Promise<KubeletAnswer> {
    return requestTo(this.kubelet.port, path, init);
  }

  /** Opens a WebSocket to the kubelet. */
  socket(path: string, protocols: string[] = ['v5.channel.k8s.io']): WebSocket {
    return new WebSocket(`wss://127.0.0.1:${this.kubelet.port}${path}`, protocols, { rejectUnauthorized: false });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kubelet.stop();
    await this.server.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** The condition of a pod. */
export function conditionOf(pod: Pod, type: string) {
  return pod.status?.conditions?.find((condition) => condition.type === type);
}

/** The conversation over the channels of a WebSocket, collected until the server closes. */
export async function conversation(socket: WebSocket, send: readonly Buffer[] = []) {
  const channels: Record<number, string> = {};
  socket.on('message', (data: Buffer) => {
    const channel = data[0] ?? 0;
    channels[channel] = (channels[channel] ?? '') + data.toString('utf8', 1);
  });
  socket.on('open', () => {
    for (const message of send) socket.send(message);
  });
  const code = await new Promise<number>((resolve, reject) => {
    socket.once('close', (closed) => resolve(closed));
    socket.once('error', reject);
  });
  return { channels, code };
}
