import type { CallOptions } from '../../client/index.js';
import type { Cluster } from '../../sdk/index.js';
import { type LeaseObject, leaseResource } from './lease.js';

/** One lease in a cluster: all that an elector asks of the API. Writes must be refused when the object changed since it was read. */
export interface LeaseStore {
  /** The lease, or undefined when there is none. */
  find(options: CallOptions): Promise<LeaseObject | undefined>;
  /** Makes it. Rejects when there is one. */
  create(lease: NewLease, options: CallOptions): Promise<LeaseObject>;
  /** Puts this in its place. Rejects when `metadata.resourceVersion` is not the newest. */
  replace(lease: LeaseObject, options: CallOptions): Promise<LeaseObject>;
}

/** A lease about to be made. */
export type NewLease = Omit<LeaseObject, 'metadata'> & {
  metadata: { name: string; namespace: string; labels?: { [key: string]: string } | undefined };
};

/** The lease of this name in a cluster. */
export function leaseIn(cluster: Cluster, namespace: string, name: string): LeaseStore {
  const leases = cluster.resource(leaseResource).in(namespace);
  return {
    find: (options) => leases.find(name, options),
    create: (lease, options) => leases.create(lease, options),
    replace: (lease, options) => leases.replace({ ...lease, metadata: { ...lease.metadata, name } }, options),
  };
}
