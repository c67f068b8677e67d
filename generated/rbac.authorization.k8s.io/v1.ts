// Made by `keelson generate`. Changes made here are lost.

import type { LabelSelector, ListMeta, ObjectMeta, Resource } from '../../src/meta/index.js';

export interface AggregationRule {
  clusterRoleSelectors?: LabelSelector[] | undefined;
}

/**
 * A cluster role grants rights in the cluster, or in a namespace by a RoleBinding.
 *
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#clusterrole-v1-rbac-authorization-k8s-io
 */
export interface ClusterRole {
  /** The labels of cluster roles whose rules are collected here. The controller then overwrites `rules`. */
  aggregationRule?: AggregationRule | undefined;
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** Standard object's metadata: name, labels, owners. */
  metadata?: ObjectMeta | undefined;
  /** The rights. */
  rules?: PolicyRule[] | undefined;
}

/**
 * A cluster role grants rights in the cluster, or in a namespace by a RoleBinding.
 *
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#clusterrole-v1-rbac-authorization-k8s-io
 */
export const ClusterRole: Resource<ClusterRole, 'Cluster'> = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'ClusterRole',
  plural: 'clusterroles',
  singular: 'clusterrole',
  shortNames: [],
  categories: [],
  scope: 'Cluster',
  verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
  subresources: {},
};

/**
 * A cluster role binding gives a cluster role to users in the whole cluster.
 *
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#clusterrolebinding-v1-rbac-authorization-k8s-io
 */
export interface ClusterRoleBinding {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** Standard object's metadata: name, labels, owners. */
  metadata?: ObjectMeta | undefined;
  /** The ClusterRole. It cannot change. */
  roleRef: RoleRef;
  /** The users, groups and service accounts. */
  subjects?: Subject[] | undefined;
}

/**
 * A cluster role binding gives a cluster role to users in the whole cluster.
 *
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#clusterrolebinding-v1-rbac-authorization-k8s-io
 */
export const ClusterRoleBinding: Resource<ClusterRoleBinding, 'Cluster'> = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'ClusterRoleBinding',
  plural: 'clusterrolebindings',
  singular: 'clusterrolebinding',
  shortNames: [],
  categories: [],
  scope: 'Cluster',
  verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
  subresources: {},
};

export interface ClusterRoleBindingList {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  items: ClusterRoleBinding[];
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** The metadata of the list: its version, and the token of the next page. */
  metadata?: ListMeta | undefined;
}

export interface ClusterRoleList {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  items: ClusterRole[];
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** The metadata of the list: its version, and the token of the next page. */
  metadata?: ListMeta | undefined;
}

/** A rule grants verbs on resources or paths. */
export interface PolicyRule {
  /** The groups of the resources. '' is the core group, `*` is all. */
  apiGroups?: string[] | undefined;
  /** Paths outside resources, such as `/healthz`. `*` is allowed at the end. */
  nonResourceURLs?: string[] | undefined;
  /** The names of objects. Empty means all. */
  resourceNames?: string[] | undefined;
  /** The resources, with subresources as `pods/log`. `*` is all. */
  resources?: string[] | undefined;
  /** The verbs. `*` is all. */
  verbs: string[];
}

/**
 * A role grants rights within its namespace.
 *
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#role-v1-rbac-authorization-k8s-io
 */
export interface Role {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** Standard object's metadata: name, labels, owners. */
  metadata?: ObjectMeta | undefined;
  /** The rights. */
  rules?: PolicyRule[] | undefined;
}

/**
 * A role grants rights within its namespace.
 *
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#role-v1-rbac-authorization-k8s-io
 */
export const Role: Resource<Role, 'Namespaced'> = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'Role',
  plural: 'roles',
  singular: 'role',
  shortNames: [],
  categories: [],
  scope: 'Namespaced',
  verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
  subresources: {},
};

/**
 * A role binding gives a role to users within its namespace.
 *
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#rolebinding-v1-rbac-authorization-k8s-io
 */
export interface RoleBinding {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** Standard object's metadata: name, labels, owners. */
  metadata?: ObjectMeta | undefined;
  /** The Role or ClusterRole. It cannot change. */
  roleRef: RoleRef;
  /** The users, groups and service accounts. */
  subjects?: Subject[] | undefined;
}

/**
 * A role binding gives a role to users within its namespace.
 *
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#rolebinding-v1-rbac-authorization-k8s-io
 */
export const RoleBinding: Resource<RoleBinding, 'Namespaced'> = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'RoleBinding',
  plural: 'rolebindings',
  singular: 'rolebinding',
  shortNames: [],
  categories: [],
  scope: 'Namespaced',
  verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
  subresources: {},
};

export interface RoleBindingList {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  items: RoleBinding[];
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** The metadata of the list: its version, and the token of the next page. */
  metadata?: ListMeta | undefined;
}

export interface RoleList {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  items: Role[];
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** The metadata of the list: its version, and the token of the next page. */
  metadata?: ListMeta | undefined;
}

export interface RoleRef {
  /** `rbac.authorization.k8s.io`. */
  apiGroup?: string | undefined;
  kind: string;
  /** The name of the role. */
  name: string;
}

export interface Subject {
  /** The group of the kind. Default: `rbac.authorization.k8s.io` for users and groups. */
  apiGroup?: string | undefined;
  kind: string;
  /** The name of the user, group or service account. */
  name: string;
  /** The namespace of a service account. */
  namespace?: string | undefined;
}
