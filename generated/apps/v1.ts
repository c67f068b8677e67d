// Made by `keelson generate`. Changes made here are lost.

import type { IntOrString, LabelSelector, ListMeta, ObjectMeta, RawExtension, Resource, Subresource, Time } from '../../src/meta/index.js';
import type { Scale } from '../autoscaling/v1.js';
import type { PersistentVolumeClaim, PodTemplateSpec } from '../core/v1.js';

/**
 * A controller revision holds an earlier template of a stateful set or a daemon set.
 *
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#controllerrevision-v1-apps
 */
export interface ControllerRevision {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  /** The state of the revision. */
  data?: RawExtension | undefined;
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** Standard object's metadata: name, labels, owners. */
  metadata?: ObjectMeta | undefined;
  /** The number of the revision. */
  revision: number;
}

/**
 * A controller revision holds an earlier template of a stateful set or a daemon set.
 *
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#controllerrevision-v1-apps
 */
export const ControllerRevision: Resource<ControllerRevision, 'Namespaced'> = {
  group: 'apps',
  version: 'v1',
  kind: 'ControllerRevision',
  plural: 'controllerrevisions',
  singular: 'controllerrevision',
  shortNames: [],
  categories: [],
  scope: 'Namespaced',
  verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
  subresources: {},
};

export interface ControllerRevisionList {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  items: ControllerRevision[];
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** The metadata of the list: its version, and the token of the next page. */
  metadata?: ListMeta | undefined;
}

/**
 * A daemon set runs one pod on every matching node.
 *
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#daemonset-v1-apps
 */
export interface DaemonSet {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** Standard object's metadata: name, labels, owners. */
  metadata?: ObjectMeta | undefined;
  /** The desired state. */
  spec?: DaemonSetSpec | undefined;
  /** The observed state. */
  status?: DaemonSetStatus | undefined;
}

/**
 * A daemon set runs one pod on every matching node.
 *
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#daemonset-v1-apps
 */
export const DaemonSet: Resource<DaemonSet, 'Namespaced', DaemonSetSubresources> = {
  group: 'apps',
  version: 'v1',
  kind: 'DaemonSet',
  plural: 'daemonsets',
  singular: 'daemonset',
  shortNames: ['ds'],
  categories: ['all'],
  scope: 'Namespaced',
  verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
  subresources: {
    status: { kind: 'apps/v1/DaemonSet', verbs: ['get', 'patch', 'update'] },
  },
};

/** The subresources of {@link DaemonSet} that take an object or carry bytes. */
export interface DaemonSetSubresources {
  status: Subresource<DaemonSet, 'get' | 'patch' | 'update'>;
}

export interface DaemonSetCondition {
  lastTransitionTime?: Time | undefined;
  message?: string | undefined;
  reason?: string | undefined;
  status: string;
  type: string;
}

export interface DaemonSetList {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  items: DaemonSet[];
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** The metadata of the list: its version, and the token of the next page. */
  metadata?: ListMeta | undefined;
}

export interface DaemonSetSpec {
  /** The time in seconds that a pod must be ready to count as available. Default 0. */
  minReadySeconds?: number | undefined;
  /** The number of old revisions that are kept for a rollback. Default 10. */
  revisionHistoryLimit?: number | undefined;
  /** The labels of the pods. They must match the template, and cannot change. */
  selector: LabelSelector;
  /** The template of the pods. Its node selector and affinity choose the nodes. */
  template: PodTemplateSpec;
  /** The way in which pods are updated: `RollingUpdate` (default) or `OnDelete`. */
  updateStrategy?: DaemonSetUpdateStrategy | undefined;
}

export interface DaemonSetStatus {
  /** The number of name collisions of revisions. */
  collisionCount?: number | undefined;
  /** The conditions of the set. */
  conditions?: DaemonSetCondition[] | undefined;
  /** The number of matching nodes with a pod. */
  currentNumberScheduled: number;
  /** The number of matching nodes. */
  desiredNumberScheduled: number;
  /** The number of nodes with an available pod. */
  numberAvailable?: number | undefined;
  /** The number of nodes with a pod that they should not have. */
  numberMisscheduled: number;
  /** The number of nodes with a ready pod. */
  numberReady: number;
  /** The number of matching nodes without an available pod. */
  numberUnavailable?: number | undefined;
  /** The `metadata.generation` that the controller has seen. */
  observedGeneration?: number | undefined;
  /** The number of nodes with a pod of the current template. */
  updatedNumberScheduled?: number | undefined;
}

export interface DaemonSetUpdateStrategy {
  rollingUpdate?: RollingUpdateDaemonSet | undefined;
  type?: 'OnDelete' | 'RollingUpdate' | undefined;
}

/**
 * A deployment runs a number of equal pods and replaces them step by step when their template changes.
 *
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#deployment-v1-apps
 */
export interface Deployment {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** Standard object's metadata: name, labels, owners. */
  metadata?: ObjectMeta | undefined;
  /** The desired state. */
  spec?: DeploymentSpec | undefined;
  /** The observed state. */
  status?: DeploymentStatus | undefined;
}

/**
 * A deployment runs a number of equal pods and replaces them step by step when their template changes.
 *
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#deployment-v1-apps
 */
export const Deployment: Resource<Deployment, 'Namespaced', DeploymentSubresources> = {
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  singular: 'deployment',
  shortNames: ['deploy'],
  categories: ['all'],
  scope: 'Namespaced',
  verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
  subresources: {
    scale: { kind: 'autoscaling/v1/Scale', verbs: ['get', 'patch', 'update'] },
    status: { kind: 'apps/v1/Deployment', verbs: ['get', 'patch', 'update'] },
  },
};

/** The subresources of {@link Deployment} that take an object or carry bytes. */
export interface DeploymentSubresources {
  scale: Subresource<Scale, 'get' | 'patch' | 'update'>;
  status: Subresource<Deployment, 'get' | 'patch' | 'update'>;
}

export interface DeploymentCondition {
  lastTransitionTime?: Time | undefined;
  lastUpdateTime?: Time | undefined;
  message?: string | undefined;
  reason?: string | undefined;
  status: string;
  type: string;
}

export interface DeploymentList {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  items: Deployment[];
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** The metadata of the list: its version, and the token of the next page. */
  metadata?: ListMeta | undefined;
}

export interface DeploymentSpec {
  /** The time in seconds that a pod must be ready to count as available. Default 0. */
  minReadySeconds?: number | undefined;
  /** True if changes of the template wait. Default false. */
  paused?: boolean | undefined;
  /** The time in seconds without progress after which the rollout has failed. Default 600. */
  progressDeadlineSeconds?: number | undefined;
  /** The desired number of pods. Default 1. */
  replicas?: number | undefined;
  /** The number of old ReplicaSets that are kept for a rollback. Default 10. */
  revisionHistoryLimit?: number | undefined;
  /** The labels of the pods. They must match the template, and cannot change. */
  selector: LabelSelector;
  /** The way in which new pods replace old ones. */
  strategy?: DeploymentStrategy | undefined;
  /** The template of the pods. `restartPolicy` must be `Always`. */
  template: PodTemplateSpec;
}

export interface DeploymentStatus {
  /** The number of pods that were ready for `minReadySeconds`. */
  availableReplicas?: number | undefined;
  /** The number of name collisions of ReplicaSets. The controller uses it for new names. */
  collisionCount?: number | undefined;
  /** Conditions such as `Available` and `Progressing`. */
  conditions?: DeploymentCondition[] | undefined;
  /** The `metadata.generation` that the controller has seen. */
  observedGeneration?: number | undefined;
  /** The number of ready pods. */
  readyReplicas?: number | undefined;
  /** The number of pods, without those that are being deleted. */
  replicas?: number | undefined;
  /** The number of pods that are being deleted. */
  terminatingReplicas?: number | undefined;
  /** The number of pods that are still missing for a full deployment. */
  unavailableReplicas?: number | undefined;
  /** The number of pods of the current template. */
  updatedReplicas?: number | undefined;
}

export interface DeploymentStrategy {
  /** The settings of a rolling update. */
  rollingUpdate?: RollingUpdateDeployment | undefined;
  /** `RollingUpdate` (default) or `Recreate`, which ends all old pods first. */
  type?: 'Recreate' | 'RollingUpdate' | undefined;
}

/**
 * A replica set keeps a number of equal pods running. Deployments manage replica sets for you.
 *
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#replicaset-v1-apps
 */
export interface ReplicaSet {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** Standard object's metadata: name, labels, owners. */
  metadata?: ObjectMeta | undefined;
  /** The desired state. */
  spec?: ReplicaSetSpec | undefined;
  /** The observed state. */
  status?: ReplicaSetStatus | undefined;
}

/**
 * A replica set keeps a number of equal pods running. Deployments manage replica sets for you.
 *
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#replicaset-v1-apps
 */
export const ReplicaSet: Resource<ReplicaSet, 'Namespaced', ReplicaSetSubresources> = {
  group: 'apps',
  version: 'v1',
  kind: 'ReplicaSet',
  plural: 'replicasets',
  singular: 'replicaset',
  shortNames: ['rs'],
  categories: ['all'],
  scope: 'Namespaced',
  verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
  subresources: {
    scale: { kind: 'autoscaling/v1/Scale', verbs: ['get', 'patch', 'update'] },
    status: { kind: 'apps/v1/ReplicaSet', verbs: ['get', 'patch', 'update'] },
  },
};

/** The subresources of {@link ReplicaSet} that take an object or carry bytes. */
export interface ReplicaSetSubresources {
  scale: Subresource<Scale, 'get' | 'patch' | 'update'>;
  status: Subresource<ReplicaSet, 'get' | 'patch' | 'update'>;
}

export interface ReplicaSetCondition {
  lastTransitionTime?: Time | undefined;
  message?: string | undefined;
  reason?: string | undefined;
  status: string;
  type: string;
}

export interface ReplicaSetList {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  items: ReplicaSet[];
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** The metadata of the list: its version, and the token of the next page. */
  metadata?: ListMeta | undefined;
}

export interface ReplicaSetSpec {
  /** The time in seconds that a pod must be ready to count as available. Default 0. */
  minReadySeconds?: number | undefined;
  /** The desired number of pods. Default 1. */
  replicas?: number | undefined;
  /** The labels of the pods. They must match the template, and cannot change. */
  selector: LabelSelector;
  /** The template of new pods. */
  template?: PodTemplateSpec | undefined;
}

export interface ReplicaSetStatus {
  /** The number of pods that were ready for `minReadySeconds`. */
  availableReplicas?: number | undefined;
  /** Conditions such as `ReplicaFailure`. */
  conditions?: ReplicaSetCondition[] | undefined;
  /** The number of pods with all labels of the template. */
  fullyLabeledReplicas?: number | undefined;
  /** The `metadata.generation` that the controller has seen. */
  observedGeneration?: number | undefined;
  /** The number of ready pods. */
  readyReplicas?: number | undefined;
  /** The number of pods, without those that are being deleted. */
  replicas: number;
  /** The number of pods that are being deleted. */
  terminatingReplicas?: number | undefined;
}

export interface RollingUpdateDaemonSet {
  maxSurge?: IntOrString | undefined;
  maxUnavailable?: IntOrString | undefined;
}

export interface RollingUpdateDeployment {
  /** The number or percentage of pods above `replicas` during an update, rounded up. Default 25%. */
  maxSurge?: IntOrString | undefined;
  /** The number or percentage of pods that may be missing during an update, rounded down. Default 25%. */
  maxUnavailable?: IntOrString | undefined;
}

export interface RollingUpdateStatefulSetStrategy {
  maxUnavailable?: IntOrString | undefined;
  partition?: number | undefined;
}

/**
 * A stateful set runs pods with stable names and volumes of their own.
 *
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#statefulset-v1-apps
 */
export interface StatefulSet {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** Standard object's metadata: name, labels, owners. */
  metadata?: ObjectMeta | undefined;
  /** The desired state. */
  spec?: StatefulSetSpec | undefined;
  /** The observed state. */
  status?: StatefulSetStatus | undefined;
}

/**
 * A stateful set runs pods with stable names and volumes of their own.
 *
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#statefulset-v1-apps
 */
export const StatefulSet: Resource<StatefulSet, 'Namespaced', StatefulSetSubresources> = {
  group: 'apps',
  version: 'v1',
  kind: 'StatefulSet',
  plural: 'statefulsets',
  singular: 'statefulset',
  shortNames: ['sts'],
  categories: ['all'],
  scope: 'Namespaced',
  verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
  subresources: {
    scale: { kind: 'autoscaling/v1/Scale', verbs: ['get', 'patch', 'update'] },
    status: { kind: 'apps/v1/StatefulSet', verbs: ['get', 'patch', 'update'] },
  },
};

/** The subresources of {@link StatefulSet} that take an object or carry bytes. */
export interface StatefulSetSubresources {
  scale: Subresource<Scale, 'get' | 'patch' | 'update'>;
  status: Subresource<StatefulSet, 'get' | 'patch' | 'update'>;
}

export interface StatefulSetCondition {
  lastTransitionTime?: Time | undefined;
  message?: string | undefined;
  reason?: string | undefined;
  status: string;
  type: string;
}

export interface StatefulSetList {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  items: StatefulSet[];
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** The metadata of the list: its version, and the token of the next page. */
  metadata?: ListMeta | undefined;
}

export interface StatefulSetOrdinals {
  start?: number | undefined;
}

export interface StatefulSetPersistentVolumeClaimRetentionPolicy {
  whenDeleted?: string | undefined;
  whenScaled?: string | undefined;
}

export interface StatefulSetSpec {
  /** The time in seconds that a pod must be ready to count as available. Default 0. */
  minReadySeconds?: number | undefined;
  /** The first number in the names of the pods. Default 0. */
  ordinals?: StatefulSetOrdinals | undefined;
  /** The treatment of the claims when the set is deleted or shrinks. Default: they are kept. */
  persistentVolumeClaimRetentionPolicy?: StatefulSetPersistentVolumeClaimRetentionPolicy | undefined;
  /** `OrderedReady` (default): one pod after the other. `Parallel`: all at once. */
  podManagementPolicy?: 'OrderedReady' | 'Parallel' | undefined;
  /** The desired number of pods. Default 1. */
  replicas?: number | undefined;
  /** The number of old revisions that are kept for a rollback. Default 10. */
  revisionHistoryLimit?: number | undefined;
  /** The labels of the pods. They must match the template, and cannot change. */
  selector: LabelSelector;
  /** The headless Service that gives the pods their DNS names. */
  serviceName?: string | undefined;
  /** The template of the pods. They are called `<set>-<ordinal>`. */
  template: PodTemplateSpec;
  /** The way in which pods are updated: `RollingUpdate` (default) or `OnDelete`. */
  updateStrategy?: StatefulSetUpdateStrategy | undefined;
  /** The claims that every pod gets. They cannot change. */
  volumeClaimTemplates?: PersistentVolumeClaim[] | undefined;
}

export interface StatefulSetStatus {
  /** The number of pods that were ready for `minReadySeconds`. */
  availableReplicas?: number | undefined;
  /** The number of name collisions of revisions. */
  collisionCount?: number | undefined;
  /** The conditions of the set. */
  conditions?: StatefulSetCondition[] | undefined;
  /** The number of pods of `currentRevision`. */
  currentReplicas?: number | undefined;
  /** The revision before the update. */
  currentRevision?: string | undefined;
  /** The `metadata.generation` that the controller has seen. */
  observedGeneration?: number | undefined;
  /** The number of ready pods. */
  readyReplicas?: number | undefined;
  /** The number of pods. */
  replicas: number;
  /** The revision of the current template. */
  updateRevision?: string | undefined;
  /** The number of pods of `updateRevision`. */
  updatedReplicas?: number | undefined;
}

export interface StatefulSetUpdateStrategy {
  rollingUpdate?: RollingUpdateStatefulSetStrategy | undefined;
  type?: 'OnDelete' | 'RollingUpdate' | undefined;
}
