// Made by `keelson generate`. Changes made here are lost.

import type { Condition, DeleteOptions, IntOrString, LabelSelector, ListMeta, ObjectMeta, Resource, Subresource, Time } from '../../src/meta/index.js';

export interface Eviction {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  deleteOptions?: DeleteOptions | undefined;
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** Standard object's metadata: name, labels, owners. */
  metadata?: ObjectMeta | undefined;
}

/**
 * A pod disruption budget limits how many pods of a set an eviction may remove at a time.
 *
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#poddisruptionbudget-v1-policy
 */
export interface PodDisruptionBudget {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** Standard object's metadata: name, labels, owners. */
  metadata?: ObjectMeta | undefined;
  /** The desired state. */
  spec?: PodDisruptionBudgetSpec | undefined;
  /** The observed state. */
  status?: PodDisruptionBudgetStatus | undefined;
}

/**
 * A pod disruption budget limits how many pods of a set an eviction may remove at a time.
 *
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#poddisruptionbudget-v1-policy
 */
export const PodDisruptionBudget: Resource<PodDisruptionBudget, 'Namespaced', PodDisruptionBudgetSubresources> = {
  group: 'policy',
  version: 'v1',
  kind: 'PodDisruptionBudget',
  plural: 'poddisruptionbudgets',
  singular: 'poddisruptionbudget',
  shortNames: ['pdb'],
  categories: [],
  scope: 'Namespaced',
  verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
  subresources: {
    status: { kind: 'policy/v1/PodDisruptionBudget', verbs: ['get', 'patch', 'update'] },
  },
};

/** The subresources of {@link PodDisruptionBudget} that take an object or carry bytes. */
export interface PodDisruptionBudgetSubresources {
  status: Subresource<PodDisruptionBudget, 'get' | 'patch' | 'update'>;
}

export interface PodDisruptionBudgetList {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  items: PodDisruptionBudget[];
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** The metadata of the list: its version, and the token of the next page. */
  metadata?: ListMeta | undefined;
}

export interface PodDisruptionBudgetSpec {
  /** The number or percentage of pods that may be missing. It excludes `minAvailable`. */
  maxUnavailable?: IntOrString | undefined;
  /** The number or percentage of pods that must stay. It excludes `maxUnavailable`. */
  minAvailable?: IntOrString | undefined;
  /** The pods of the budget. An empty selector selects all of the namespace. */
  selector?: LabelSelector | undefined;
  /** `IfHealthyBudget` (default) or `AlwaysAllow`: when pods that are not ready may be evicted. */
  unhealthyPodEvictionPolicy?: 'AlwaysAllow' | 'IfHealthyBudget' | undefined;
}

export interface PodDisruptionBudgetStatus {
  /** Conditions such as `DisruptionAllowed`. */
  conditions?: Condition[] | undefined;
  /** The number of healthy pods. */
  currentHealthy?: number | undefined;
  /** The least number of healthy pods. */
  desiredHealthy?: number | undefined;
  /** The pods that were evicted and are not deleted yet. */
  disruptedPods?: { [key: string]: Time } | undefined;
  /** The number of evictions that are allowed now. */
  disruptionsAllowed?: number | undefined;
  /** The number of pods of the budget. */
  expectedPods?: number | undefined;
  /** The `metadata.generation` that the controller has seen. */
  observedGeneration?: number | undefined;
}
