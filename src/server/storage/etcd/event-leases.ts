import type { Clock } from '../../../util/clock.js';
import type { EtcdClient } from './etcd-client.js';

/** A lease is attached to at most so many keys, as in kube-apiserver: a lease that ends deletes all of them at once. */
const keysPerLease = 1_000;
/** A lease is used again for this part of its time, and at most for a minute. Keys then live a little longer than their time. */
const reusedPart = 0.05;
const mostReusedSeconds = 60;

/** The leases of keys that expire. Keys that are written soon after each other share one. */
export class EventLeases {
  #lease: { readonly id: Promise<bigint>; readonly until: number; keys: number } | undefined;

  constructor(
    private readonly client: Pick<EtcdClient, 'grantLease'>,
    private readonly clock: Clock,
    private readonly ttlSeconds: number,
  ) {}

  /** Returns a lease for one key. */
  lease(): Promise<bigint> {
    const now = this.clock.now();
    const current = this.#lease;
    if (current !== undefined && now < current.until && current.keys < keysPerLease) {
      current.keys++;
      return current.id;
    }
    const reused = Math.min(mostReusedSeconds, this.ttlSeconds * reusedPart);
    const id = this.client.grantLease(Math.ceil(this.ttlSeconds + reused));
    const lease = { id, until: now + reused * 1_000, keys: 1 };
    this.#lease = lease;
    id.catch(() => {
      if (this.#lease === lease) this.#lease = undefined;
    });
    return id;
  }
}
