// Made by `keelson generate`. Changes made here are lost.

import type { ListMeta, MicroTime, ObjectMeta, Resource } from '../../src/meta/index.js';

/**
 * A lease is a lock that its holder renews.
 *
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#lease-v1-coordination-k8s-io
 */
export interface Lease {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** Standard object's metadata: name, labels, owners. */
  metadata?: ObjectMeta | undefined;
  /** The holder and the times. */
  spec?: LeaseSpec | undefined;
}

/**
 * A lease is a lock that its holder renews.
 *
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#lease-v1-coordination-k8s-io
 */
export const Lease: Resource<Lease, 'Namespaced'> = {
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  singular: 'lease',
  shortNames: [],
  categories: [],
  scope: 'Namespaced',
  verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
  subresources: {},
};

export interface LeaseList {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  items: Lease[];
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** The metadata of the list: its version, and the token of the next page. */
  metadata?: ListMeta | undefined;
}

export interface LeaseSpec {
  /** The time at which the holder took the lease. */
  acquireTime?: MicroTime | undefined;
  /** The holder. */
  holderIdentity?: string | undefined;
  /** The time in seconds after the last renewal for which others wait. */
  leaseDurationSeconds?: number | undefined;
  /** The number of changes of the holder. */
  leaseTransitions?: number | undefined;
  /** The candidate to which the holder should yield (coordinated election). */
  preferredHolder?: string | undefined;
  /** The time of the last renewal. */
  renewTime?: MicroTime | undefined;
  /** The strategy of a coordinated election. */
  strategy?: string | undefined;
}
