// Made by `keelson generate`. Changes made here are lost.

import type { Condition, ListMeta, ObjectMeta, Resource, Subresource, Time } from '../../src/meta/index.js';

export interface DeviceTaint {
  effect: 'NoExecute' | 'NoSchedule' | 'None';
  key: string;
  timeAdded?: Time | undefined;
  value?: string | undefined;
}

/** https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#devicetaintrule-v1alpha3-resource-k8s-io */
export interface DeviceTaintRule {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** Standard object's metadata: name, labels, owners. */
  metadata?: ObjectMeta | undefined;
  spec: DeviceTaintRuleSpec;
  status?: DeviceTaintRuleStatus | undefined;
}

/** https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#devicetaintrule-v1alpha3-resource-k8s-io */
export const DeviceTaintRule: Resource<DeviceTaintRule, 'Cluster', DeviceTaintRuleSubresources> = {
  group: 'resource.k8s.io',
  version: 'v1alpha3',
  kind: 'DeviceTaintRule',
  plural: 'devicetaintrules',
  singular: 'devicetaintrule',
  shortNames: [],
  categories: [],
  scope: 'Cluster',
  verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
  subresources: {
    status: { kind: 'resource.k8s.io/v1alpha3/DeviceTaintRule', verbs: ['get', 'patch', 'update'] },
  },
};

/** The subresources of {@link DeviceTaintRule} that take an object or carry bytes. */
export interface DeviceTaintRuleSubresources {
  status: Subresource<DeviceTaintRule, 'get' | 'patch' | 'update'>;
}

export interface DeviceTaintRuleList {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  items: DeviceTaintRule[];
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** The metadata of the list: its version, and the token of the next page. */
  metadata?: ListMeta | undefined;
}

export interface DeviceTaintRuleSpec {
  deviceSelector?: DeviceTaintSelector | undefined;
  taint: DeviceTaint;
}

export interface DeviceTaintRuleStatus {
  conditions?: Condition[] | undefined;
}

export interface DeviceTaintSelector {
  device?: string | undefined;
  driver?: string | undefined;
  pool?: string | undefined;
}

export interface PoolStatus {
  allocatedDevices?: number | undefined;
  availableDevices?: number | undefined;
  driver: string;
  generation: number;
  nodeName?: string | undefined;
  poolName: string;
  resourceSliceCount?: number | undefined;
  totalDevices?: number | undefined;
  unavailableDevices?: number | undefined;
  validationError?: string | undefined;
}

/**
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#resourcepoolstatusrequest-v1alpha3-resource-k8s-io
 */
export interface ResourcePoolStatusRequest {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** Standard object's metadata: name, labels, owners. */
  metadata: ObjectMeta;
  spec: ResourcePoolStatusRequestSpec;
  status?: ResourcePoolStatusRequestStatus | undefined;
}

/**
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#resourcepoolstatusrequest-v1alpha3-resource-k8s-io
 */
export const ResourcePoolStatusRequest: Resource<ResourcePoolStatusRequest, 'Cluster', ResourcePoolStatusRequestSubresources> = {
  group: 'resource.k8s.io',
  version: 'v1alpha3',
  kind: 'ResourcePoolStatusRequest',
  plural: 'resourcepoolstatusrequests',
  singular: 'resourcepoolstatusrequest',
  shortNames: [],
  categories: [],
  scope: 'Cluster',
  verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
  subresources: {
    status: { kind: 'resource.k8s.io/v1alpha3/ResourcePoolStatusRequest', verbs: ['get', 'patch', 'update'] },
  },
};

/** The subresources of {@link ResourcePoolStatusRequest} that take an object or carry bytes. */
export interface ResourcePoolStatusRequestSubresources {
  status: Subresource<ResourcePoolStatusRequest, 'get' | 'patch' | 'update'>;
}

export interface ResourcePoolStatusRequestList {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  items: ResourcePoolStatusRequest[];
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** The metadata of the list: its version, and the token of the next page. */
  metadata?: ListMeta | undefined;
}

export interface ResourcePoolStatusRequestSpec {
  driver: string;
  limit?: number | undefined;
  poolName?: string | undefined;
}

export interface ResourcePoolStatusRequestStatus {
  conditions?: Condition[] | undefined;
  poolCount: number;
  pools?: PoolStatus[] | undefined;
}
