// Made by `keelson generate`. Changes made here are lost.

import type { ListMeta, ObjectMeta, Resource } from '../../src/meta/index.js';

/**
 * A priority class gives pods a priority by name.
 *
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#priorityclass-v1-scheduling-k8s-io
 */
export interface PriorityClass {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  /** A text for people. */
  description?: string | undefined;
  /** True if pods without a class get this one. Only one class can have it. */
  globalDefault?: boolean | undefined;
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** Standard object's metadata: name, labels, owners. */
  metadata?: ObjectMeta | undefined;
  /** `PreemptLowerPriority` (default) or `Never`. */
  preemptionPolicy?: 'Never' | 'PreemptLowerPriority' | undefined;
  /** The priority. It cannot change. */
  value?: number | undefined;
}

/**
 * A priority class gives pods a priority by name.
 *
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#priorityclass-v1-scheduling-k8s-io
 */
export const PriorityClass: Resource<PriorityClass, 'Cluster'> = {
  group: 'scheduling.k8s.io',
  version: 'v1',
  kind: 'PriorityClass',
  plural: 'priorityclasses',
  singular: 'priorityclass',
  shortNames: ['pc'],
  categories: [],
  scope: 'Cluster',
  verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
  subresources: {},
};

export interface PriorityClassList {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  items: PriorityClass[];
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** The metadata of the list: its version, and the token of the next page. */
  metadata?: ListMeta | undefined;
}
