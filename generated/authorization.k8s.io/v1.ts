// Made by `keelson generate`. Changes made here are lost.

import type { CreateOnly, FieldSelectorRequirement, LabelSelectorRequirement, ObjectMeta, Resource } from '../../src/meta/index.js';

export interface FieldSelectorAttributes {
  rawSelector?: string | undefined;
  requirements?: FieldSelectorRequirement[] | undefined;
}

export interface LabelSelectorAttributes {
  rawSelector?: string | undefined;
  requirements?: LabelSelectorRequirement[] | undefined;
}

/**
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#localsubjectaccessreview-v1-authorization-k8s-io
 */
export interface LocalSubjectAccessReview {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** Standard object's metadata: name, labels, owners. */
  metadata?: ObjectMeta | undefined;
  spec: SubjectAccessReviewSpec;
  status?: SubjectAccessReviewStatus | undefined;
}

/**
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#localsubjectaccessreview-v1-authorization-k8s-io
 */
export const LocalSubjectAccessReview: Resource<LocalSubjectAccessReview, 'Namespaced', CreateOnly> = {
  group: 'authorization.k8s.io',
  version: 'v1',
  kind: 'LocalSubjectAccessReview',
  plural: 'localsubjectaccessreviews',
  singular: 'localsubjectaccessreview',
  shortNames: [],
  categories: [],
  scope: 'Namespaced',
  verbs: ['create'],
  subresources: {},
};

export interface NonResourceAttributes {
  path?: string | undefined;
  verb?: string | undefined;
}

export interface NonResourceRule {
  nonResourceURLs?: string[] | undefined;
  verbs: string[];
}

export interface ResourceAttributes {
  fieldSelector?: FieldSelectorAttributes | undefined;
  group?: string | undefined;
  labelSelector?: LabelSelectorAttributes | undefined;
  name?: string | undefined;
  namespace?: string | undefined;
  resource?: string | undefined;
  subresource?: string | undefined;
  verb?: string | undefined;
  version?: string | undefined;
}

export interface ResourceRule {
  apiGroups?: string[] | undefined;
  resourceNames?: string[] | undefined;
  resources?: string[] | undefined;
  verbs: string[];
}

/**
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#selfsubjectaccessreview-v1-authorization-k8s-io
 */
export interface SelfSubjectAccessReview {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** Standard object's metadata: name, labels, owners. */
  metadata?: ObjectMeta | undefined;
  spec: SelfSubjectAccessReviewSpec;
  status?: SubjectAccessReviewStatus | undefined;
}

/**
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#selfsubjectaccessreview-v1-authorization-k8s-io
 */
export const SelfSubjectAccessReview: Resource<SelfSubjectAccessReview, 'Cluster', CreateOnly> = {
  group: 'authorization.k8s.io',
  version: 'v1',
  kind: 'SelfSubjectAccessReview',
  plural: 'selfsubjectaccessreviews',
  singular: 'selfsubjectaccessreview',
  shortNames: [],
  categories: [],
  scope: 'Cluster',
  verbs: ['create'],
  subresources: {},
};

export interface SelfSubjectAccessReviewSpec {
  nonResourceAttributes?: NonResourceAttributes | undefined;
  resourceAttributes?: ResourceAttributes | undefined;
}

/**
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#selfsubjectrulesreview-v1-authorization-k8s-io
 */
export interface SelfSubjectRulesReview {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** Standard object's metadata: name, labels, owners. */
  metadata?: ObjectMeta | undefined;
  spec: SelfSubjectRulesReviewSpec;
  status?: SubjectRulesReviewStatus | undefined;
}

/**
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#selfsubjectrulesreview-v1-authorization-k8s-io
 */
export const SelfSubjectRulesReview: Resource<SelfSubjectRulesReview, 'Cluster', CreateOnly> = {
  group: 'authorization.k8s.io',
  version: 'v1',
  kind: 'SelfSubjectRulesReview',
  plural: 'selfsubjectrulesreviews',
  singular: 'selfsubjectrulesreview',
  shortNames: [],
  categories: [],
  scope: 'Cluster',
  verbs: ['create'],
  subresources: {},
};

export interface SelfSubjectRulesReviewSpec {
  namespace?: string | undefined;
}

/** https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#subjectaccessreview-v1-authorization-k8s-io */
export interface SubjectAccessReview {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** Standard object's metadata: name, labels, owners. */
  metadata?: ObjectMeta | undefined;
  spec: SubjectAccessReviewSpec;
  status?: SubjectAccessReviewStatus | undefined;
}

/** https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#subjectaccessreview-v1-authorization-k8s-io */
export const SubjectAccessReview: Resource<SubjectAccessReview, 'Cluster', CreateOnly> = {
  group: 'authorization.k8s.io',
  version: 'v1',
  kind: 'SubjectAccessReview',
  plural: 'subjectaccessreviews',
  singular: 'subjectaccessreview',
  shortNames: [],
  categories: [],
  scope: 'Cluster',
  verbs: ['create'],
  subresources: {},
};

export interface SubjectAccessReviewSpec {
  extra?: { [key: string]: string[] } | undefined;
  groups?: string[] | undefined;
  nonResourceAttributes?: NonResourceAttributes | undefined;
  resourceAttributes?: ResourceAttributes | undefined;
  uid?: string | undefined;
  user?: string | undefined;
}

export interface SubjectAccessReviewStatus {
  allowed: boolean;
  denied?: boolean | undefined;
  evaluationError?: string | undefined;
  reason?: string | undefined;
}

export interface SubjectRulesReviewStatus {
  evaluationError?: string | undefined;
  incomplete: boolean;
  nonResourceRules: NonResourceRule[];
  resourceRules: ResourceRule[];
}
