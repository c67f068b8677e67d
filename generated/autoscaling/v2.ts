// Made by `keelson generate`. Changes made here are lost.

import type { LabelSelector, ListMeta, ObjectMeta, Quantity, Resource, Subresource, Time } from '../../src/meta/index.js';

export interface ContainerResourceMetricSource {
  container: string;
  name: string;
  target: MetricTarget;
}

export interface ContainerResourceMetricStatus {
  container: string;
  current: MetricValueStatus;
  name: string;
}

export interface CrossVersionObjectReference {
  apiVersion?: string | undefined;
  kind: string;
  name: string;
}

export interface ExternalMetricSource {
  metric: MetricIdentifier;
  target: MetricTarget;
}

export interface ExternalMetricStatus {
  current: MetricValueStatus;
  metric: MetricIdentifier;
}

export interface HPAScalingPolicy {
  periodSeconds: number;
  type: string;
  value: number;
}

export interface HPAScalingRules {
  policies?: HPAScalingPolicy[] | undefined;
  selectPolicy?: string | undefined;
  stabilizationWindowSeconds?: number | undefined;
  tolerance?: Quantity | undefined;
}

/**
 * A horizontal pod autoscaler changes the number of pods by metrics.
 *
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#horizontalpodautoscaler-v2-autoscaling
 */
export interface HorizontalPodAutoscaler {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** Standard object's metadata: name, labels, owners. */
  metadata?: ObjectMeta | undefined;
  /** The desired state. */
  spec: HorizontalPodAutoscalerSpec;
  /** The observed state. */
  status?: HorizontalPodAutoscalerStatus | undefined;
}

/**
 * A horizontal pod autoscaler changes the number of pods by metrics.
 *
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#horizontalpodautoscaler-v2-autoscaling
 */
export const HorizontalPodAutoscaler: Resource<HorizontalPodAutoscaler, 'Namespaced', HorizontalPodAutoscalerSubresources> = {
  group: 'autoscaling',
  version: 'v2',
  kind: 'HorizontalPodAutoscaler',
  plural: 'horizontalpodautoscalers',
  singular: 'horizontalpodautoscaler',
  shortNames: ['hpa'],
  categories: ['all'],
  scope: 'Namespaced',
  verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
  subresources: {
    status: { kind: 'autoscaling/v2/HorizontalPodAutoscaler', verbs: ['get', 'patch', 'update'] },
  },
};

/** The subresources of {@link HorizontalPodAutoscaler} that take an object or carry bytes. */
export interface HorizontalPodAutoscalerSubresources {
  status: Subresource<HorizontalPodAutoscaler, 'get' | 'patch' | 'update'>;
}

export interface HorizontalPodAutoscalerBehavior {
  scaleDown?: HPAScalingRules | undefined;
  scaleUp?: HPAScalingRules | undefined;
}

export interface HorizontalPodAutoscalerCondition {
  lastTransitionTime?: Time | undefined;
  message?: string | undefined;
  reason?: string | undefined;
  status: string;
  type: string;
}

export interface HorizontalPodAutoscalerList {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  items: HorizontalPodAutoscaler[];
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** The metadata of the list: its version, and the token of the next page. */
  metadata?: ListMeta | undefined;
}

export interface HorizontalPodAutoscalerSpec {
  /** The speed of scaling up and down. */
  behavior?: HorizontalPodAutoscalerBehavior | undefined;
  /** The greatest number of pods. */
  maxReplicas: number;
  /** The metrics; the one that asks for the most pods wins. Default: 80% of the requested cpu. */
  metrics?: MetricSpec[] | undefined;
  /** The least number of pods. Default 1. */
  minReplicas?: number | undefined;
  /** The object that is scaled. */
  scaleTargetRef: CrossVersionObjectReference;
}

export interface HorizontalPodAutoscalerStatus {
  /** Conditions such as `AbleToScale`, `ScalingActive` and `ScalingLimited`. */
  conditions?: HorizontalPodAutoscalerCondition[] | undefined;
  /** The last values of the metrics. */
  currentMetrics?: MetricStatus[] | undefined;
  /** The number of pods that the autoscaler saw last. */
  currentReplicas?: number | undefined;
  /** The number of pods that it asked for last. */
  desiredReplicas: number;
  /** The time of the last change. */
  lastScaleTime?: Time | undefined;
  /** The `metadata.generation` that the controller has seen. */
  observedGeneration?: number | undefined;
}

export interface MetricIdentifier {
  name: string;
  selector?: LabelSelector | undefined;
}

export interface MetricSpec {
  containerResource?: ContainerResourceMetricSource | undefined;
  external?: ExternalMetricSource | undefined;
  object?: ObjectMetricSource | undefined;
  pods?: PodsMetricSource | undefined;
  resource?: ResourceMetricSource | undefined;
  type: string;
}

export interface MetricStatus {
  containerResource?: ContainerResourceMetricStatus | undefined;
  external?: ExternalMetricStatus | undefined;
  object?: ObjectMetricStatus | undefined;
  pods?: PodsMetricStatus | undefined;
  resource?: ResourceMetricStatus | undefined;
  type: string;
}

export interface MetricTarget {
  averageUtilization?: number | undefined;
  averageValue?: Quantity | undefined;
  type: string;
  value?: Quantity | undefined;
}

export interface MetricValueStatus {
  averageUtilization?: number | undefined;
  averageValue?: Quantity | undefined;
  value?: Quantity | undefined;
}

export interface ObjectMetricSource {
  describedObject: CrossVersionObjectReference;
  metric: MetricIdentifier;
  target: MetricTarget;
}

export interface ObjectMetricStatus {
  current: MetricValueStatus;
  describedObject: CrossVersionObjectReference;
  metric: MetricIdentifier;
}

export interface PodsMetricSource {
  metric: MetricIdentifier;
  target: MetricTarget;
}

export interface PodsMetricStatus {
  current: MetricValueStatus;
  metric: MetricIdentifier;
}

export interface ResourceMetricSource {
  name: string;
  target: MetricTarget;
}

export interface ResourceMetricStatus {
  current: MetricValueStatus;
  name: string;
}
