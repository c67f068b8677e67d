// Made by `keelson generate`. Changes made here are lost.

import type { ListMeta, ObjectMeta, Quantity, Resource } from '../../src/meta/index.js';
import type { Toleration } from '../core/v1.js';

export interface Overhead {
  podFixed?: { [key: string]: Quantity } | undefined;
}

/** https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#runtimeclass-v1-node-k8s-io */
export interface RuntimeClass {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  handler: string;
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** Standard object's metadata: name, labels, owners. */
  metadata?: ObjectMeta | undefined;
  overhead?: Overhead | undefined;
  scheduling?: Scheduling | undefined;
}

/** https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#runtimeclass-v1-node-k8s-io */
export const RuntimeClass: Resource<RuntimeClass, 'Cluster'> = {
  group: 'node.k8s.io',
  version: 'v1',
  kind: 'RuntimeClass',
  plural: 'runtimeclasses',
  singular: 'runtimeclass',
  shortNames: [],
  categories: [],
  scope: 'Cluster',
  verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
  subresources: {},
};

export interface RuntimeClassList {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  items: RuntimeClass[];
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** The metadata of the list: its version, and the token of the next page. */
  metadata?: ListMeta | undefined;
}

export interface Scheduling {
  nodeSelector?: { [key: string]: string } | undefined;
  tolerations?: Toleration[] | undefined;
}
