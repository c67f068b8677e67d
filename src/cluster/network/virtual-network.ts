import type { Duplex } from 'node:stream';
import { NetworkError } from '../../errors/index.js';
import { duplexPair } from './duplex-pair.js';
import { PodAddresses } from './pod-addresses.js';

/** Takes the connections to one port. */
export type ConnectionHandler = (connection: Duplex) => void;

/** Finds the way to a name or address that is not a host of the network. Returns undefined for those that it does not know. */
export interface NetworkDirectory {
  /** `namespace` is the one that short names belong to. */
  find(host: string, port: number, namespace: string): NetworkPlace | undefined;
}

/** The place that a name leads to: a host of the network, or the reason why it leads nowhere now. */
export type NetworkPlace = { readonly address: string; readonly port: number } | { readonly problem: string };

const DEFAULT_CIDR = '10.244.0.0/16';

/** A network inside this process. Hosts listen on ports of their addresses, and connect to each other and to names of services. */
export class VirtualNetwork {
  readonly #addresses: PodAddresses;
  readonly #hosts = new Map<string, Map<number, ConnectionHandler>>();
  readonly #directories: NetworkDirectory[] = [];

  /** Throws a `ConfigError` for text that is not an IPv4 range. */
  constructor(cidr: string = DEFAULT_CIDR) {
    this.#addresses = new PodAddresses(cidr);
  }

  /** Adds a host and returns its address. */
  join(): string {
    const address = this.#addresses.take();
    this.#hosts.set(address, new Map());
    return address;
  }

  /** Removes a host. Connections that stand are for their owners to end. */
  leave(address: string): void {
    if (this.#hosts.delete(address)) this.#addresses.release(address);
  }

  /** Tells whether an address is a host of this network. */
  has(address: string): boolean {
    return this.#hosts.has(address);
  }

  /** Takes connections to a port. Returns the function that ends this. Throws a `NetworkError` when the port is taken. */
  listen(address: string, port: number, handler: ConnectionHandler): () => void {
    const ports = this.#hosts.get(address);
    if (ports === undefined)
      throw new NetworkError(`listen tcp ${address}:${port}: bind: cannot assign requested address`);
    if (ports.has(port)) throw new NetworkError(`listen tcp ${address}:${port}: bind: address already in use`);
    ports.set(port, handler);
    return () => {
      if (ports.get(port) === handler) ports.delete(port);
    };
  }

  /** Adds a directory of names and addresses. Returns the function that removes it. */
  addDirectory(directory: NetworkDirectory): () => void {
    this.#directories.push(directory);
    return () => void this.#directories.splice(this.#directories.indexOf(directory), 1);
  }

  /** Tells whether the network knows the way to a name or address. */
  knows(host: string, port: number, namespace = 'default'): boolean {
    return this.has(host) || this.#find(host, port, namespace) !== undefined;
  }

  /** Connects to a host, or to the name of a service. Rejects with a `NetworkError` in the words of Go's `net` package. */
  async connect(host: string, port: number, namespace = 'default'): Promise<Duplex> {
    const place = this.has(host) ? { address: host, port } : this.#find(host, port, namespace);
    if (place === undefined) throw new NetworkError(`dial tcp: lookup ${host}: no such host`);
    if ('problem' in place) throw new NetworkError(`dial tcp ${host}:${port}: ${place.problem}`);
    const handler = this.#hosts.get(place.address)?.get(place.port);
    if (handler === undefined) throw new NetworkError(`dial tcp ${host}:${port}: connect: connection refused`);
    const [near, far] = duplexPair();
    handler(far);
    return near;
  }

  #find(host: string, port: number, namespace: string): NetworkPlace | undefined {
    for (const directory of this.#directories) {
      const place = directory.find(host, port, namespace);
      if (place !== undefined) return place;
    }
    return undefined;
  }
}
