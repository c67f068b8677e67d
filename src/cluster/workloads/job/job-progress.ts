import type { CachedPod } from '../pods/pod-state.js';
import { isPodActive, isPodReady, isPodTerminating } from '../pods/pod-state.js';
import { finishedAt } from './back-off.js';
import { failureVerdict } from './failure-policy.js';
import { IndexSet } from './index-intervals.js';
import { indexFailures, indexOf, isIndexed, isPodFailed, isTracked, type JobDraft } from './job-state.js';

/** The state of a Job as its pods tell it. */
export interface JobProgress {
  readonly pods: readonly CachedPod[];
  readonly activePods: readonly CachedPod[];
  /** The pods that succeeded or failed and are not counted in the status yet. */
  readonly newSucceeded: readonly CachedPod[];
  readonly newFailed: readonly CachedPod[];
  readonly succeeded: number;
  readonly failed: number;
  /** The indexes that the status names as succeeded. */
  readonly oldIndexes: IndexSet;
  readonly succeededIndexes: IndexSet;
  /** The failed indexes of a Job with a limit for each index. */
  readonly failedIndexes: IndexSet | undefined;
  /** The failed pod of each index that its replacement counts on. */
  readonly replaceable: ReadonlyMap<number, CachedPod>;
  ready: number;
  terminating: number;
}

/** Counts the pods of a Job. */
export function jobProgress(job: JobDraft, pods: readonly CachedPod[]): JobProgress {
  const { spec, status } = job;
  const completions = spec?.completions ?? 0;
  const uncounted = status?.uncountedTerminatedPods;
  const isValid = (pod: CachedPod) =>
    isTracked(pod) && (!isIndexed(job) || (indexOf(pod) ?? completions) < completions);
  const rules = spec?.podFailurePolicy?.rules;
  const valid = pods.filter(isValid);
  const newSucceeded = valid.filter(
    (pod) => pod.status?.phase === 'Succeeded' && uncounted?.succeeded?.includes(pod.metadata.uid) !== true,
  );
  const newFailed = valid.filter(
    (pod) => isPodFailed(pod, job) && uncounted?.failed?.includes(pod.metadata.uid) !== true,
  );
  const oldIndexes = IndexSet.parse(isIndexed(job) ? status?.completedIndexes : undefined, completions);
  const succeededIndexes = oldIndexes.with(indexesOf(valid.filter((pod) => pod.status?.phase === 'Succeeded')));
  const countSucceeded = (status?.succeeded ?? 0) + newSucceeded.length + (uncounted?.succeeded?.length ?? 0);
  const counted = newFailed.filter((pod) => failureVerdict(rules, pod).counts);
  const perIndex = isIndexed(job) && spec?.backoffLimitPerIndex !== undefined;
  const failedIndexes = perIndex
    ? IndexSet.parse(status?.failedIndexes, completions).with(indexesOf(valid.filter((pod) => failsIndex(pod, job))))
    : undefined;
  const activePods = pods.filter(isPodActive);
  return {
    pods,
    activePods,
    newSucceeded,
    newFailed,
    succeeded: isIndexed(job) ? succeededIndexes.size : countSucceeded,
    failed: (status?.failed ?? 0) + counted.length + (uncounted?.failed?.length ?? 0),
    oldIndexes,
    succeededIndexes,
    failedIndexes,
    replaceable:
      failedIndexes === undefined
        ? new Map()
        : lastFailures(
            valid.filter((pod) => isPodFailed(pod, job)),
            succeededIndexes.union(failedIndexes).with(indexesOf(activePods)),
          ),
    ready: activePods.filter(isPodReady).length,
    terminating: pods.filter(isPodTerminating).length,
  };
}

/** Returns the indexes of some pods. */
export function indexesOf(pods: readonly CachedPod[]): number[] {
  return pods.flatMap((pod) => indexOf(pod) ?? []);
}

/** Reports whether the failure of a pod is the last one that its index may have. */
function failsIndex(pod: CachedPod, job: JobDraft): boolean {
  if (!isPodFailed(pod, job)) return false;
  const { counts, action } = failureVerdict(job.spec?.podFailurePolicy?.rules, pod);
  if (action === 'FailIndex') return true;
  return counts && indexFailures(pod).counted >= (job.spec?.backoffLimitPerIndex ?? 0);
}

/** Returns the failed pod with the most failures of each index that has to be tried again. */
function lastFailures(failed: readonly CachedPod[], settled: IndexSet): Map<number, CachedPod> {
  const last = new Map<number, CachedPod>();
  for (const pod of failed) {
    const index = indexOf(pod);
    if (index === undefined || settled.has(index)) continue;
    const before = last.get(index);
    const isLater =
      before === undefined ||
      (indexFailures(before).all <= indexFailures(pod).all && finishedAt(pod) >= finishedAt(before));
    if (isLater) last.set(index, pod);
  }
  return last;
}
