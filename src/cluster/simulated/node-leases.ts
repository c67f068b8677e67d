import { Lease } from '../../../generated/coordination.k8s.io/v1.js';
import { mergePatch } from '../../client/index.js';
import { isAlreadyExists, isNotFound } from '../../errors/index.js';
import { formatMicroTime } from '../../meta/index.js';
import type { Cluster } from '../../sdk/index.js';
import type { Clock, Timer } from '../../util/clock.js';
import type { Limiter } from '../limiter.js';

const namespace = 'kube-node-lease';
/** The renewals of one period are spread over so many moments. */
const slots = 40;

/** Options of leases. */
export interface NodeLeasesOptions {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly limiter: Limiter;
  /** A lease runs out after so many seconds. It is renewed after a quarter of that. */
  readonly leaseDurationSeconds: number;
  readonly onError: (error: unknown) => void;
}

/** Keeps the Leases of many nodes alive, with renewals spread evenly over time. */
export class NodeLeases {
  readonly #options: NodeLeasesOptions;
  readonly #slots = Array.from({ length: slots }, () => new Map<string, string>());
  readonly #slotOf = new Map<string, Map<string, string>>();
  #slot = 0;
  #timer: Timer | undefined;
  #closed = false;

  constructor(options: NodeLeasesOptions) {
    this.#options = options;
  }

  /** Begins to hold the lease of a node. Resolves when the lease exists. */
  async add(node: string, uid: string): Promise<void> {
    let slot = this.#slots[0];
    for (const one of this.#slots) if (slot === undefined || one.size < slot.size) slot = one;
    slot?.set(node, uid);
    if (slot !== undefined) this.#slotOf.set(node, slot);
    if (this.#timer === undefined && !this.#closed) this.#wait();
    await this.#create(node, uid);
  }

  /** Lets the lease of a node run out. */
  remove(node: string): void {
    this.#slotOf.get(node)?.delete(node);
    this.#slotOf.delete(node);
  }

  /** Ends all renewals. */
  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  #wait(): void {
    const { clock, leaseDurationSeconds } = this.#options;
    // Moments at which nothing is to be renewed are passed over.
    let steps = 1;
    while (steps < slots && this.#slots[(this.#slot + steps) % slots]?.size === 0) steps++;
    this.#timer = clock.setTimer(((leaseDurationSeconds * 1000) / 4 / slots) * steps, () => {
      this.#slot = (this.#slot + steps) % slots;
      for (const [node, uid] of this.#slots[this.#slot] ?? []) void this.#renew(node, uid);
      if (!this.#closed) this.#wait();
    });
  }

  #spec(node: string) {
    const { clock, leaseDurationSeconds } = this.#options;
    const renewTime = formatMicroTime(BigInt(Math.floor(clock.now())) * 1000n);
    return { holderIdentity: node, leaseDurationSeconds, renewTime };
  }

  async #create(node: string, uid: string): Promise<void> {
    const ownerReferences = [{ apiVersion: 'v1', kind: 'Node', name: node, uid }];
    const lease = { metadata: { name: node, namespace, ownerReferences }, spec: this.#spec(node) };
    try {
      await this.#options.limiter.run(() => this.#leases.create(lease));
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      await this.#patch(node);
    }
  }

  async #renew(node: string, uid: string): Promise<void> {
    try {
      await this.#patch(node);
    } catch (error) {
      if (isNotFound(error) && this.#slotOf.has(node) && !this.#closed) {
        await this.#create(node, uid).catch(this.#options.onError);
      } else if (!this.#closed) this.#options.onError(error);
    }
  }

  #patch(node: string): Promise<unknown> {
    return this.#options.limiter.run(async () => {
      // The lease may have been given up while the request waited.
      if (this.#slotOf.has(node) && !this.#closed)
        await this.#leases.patch(node, mergePatch({ spec: this.#spec(node) }));
    });
  }

  get #leases() {
    return this.#options.cluster.resource(Lease).in(namespace);
  }
}
