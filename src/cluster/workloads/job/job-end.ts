import type { JobCondition } from '../../../../generated/batch/v1.js';
import { findCondition, parseTime } from '../../../meta/index.js';
import { failureVerdict } from './failure-policy.js';
import type { JobProgress } from './job-progress.js';
import { isPodFailed, type JobDraft, newJobCondition } from './job-state.js';
import { successMessage } from './success-policy.js';

/**
 * Returns the condition that ends a Job, if its pods or the time say so: `FailureTarget` or `SuccessCriteriaMet` at first, and the final
 * `Failed` once `FailureTarget` is stored. Its pods are deleted then, and the Job is finished when they are gone.
 */
export function endOf(job: JobDraft, progress: JobProgress, now: number): JobCondition | undefined {
  const { spec, status } = job;
  const met = findCondition(status?.conditions, 'SuccessCriteriaMet');
  if (met?.status === 'True') return met;
  const target = findCondition(status?.conditions, 'FailureTarget');
  if (target?.status === 'True') return newJobCondition('Failed', target.reason ?? '', target.message ?? '', now);
  const fail = (reason: string, message: string) => newJobCondition('FailureTarget', reason, message, now);
  const policy = spec?.podFailurePolicy;
  if (policy !== undefined) {
    const failed = progress.pods.filter((pod) => isPodFailed(pod, job));
    const message = failed.map((pod) => failureVerdict(policy.rules, pod).message).find((one) => one !== undefined);
    if (message !== undefined) return fail('PodFailurePolicy', message);
  }
  const limit = spec?.backoffLimit ?? 6;
  if (progress.failed > limit || hasRestartedTooOften(job, progress, limit))
    return fail('BackoffLimitExceeded', 'Job has reached the specified backoff limit');
  const left = untilDeadline(job, now);
  if (left !== undefined && left <= 0) return fail('DeadlineExceeded', 'Job was active longer than specified deadline');
  const { failedIndexes, succeededIndexes } = progress;
  const completions = spec?.completions ?? 0;
  if (failedIndexes !== undefined) {
    if (spec?.maxFailedIndexes !== undefined && failedIndexes.size > spec.maxFailedIndexes)
      return fail('MaxFailedIndexesExceeded', 'Job has exceeded the specified maximal number of failed indexes');
    if (failedIndexes.size > 0 && failedIndexes.size + succeededIndexes.size >= completions)
      return fail('FailedIndexes', 'Job has failed indexes');
  }
  const message = successMessage(spec?.successPolicy?.rules, completions, succeededIndexes);
  return message === undefined ? undefined : newJobCondition('SuccessCriteriaMet', 'SuccessPolicy', message, now);
}

/** Returns the milliseconds until `activeDeadlineSeconds` is over, or undefined when the time does not run. */
export function untilDeadline({ spec, status }: JobDraft, now: number): number | undefined {
  if (spec?.activeDeadlineSeconds === undefined || status?.startTime === undefined || spec.suspend === true)
    return undefined;
  return parseTime(status.startTime) + spec.activeDeadlineSeconds * 1000 - now;
}

/** Reports whether containers that the kubelet restarts in place failed as often as the back-off limit says. */
function hasRestartedTooOften({ spec }: JobDraft, { pods }: JobProgress, limit: number): boolean {
  if (spec?.template.spec?.restartPolicy !== 'OnFailure') return false;
  const live = pods.filter(({ status }) => status?.phase === 'Running' || status?.phase === 'Pending');
  const restarts = live
    .flatMap(({ status }) => [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])])
    .reduce((sum, { restartCount }) => sum + restartCount, 0);
  return limit === 0 ? restarts > 0 : restarts >= limit;
}
