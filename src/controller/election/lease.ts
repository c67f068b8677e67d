import type { KubeObject, MicroTime, Resource } from '../../meta/index.js';

/** A Lease of coordination.k8s.io/v1, as far as elections need it. The generated `Lease` fits. */
export interface LeaseObject extends KubeObject {
  spec?: LeaseRecord | undefined;
}

/** The holder of a lease, and its duration. Other fields pass through unchanged. */
export interface LeaseRecord {
  holderIdentity?: string | undefined;
  leaseDurationSeconds?: number | undefined;
  acquireTime?: MicroTime | undefined;
  renewTime?: MicroTime | undefined;
  leaseTransitions?: number | undefined;
  /** Set by a coordinator that wants another holder (KEP-4355): the present one shall end. */
  preferredHolder?: string | undefined;
  /** Present when a coordinator picks the holder (KEP-4355). */
  strategy?: string | undefined;
}

/** Where leases live, so that nothing generated has to be loaded. */
export const leaseResource: Resource<LeaseObject, 'Namespaced'> = {
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
