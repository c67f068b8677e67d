import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidRequestError } from '../errors/index.js';
import type { Cluster } from '../sdk/index.js';
import type { Clock } from '../util/clock.js';
import type { Random } from '../util/random.js';
import { Kubelet } from './kubelet/kubelet.js';
import type { ContainerRuntime } from './kubelet/runtime/container-runtime.js';
import type { NodeGroup } from './node-group.js';

/** The certificate of a kubelet, and the authority of the client that may use its API, in PEM. */
export interface KubeletCertificate {
  readonly cert: string;
  readonly key: string;
  readonly clientCa: string;
}

/** Options of nodes that run containers. */
export interface KubeletNodesOptions {
  readonly cluster: Cluster;
  readonly names: readonly string[];
  /** The address of a node. Nodes may share one: each kubelet has a port of its own. */
  readonly address: (name: string) => string;
  /** The address of this machine that kubelets listen at. Default: the address of their node. */
  readonly listenAddress?: string | undefined;
  /** Makes the runtime of a node, which is closed with the node. */
  readonly runtime: (name: string) => ContainerRuntime;
  readonly certificate: (hosts: readonly string[]) => KubeletCertificate;
  /** The address of the API server for containers. */
  readonly apiServer?: { readonly host: string; readonly port: number } | undefined;
  readonly onError: (error: unknown) => void;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
}

/** Nodes in this process whose kubelets run containers. Their volumes and logs are in a temporary folder, which goes with them. */
export class KubeletNodes implements NodeGroup {
  readonly names: readonly string[];
  readonly #options: KubeletNodesOptions;
  readonly #kubelets = new Map<string, Kubelet>();
  #folder: Promise<string> | undefined;

  constructor(options: KubeletNodesOptions) {
    this.#options = options;
    this.names = options.names;
  }

  async start(name: string): Promise<void> {
    const { cluster, listenAddress, runtime, certificate, apiServer, onError, clock, random } = this.#options;
    if (!this.names.includes(name))
      throw new InvalidRequestError(`cannot start the node ${name}: it is not one of these`);
    if (this.#kubelets.has(name)) return;
    this.#folder ??= mkdtemp(join(tmpdir(), 'keelson-nodes-'));
    const rootDir = join(await this.#folder, name);
    const address = this.#options.address(name);
    const kubelet = new Kubelet({
      cluster,
      runtime: runtime(name),
      nodeName: name,
      nodeIPs: [address],
      address: listenAddress,
      port: 0,
      rootDir,
      tls: certificate([name, 'localhost', address]),
      apiServer,
      // The authority has signed one client certificate only, that of the API server.
      tokenReview: false,
      authorizationMode: 'AlwaysAllow',
      onError,
      clock,
      random,
    });
    this.#kubelets.set(name, kubelet);
    await kubelet.start();
  }

  async stop(name: string): Promise<void> {
    const kubelet = this.#kubelets.get(name);
    this.#kubelets.delete(name);
    await kubelet?.stop();
  }

  /** Returns the port of a node's kubelet, or undefined while the node is stopped. */
  portOf(name: string): number | undefined {
    return this.#kubelets.get(name)?.port;
  }

  async close(): Promise<void> {
    await Promise.all(this.names.map((name) => this.stop(name)));
    const folder = await this.#folder;
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
