// Made by `keelson generate`. Changes made here are lost.

import type { ListMeta, ObjectMeta, Resource, Subresource, Time } from '../../src/meta/index.js';

export interface ServerStorageVersion {
  apiServerID: string;
  decodableVersions: string[];
  encodingVersion: string;
  servedVersions?: string[] | undefined;
}

/**
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#storageversion-v1alpha1-internal-apiserver-k8s-io
 */
export interface StorageVersion {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** Standard object's metadata: name, labels, owners. */
  metadata: ObjectMeta;
  spec?: StorageVersionSpec | undefined;
  status?: StorageVersionStatus | undefined;
}

/**
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#storageversion-v1alpha1-internal-apiserver-k8s-io
 */
export const StorageVersion: Resource<StorageVersion, 'Cluster', StorageVersionSubresources> = {
  group: 'internal.apiserver.k8s.io',
  version: 'v1alpha1',
  kind: 'StorageVersion',
  plural: 'storageversions',
  singular: 'storageversion',
  shortNames: [],
  categories: [],
  scope: 'Cluster',
  verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
  subresources: {
    status: { kind: 'internal.apiserver.k8s.io/v1alpha1/StorageVersion', verbs: ['get', 'patch', 'update'] },
  },
};

/** The subresources of {@link StorageVersion} that take an object or carry bytes. */
export interface StorageVersionSubresources {
  status: Subresource<StorageVersion, 'get' | 'patch' | 'update'>;
}

export interface StorageVersionCondition {
  lastTransitionTime?: Time | undefined;
  message: string;
  observedGeneration?: number | undefined;
  reason: string;
  status: string;
  type: string;
}

export interface StorageVersionList {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  items: StorageVersion[];
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** The metadata of the list: its version, and the token of the next page. */
  metadata?: ListMeta | undefined;
}

export interface StorageVersionSpec {
  [key: string]: unknown;
}

export interface StorageVersionStatus {
  commonEncodingVersion?: string | undefined;
  conditions?: StorageVersionCondition[] | undefined;
  storageVersions?: ServerStorageVersion[] | undefined;
}
