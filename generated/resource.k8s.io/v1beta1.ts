// Made by `keelson generate`. Changes made here are lost.

import type { Condition, ListMeta, ObjectMeta, Quantity, RawExtension, Resource, Subresource, Time } from '../../src/meta/index.js';
import type { NodeSelector } from '../core/v1.js';

export interface AllocatedDeviceStatus {
  conditions?: Condition[] | undefined;
  data?: RawExtension | undefined;
  device: string;
  driver: string;
  networkData?: NetworkDeviceData | undefined;
  pool: string;
  shareID?: string | undefined;
}

export interface AllocationResult {
  allocationTimestamp?: Time | undefined;
  devices?: DeviceAllocationResult | undefined;
  nodeSelector?: NodeSelector | undefined;
}

export interface BasicDevice {
  allNodes?: boolean | undefined;
  allowMultipleAllocations?: boolean | undefined;
  attributes?: { [key: string]: DeviceAttribute } | undefined;
  bindingConditions?: string[] | undefined;
  bindingFailureConditions?: string[] | undefined;
  bindsToNode?: boolean | undefined;
  capacity?: { [key: string]: DeviceCapacity } | undefined;
  consumesCounters?: DeviceCounterConsumption[] | undefined;
  nodeAllocatableResourceMappings?: { [key: string]: NodeAllocatableResourceMapping } | undefined;
  nodeName?: string | undefined;
  nodeSelector?: NodeSelector | undefined;
  taints?: DeviceTaint[] | undefined;
}

export interface CELDeviceSelector {
  expression: string;
}

export interface CapacityRequestPolicy {
  default?: Quantity | undefined;
  validRange?: CapacityRequestPolicyRange | undefined;
  validValues?: Quantity[] | undefined;
}

export interface CapacityRequestPolicyRange {
  max?: Quantity | undefined;
  min: Quantity;
  step?: Quantity | undefined;
}

export interface CapacityRequirements {
  requests?: { [key: string]: Quantity } | undefined;
}

export interface Counter {
  value: Quantity;
}

export interface CounterSet {
  counters: { [key: string]: Counter };
  name: string;
}

export interface Device {
  basic?: BasicDevice | undefined;
  name: string;
}

export interface DeviceAllocationConfiguration {
  opaque?: OpaqueDeviceConfiguration | undefined;
  requests?: string[] | undefined;
  source: 'FromClaim' | 'FromClass';
}

export interface DeviceAllocationResult {
  config?: DeviceAllocationConfiguration[] | undefined;
  results?: DeviceRequestAllocationResult[] | undefined;
}

export interface DeviceAttribute {
  bool?: boolean | undefined;
  bools?: boolean[] | undefined;
  int?: number | undefined;
  ints?: number[] | undefined;
  string?: string | undefined;
  strings?: string[] | undefined;
  version?: string | undefined;
  versions?: string[] | undefined;
}

export interface DeviceCapacity {
  requestPolicy?: CapacityRequestPolicy | undefined;
  value: Quantity;
}

export interface DeviceClaim {
  config?: DeviceClaimConfiguration[] | undefined;
  constraints?: DeviceConstraint[] | undefined;
  requests?: DeviceRequest[] | undefined;
}

export interface DeviceClaimConfiguration {
  opaque?: OpaqueDeviceConfiguration | undefined;
  requests?: string[] | undefined;
}

/** https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#deviceclass-v1beta1-resource-k8s-io */
export interface DeviceClass {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** Standard object's metadata: name, labels, owners. */
  metadata?: ObjectMeta | undefined;
  spec: DeviceClassSpec;
}

/** https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#deviceclass-v1beta1-resource-k8s-io */
export const DeviceClass: Resource<DeviceClass, 'Cluster'> = {
  group: 'resource.k8s.io',
  version: 'v1beta1',
  kind: 'DeviceClass',
  plural: 'deviceclasses',
  singular: 'deviceclass',
  shortNames: [],
  categories: [],
  scope: 'Cluster',
  verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
  subresources: {},
};

export interface DeviceClassConfiguration {
  opaque?: OpaqueDeviceConfiguration | undefined;
}

export interface DeviceClassList {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  items: DeviceClass[];
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** The metadata of the list: its version, and the token of the next page. */
  metadata?: ListMeta | undefined;
}

export interface DeviceClassSpec {
  config?: DeviceClassConfiguration[] | undefined;
  extendedResourceName?: string | undefined;
  selectors?: DeviceSelector[] | undefined;
}

export interface DeviceConstraint {
  distinctAttribute?: string | undefined;
  matchAttribute?: string | undefined;
  requests?: string[] | undefined;
}

export interface DeviceCounterConsumption {
  counterSet: string;
  counters: { [key: string]: Counter };
}

export interface DeviceRequest {
  adminAccess?: boolean | undefined;
  allocationMode?: 'All' | 'ExactCount' | undefined;
  capacity?: CapacityRequirements | undefined;
  count?: number | undefined;
  deviceClassName?: string | undefined;
  firstAvailable?: DeviceSubRequest[] | undefined;
  name: string;
  selectors?: DeviceSelector[] | undefined;
  tolerations?: DeviceToleration[] | undefined;
}

export interface DeviceRequestAllocationResult {
  adminAccess?: boolean | undefined;
  bindingConditions?: string[] | undefined;
  bindingFailureConditions?: string[] | undefined;
  consumedCapacity?: { [key: string]: Quantity } | undefined;
  device: string;
  driver: string;
  pool: string;
  request: string;
  shareID?: string | undefined;
  tolerations?: DeviceToleration[] | undefined;
}

export interface DeviceSelector {
  cel?: CELDeviceSelector | undefined;
}

export interface DeviceSubRequest {
  allocationMode?: 'All' | 'ExactCount' | undefined;
  capacity?: CapacityRequirements | undefined;
  count?: number | undefined;
  deviceClassName: string;
  name: string;
  selectors?: DeviceSelector[] | undefined;
  tolerations?: DeviceToleration[] | undefined;
}

export interface DeviceTaint {
  effect: 'NoExecute' | 'NoSchedule' | 'None';
  key: string;
  timeAdded?: Time | undefined;
  value?: string | undefined;
}

export interface DeviceToleration {
  effect?: 'NoExecute' | 'NoSchedule' | 'None' | undefined;
  key?: string | undefined;
  operator?: 'Equal' | 'Exists' | undefined;
  tolerationSeconds?: number | undefined;
  value?: string | undefined;
}

export interface NetworkDeviceData {
  hardwareAddress?: string | undefined;
  interfaceName?: string | undefined;
  ips?: string[] | undefined;
}

export interface NodeAllocatableResourceMapping {
  allocationMultiplier?: Quantity | undefined;
  capacityKey?: string | undefined;
}

export interface OpaqueDeviceConfiguration {
  driver: string;
  parameters: RawExtension;
}

/** https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#resourceclaim-v1beta1-resource-k8s-io */
export interface ResourceClaim {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** Standard object's metadata: name, labels, owners. */
  metadata?: ObjectMeta | undefined;
  spec: ResourceClaimSpec;
  status?: ResourceClaimStatus | undefined;
}

/** https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#resourceclaim-v1beta1-resource-k8s-io */
export const ResourceClaim: Resource<ResourceClaim, 'Namespaced', ResourceClaimSubresources> = {
  group: 'resource.k8s.io',
  version: 'v1beta1',
  kind: 'ResourceClaim',
  plural: 'resourceclaims',
  singular: 'resourceclaim',
  shortNames: [],
  categories: [],
  scope: 'Namespaced',
  verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
  subresources: {
    status: { kind: 'resource.k8s.io/v1beta1/ResourceClaim', verbs: ['get', 'patch', 'update'] },
  },
};

/** The subresources of {@link ResourceClaim} that take an object or carry bytes. */
export interface ResourceClaimSubresources {
  status: Subresource<ResourceClaim, 'get' | 'patch' | 'update'>;
}

export interface ResourceClaimConsumerReference {
  apiGroup?: string | undefined;
  name: string;
  resource: string;
  uid: string;
}

export interface ResourceClaimList {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  items: ResourceClaim[];
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** The metadata of the list: its version, and the token of the next page. */
  metadata?: ListMeta | undefined;
}

export interface ResourceClaimSpec {
  devices?: DeviceClaim | undefined;
}

export interface ResourceClaimStatus {
  allocation?: AllocationResult | undefined;
  devices?: AllocatedDeviceStatus[] | undefined;
  reservedFor?: ResourceClaimConsumerReference[] | undefined;
}

/**
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#resourceclaimtemplate-v1beta1-resource-k8s-io
 */
export interface ResourceClaimTemplate {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** Standard object's metadata: name, labels, owners. */
  metadata?: ObjectMeta | undefined;
  spec: ResourceClaimTemplateSpec;
}

/**
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#resourceclaimtemplate-v1beta1-resource-k8s-io
 */
export const ResourceClaimTemplate: Resource<ResourceClaimTemplate, 'Namespaced'> = {
  group: 'resource.k8s.io',
  version: 'v1beta1',
  kind: 'ResourceClaimTemplate',
  plural: 'resourceclaimtemplates',
  singular: 'resourceclaimtemplate',
  shortNames: [],
  categories: [],
  scope: 'Namespaced',
  verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
  subresources: {},
};

export interface ResourceClaimTemplateList {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  items: ResourceClaimTemplate[];
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** The metadata of the list: its version, and the token of the next page. */
  metadata?: ListMeta | undefined;
}

export interface ResourceClaimTemplateSpec {
  metadata?: ObjectMeta | undefined;
  spec: ResourceClaimSpec;
}

export interface ResourcePool {
  generation: number;
  name: string;
  resourceSliceCount: number;
}

/** https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#resourceslice-v1beta1-resource-k8s-io */
export interface ResourceSlice {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** Standard object's metadata: name, labels, owners. */
  metadata?: ObjectMeta | undefined;
  spec: ResourceSliceSpec;
}

/** https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#resourceslice-v1beta1-resource-k8s-io */
export const ResourceSlice: Resource<ResourceSlice, 'Cluster'> = {
  group: 'resource.k8s.io',
  version: 'v1beta1',
  kind: 'ResourceSlice',
  plural: 'resourceslices',
  singular: 'resourceslice',
  shortNames: [],
  categories: [],
  scope: 'Cluster',
  verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
  subresources: {},
};

export interface ResourceSliceList {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  items: ResourceSlice[];
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** The metadata of the list: its version, and the token of the next page. */
  metadata?: ListMeta | undefined;
}

export interface ResourceSliceSpec {
  allNodes?: boolean | undefined;
  devices?: Device[] | undefined;
  driver: string;
  nodeName?: string | undefined;
  nodeSelector?: NodeSelector | undefined;
  perDeviceNodeSelection?: boolean | undefined;
  pool: ResourcePool;
  sharedCounters?: CounterSet[] | undefined;
}
