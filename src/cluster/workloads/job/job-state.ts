import type { Job, JobCondition } from '../../../../generated/batch/v1.js';
import { type DeepReadonly, findCondition, formatTime, type Stored } from '../../../meta/index.js';
import type { CachedPod } from '../pods/pod-state.js';

/** A Job that a reconcile may change. */
export type JobDraft = Stored<Job, 'Namespaced'>;

/** The finalizer that keeps a pod until its Job has counted it. */
export const TRACKING = 'batch.kubernetes.io/job-tracking';
/** The annotation and label with a pod's completion index. */
export const INDEX = 'batch.kubernetes.io/job-completion-index';
const FAILURES = 'batch.kubernetes.io/job-index-failure-count';
const IGNORED = 'batch.kubernetes.io/job-index-ignored-failure-count';

type AnyJob = DeepReadonly<Pick<Job, 'spec' | 'status'>>;

/** Reports whether a Job has completed or failed. */
export function isJobFinished({ status }: AnyJob): boolean {
  return (
    findCondition(status?.conditions, 'Complete')?.status === 'True' ||
    findCondition(status?.conditions, 'Failed')?.status === 'True'
  );
}

/** Reports whether another controller than the built-in one runs a Job. */
export function isManagedElsewhere({ spec }: AnyJob): boolean {
  return spec?.managedBy !== undefined && spec.managedBy !== 'kubernetes.io/job-controller';
}

/** Reports whether each pod of a Job has an index. */
export function isIndexed({ spec }: AnyJob): boolean {
  return spec?.completionMode === 'Indexed';
}

/** Reports whether a Job replaces only pods that have failed, and not those being deleted. */
export function replacesFailedOnly({ spec }: AnyJob): boolean {
  return spec?.podReplacementPolicy === 'Failed' || spec?.podFailurePolicy !== undefined;
}

/** Reports whether a pod counts as failed. One being deleted does, unless the Job waits for its end. */
export function isPodFailed(pod: CachedPod, job: AnyJob): boolean {
  const phase = pod.status?.phase;
  if (phase === 'Failed') return true;
  return !replacesFailedOnly(job) && pod.metadata.deletionTimestamp !== undefined && phase !== 'Succeeded';
}

/** Reports whether a pod waits to be counted. */
export function isTracked({ metadata }: CachedPod): boolean {
  return metadata.finalizers?.includes(TRACKING) === true;
}

/** Returns the completion index of a pod, or undefined without one. */
export function indexOf({ metadata }: CachedPod): number | undefined {
  const text = metadata.annotations?.[INDEX];
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

/** Returns how often the pods of an index failed before this pod, with and without the failures that a policy ignores. */
export function indexFailures({ metadata }: CachedPod): { readonly counted: number; readonly all: number } {
  const counted = countOf(metadata.annotations?.[FAILURES]);
  return { counted, all: counted + countOf(metadata.annotations?.[IGNORED]) };
}

/** Returns the annotations with the failures of an index. */
export function failureAnnotations(counted: number, ignored: number): Record<string, string> {
  return { [FAILURES]: String(counted), ...(ignored > 0 ? { [IGNORED]: String(ignored) } : {}) };
}

function countOf(text: string | undefined): number {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : 0;
}

/** Returns a condition that becomes true now. */
export function newJobCondition(type: string, reason: string, message: string, now: number): JobCondition {
  const time = formatTime(now);
  return { type, status: 'True', lastProbeTime: time, lastTransitionTime: time, reason, message };
}

/** Returns the conditions with one set, or the same list when nothing changes. A condition that was never true does not become false. */
export function withCondition(conditions: readonly JobCondition[], condition: JobCondition): readonly JobCondition[] {
  const at = conditions.findIndex(({ type }) => type === condition.type);
  const current = conditions[at];
  if (current === undefined) return condition.status === 'False' ? conditions : [...conditions, condition];
  const isSame =
    current.status === condition.status && current.reason === condition.reason && current.message === condition.message;
  return isSame ? conditions : conditions.with(at, condition);
}
