// Made by `keelson generate`. Changes made here are lost.

import type { ListMeta, MicroTime, ObjectMeta, Resource } from '../../src/meta/index.js';

/** https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#leasecandidate-v1alpha2-coordination-k8s-io */
export interface LeaseCandidate {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** Standard object's metadata: name, labels, owners. */
  metadata?: ObjectMeta | undefined;
  spec: LeaseCandidateSpec;
}

/** https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#leasecandidate-v1alpha2-coordination-k8s-io */
export const LeaseCandidate: Resource<LeaseCandidate, 'Namespaced'> = {
  group: 'coordination.k8s.io',
  version: 'v1alpha2',
  kind: 'LeaseCandidate',
  plural: 'leasecandidates',
  singular: 'leasecandidate',
  shortNames: [],
  categories: [],
  scope: 'Namespaced',
  verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
  subresources: {},
};

export interface LeaseCandidateList {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  items: LeaseCandidate[];
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** The metadata of the list: its version, and the token of the next page. */
  metadata?: ListMeta | undefined;
}

export interface LeaseCandidateSpec {
  binaryVersion: string;
  emulationVersion?: string | undefined;
  leaseName: string;
  pingTime?: MicroTime | undefined;
  renewTime?: MicroTime | undefined;
  strategy: string;
}
