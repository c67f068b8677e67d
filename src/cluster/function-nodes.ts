import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Cluster } from '../sdk/index.js';
import type { FunctionImage } from './kubelet/function/function-container.js';
import { FunctionRuntime } from './kubelet/function/function-runtime.js';
import { connectTo } from './kubelet/runtime/dial.js';
import { KubeletNodes, type KubeletNodesOptions } from './kubelet-nodes.js';
import { ServiceDirectory } from './network/service-directory.js';
import { VirtualNetwork } from './network/virtual-network.js';
import type { NodeGroup } from './node-group.js';

const LOOPBACK = '127.0.0.1';

/** Options of nodes whose containers are functions. */
export interface FunctionNodesOptions
  extends Pick<KubeletNodesOptions, 'certificate' | 'onError' | 'clock' | 'random'> {
  /** The functions that stand for images, by patterns such as `nginx:*`. */
  readonly images: Readonly<Record<string, FunctionImage>>;
}

/**
 * Nodes whose containers are functions of this program, with the network that their pods share. The API server reaches pods and
 * services through `dial`.
 */
export class FunctionNodes {
  readonly #options: FunctionNodesOptions;
  readonly #network = new VirtualNetwork();
  /** The nodes by their addresses. */
  readonly #nodeNames = new Map<string, string>();
  #nodes: KubeletNodes | undefined;

  constructor(options: FunctionNodesOptions) {
    this.#options = options;
  }

  /** Connects to a pod, a service or a kubelet of the network, and to anything else over TCP. */
  dial({ host, port }: { readonly host: string; readonly port: number }): Promise<Duplex | Socket> {
    const node = this.#nodeNames.get(host);
    // Kubelets listen on this machine. Its other ports are not part of the network.
    if (node !== undefined && port === this.#nodes?.portOf(node)) return connectTo(LOOPBACK, port);
    return this.#network.knows(host, port) ? this.#network.connect(host, port) : connectTo(host, port);
  }

  /** Starts the nodes. */
  async start(cluster: Cluster, names: readonly string[]): Promise<NodeGroup> {
    const directory = new ServiceDirectory(cluster, this.#options.random);
    const removeDirectory = this.#network.addDirectory(directory);
    const { images, ...rest } = this.#options;
    const runtime = () => new FunctionRuntime({ images, network: this.#network });
    const addresses = new Map(names.map((name) => [name, this.#network.join()]));
    for (const [name, address] of addresses) this.#nodeNames.set(address, name);
    const address = (name: string) => addresses.get(name) ?? LOOPBACK;
    const nodes = new KubeletNodes({ ...rest, cluster, names, address, listenAddress: LOOPBACK, runtime });
    this.#nodes = nodes;
    const close = async () => {
      await nodes.close();
      for (const one of addresses.values()) {
        this.#nodeNames.delete(one);
        this.#network.leave(one);
      }
      removeDirectory();
      await directory.stop();
    };
    try {
      await directory.start();
      await Promise.all(names.map((name) => nodes.start(name)));
    } catch (error) {
      await close();
      throw error;
    }
    return {
      names,
      start: (name) => nodes.start(name),
      stop: (name) => nodes.stop(name),
      close,
      [Symbol.asyncDispose]: close,
    };
  }
}
