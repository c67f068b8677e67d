// Made by `keelson generate`. Changes made here are lost.

import type { LabelSelector, ListMeta, ObjectMeta, Resource, Subresource, Time } from '../../src/meta/index.js';
import type { ObjectReference, PodTemplateSpec } from '../core/v1.js';

/**
 * A cron job creates jobs by a schedule.
 *
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#cronjob-v1-batch
 */
export interface CronJob {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** Standard object's metadata: name, labels, owners. */
  metadata?: ObjectMeta | undefined;
  /** The desired state. */
  spec: CronJobSpec;
  /** The observed state. */
  status?: CronJobStatus | undefined;
}

/**
 * A cron job creates jobs by a schedule.
 *
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#cronjob-v1-batch
 */
export const CronJob: Resource<CronJob, 'Namespaced', CronJobSubresources> = {
  group: 'batch',
  version: 'v1',
  kind: 'CronJob',
  plural: 'cronjobs',
  singular: 'cronjob',
  shortNames: ['cj'],
  categories: ['all'],
  scope: 'Namespaced',
  verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
  subresources: {
    status: { kind: 'batch/v1/CronJob', verbs: ['get', 'patch', 'update'] },
  },
};

/** The subresources of {@link CronJob} that take an object or carry bytes. */
export interface CronJobSubresources {
  status: Subresource<CronJob, 'get' | 'patch' | 'update'>;
}

export interface CronJobList {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  items: CronJob[];
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** The metadata of the list: its version, and the token of the next page. */
  metadata?: ListMeta | undefined;
}

export interface CronJobSpec {
  /** `Allow` (default), `Forbid` (skip a run while the last one runs) or `Replace`. */
  concurrencyPolicy?: 'Allow' | 'Forbid' | 'Replace' | undefined;
  /** The number of failed jobs that are kept. Default 1. */
  failedJobsHistoryLimit?: number | undefined;
  /** The template of the jobs. */
  jobTemplate: JobTemplateSpec;
  /** Five cron fields, such as `0 3 * * *`, or a descriptor such as `@daily`. */
  schedule: string;
  /** The time in seconds by which a run may be late. Later runs count as missed. */
  startingDeadlineSeconds?: number | undefined;
  /** The number of successful jobs that are kept. Default 3. */
  successfulJobsHistoryLimit?: number | undefined;
  /** True if further runs wait. Default false. */
  suspend?: boolean | undefined;
  /** The time zone of the schedule, such as `Europe/Berlin`. Default: that of the controller. */
  timeZone?: string | undefined;
}

export interface CronJobStatus {
  /** The jobs that run now. */
  active?: ObjectReference[] | undefined;
  /** The time of the last scheduled run. */
  lastScheduleTime?: Time | undefined;
  /** The time of the last success. */
  lastSuccessfulTime?: Time | undefined;
}

/**
 * A job runs pods until enough of them succeed.
 *
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#job-v1-batch
 */
export interface Job {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** Standard object's metadata: name, labels, owners. */
  metadata?: ObjectMeta | undefined;
  /** The desired state. */
  spec?: JobSpec | undefined;
  /** The observed state. */
  status?: JobStatus | undefined;
}

/**
 * A job runs pods until enough of them succeed.
 *
 * https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#job-v1-batch
 */
export const Job: Resource<Job, 'Namespaced', JobSubresources> = {
  group: 'batch',
  version: 'v1',
  kind: 'Job',
  plural: 'jobs',
  singular: 'job',
  shortNames: [],
  categories: ['all'],
  scope: 'Namespaced',
  verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
  subresources: {
    status: { kind: 'batch/v1/Job', verbs: ['get', 'patch', 'update'] },
  },
};

/** The subresources of {@link Job} that take an object or carry bytes. */
export interface JobSubresources {
  status: Subresource<Job, 'get' | 'patch' | 'update'>;
}

export interface JobCondition {
  lastProbeTime?: Time | undefined;
  lastTransitionTime?: Time | undefined;
  message?: string | undefined;
  reason?: string | undefined;
  status: string;
  type: string;
}

export interface JobList {
  /** APIVersion defines the group and version of the object, such as `apps/v1`, or `v1` for the core group. */
  apiVersion?: string | undefined;
  items: Job[];
  /** The kind, in CamelCase. It never changes. */
  kind?: string | undefined;
  /** The metadata of the list: its version, and the token of the next page. */
  metadata?: ListMeta | undefined;
}

export interface JobSpec {
  /** The time in seconds after its start at which the job fails. */
  activeDeadlineSeconds?: number | undefined;
  /** The number of failed pods after which the job fails. Default 6. */
  backoffLimit?: number | undefined;
  /** The number of failed pods of one index after which the index fails. */
  backoffLimitPerIndex?: number | undefined;
  /** `NonIndexed` (default) or `Indexed`: whether each completion has a number. */
  completionMode?: 'Indexed' | 'NonIndexed' | undefined;
  /** The number of pods that must succeed. Default: one success ends the job. */
  completions?: number | undefined;
  /** The controller of the job. Default: the job controller of the cluster. */
  managedBy?: string | undefined;
  /** True if you choose the selector. Leave it unset. */
  manualSelector?: boolean | undefined;
  /** The number of failed indexes after which the job fails. */
  maxFailedIndexes?: number | undefined;
  /** The greatest number of pods that run at a time. Default 1. */
  parallelism?: number | undefined;
  /** Rules for failed pods by exit code or condition. */
  podFailurePolicy?: PodFailurePolicy | undefined;
  /** `TerminatingOrFailed` or `Failed`: when a pod is replaced. */
  podReplacementPolicy?: 'Failed' | 'TerminatingOrFailed' | undefined;
  /** The labels of the pods. The server chooses them. */
  selector?: LabelSelector | undefined;
  /** Rules by which an indexed job succeeds before all indexes do. */
  successPolicy?: SuccessPolicy | undefined;
  /** True if the job waits and its pods are deleted. Default false. */
  suspend?: boolean | undefined;
  /** The template of the pods. `restartPolicy` must be `Never` or `OnFailure`. */
  template: PodTemplateSpec;
  /** The time in seconds after the end at which the job is deleted. Default: never. */
  ttlSecondsAfterFinished?: number | undefined;
}

export interface JobStatus {
  /** The number of pods that are pending or running. */
  active?: number | undefined;
  /** The completed indexes, such as `1,3-5`. */
  completedIndexes?: string | undefined;
  /** The time of the success. */
  completionTime?: Time | undefined;
  /** Conditions such as `Complete`, `Failed` and `Suspended`. */
  conditions?: JobCondition[] | undefined;
  /** The number of failed pods. */
  failed?: number | undefined;
  /** The failed indexes, such as `1,3-5`. */
  failedIndexes?: string | undefined;
  /** The number of active pods that are ready. */
  ready?: number | undefined;
  /** The time at which the job started or was resumed. */
  startTime?: Time | undefined;
  /** The number of pods that succeeded. */
  succeeded?: number | undefined;
  /** The number of pods that are being deleted. */
  terminating?: number | undefined;
  /** The ended pods that are not in the counters yet. */
  uncountedTerminatedPods?: UncountedTerminatedPods | undefined;
}

export interface JobTemplateSpec {
  metadata?: ObjectMeta | undefined;
  spec?: JobSpec | undefined;
}

export interface PodFailurePolicy {
  rules: PodFailurePolicyRule[];
}

export interface PodFailurePolicyOnExitCodesRequirement {
  containerName?: string | undefined;
  operator: 'In' | 'NotIn';
  values: number[];
}

export interface PodFailurePolicyOnPodConditionsPattern {
  status?: string | undefined;
  type: string;
}

export interface PodFailurePolicyRule {
  action: 'Count' | 'FailIndex' | 'FailJob' | 'Ignore';
  onExitCodes?: PodFailurePolicyOnExitCodesRequirement | undefined;
  onPodConditions?: PodFailurePolicyOnPodConditionsPattern[] | undefined;
}

export interface SuccessPolicy {
  rules: SuccessPolicyRule[];
}

export interface SuccessPolicyRule {
  succeededCount?: number | undefined;
  succeededIndexes?: string | undefined;
}

export interface UncountedTerminatedPods {
  failed?: string[] | undefined;
  succeeded?: string[] | undefined;
}
