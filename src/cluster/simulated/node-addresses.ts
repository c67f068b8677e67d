import { AddressPool } from './address-pool.js';

/** The addresses of simulated nodes and pods. They lead nowhere, and no two are the same. */
export class NodeAddresses {
  readonly #nodes = new Map<string, string>();
  readonly #pods = new Map<string, string>();
  // Away from the addresses of services, which begin at 10.0.0.0.
  readonly #nodePool = new AddressPool('10.64.0.0', 12);
  readonly #podPool = new AddressPool('10.128.0.0', 9);

  /** Returns the address of a node, which is chosen when it is first asked for. */
  node(name: string): string {
    return addressOf(this.#nodes, this.#nodePool, name);
  }

  /** Returns the address of a pod, or that of its node if the pod uses the network of the node. */
  pod(node: string, hostNetwork: boolean, uid: string): string {
    return hostNetwork ? this.node(node) : addressOf(this.#pods, this.#podPool, uid);
  }

  /** Takes note of an address that a pod got earlier. */
  keep(uid: string, address: string): void {
    if (this.#pods.get(uid) === address) return;
    this.#podPool.reserve(address);
    this.#pods.set(uid, address);
  }

  /** Gives the address of a pod back. */
  release(uid: string): void {
    const address = this.#pods.get(uid);
    if (address === undefined) return;
    this.#pods.delete(uid);
    this.#podPool.release(address);
  }
}

function addressOf(known: Map<string, string>, pool: AddressPool, key: string): string {
  let address = known.get(key);
  if (address === undefined) {
    address = pool.take();
    known.set(key, address);
  }
  return address;
}
