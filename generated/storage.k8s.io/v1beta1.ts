// Made by `keelson generate`. Changes made here are lost.

import type { ListMeta, ObjectMeta, Resource } from '../../src/meta/index.js';

/** https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#volumeattributesclass-v1beta1-storage-k8s-io */
export interface VolumeAttributesClass {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  driverName: string;
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** Standard object's metadata: name, labels, owners. */
  metadata?: ObjectMeta | undefined;
  parameters?: { [key: string]: string } | undefined;
}

/** https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#volumeattributesclass-v1beta1-storage-k8s-io */
export const VolumeAttributesClass: Resource<VolumeAttributesClass, 'Cluster'> = {
  group: 'storage.k8s.io',
  version: 'v1beta1',
  kind: 'VolumeAttributesClass',
  plural: 'volumeattributesclasses',
  singular: 'volumeattributesclass',
  shortNames: ['vac'],
  categories: [],
  scope: 'Cluster',
  verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
  subresources: {},
};

export interface VolumeAttributesClassList {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  items: VolumeAttributesClass[];
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** The metadata of the list: its version, and the token of the next page. */
  metadata?: ListMeta | undefined;
}
