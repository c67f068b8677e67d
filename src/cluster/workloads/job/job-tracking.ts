import { Job, type JobCondition } from '../../../../generated/batch/v1.js';
import { Pod } from '../../../../generated/core/v1.js';
import { isNotFound } from '../../../errors/index.js';
import { findCondition } from '../../../meta/index.js';
import { settleAll } from '../base/api-faults.js';
import type { PodControl } from '../pods/pod-control.js';
import type { CachedPod } from '../pods/pod-state.js';
import { failureVerdict } from './failure-policy.js';
import { untrackPatch } from './job-pods.js';
import type { JobProgress } from './job-progress.js';
import {
  indexOf,
  isIndexed,
  isPodFailed,
  isTracked,
  type JobDraft,
  newJobCondition,
  withCondition,
} from './job-state.js';

/** The most pods that a status names before they are counted. */
const MOST_UNCOUNTED = 500;

/**
 * Counts the pods that ended, each exactly once, and finishes the Job when `end` says so and every pod is counted.
 *
 * First the status names the pods by uid, then they lose their finalizer, and then they move from the names to the counts. A process
 * that stops in between leaves a state from which the next one goes on.
 */
export async function trackPods(
  job: JobDraft,
  progress: JobProgress,
  end: JobCondition | undefined,
  needsWrite: boolean,
  control: PodControl & { readonly now: number },
): Promise<void> {
  const tracking = new JobTracking(job, progress, control);
  await tracking.run(end, needsWrite);
}

class JobTracking {
  readonly #job: JobDraft;
  readonly #progress: JobProgress;
  readonly #control: PodControl & { readonly now: number };
  readonly #tracked: Set<string>;

  constructor(job: JobDraft, progress: JobProgress, control: PodControl & { readonly now: number }) {
    this.#job = job;
    this.#progress = progress;
    this.#control = control;
    this.#tracked = new Set(progress.pods.filter(isTracked).map(({ metadata }) => metadata.uid));
  }

  async run(given: JobCondition | undefined, needsWrite: boolean): Promise<void> {
    let isDirty = this.#count() || needsWrite;
    const { pods, named, isFull } = this.#takeFinished(given);
    isDirty = named || isDirty;
    const end = this.#noteEnd(given);
    isDirty = end.noted || isDirty;
    if (isDirty) await this.#write();
    await this.#release(pods);
    isDirty = this.#count();
    const isOver = !isFull && this.#finish(end.final);
    if (isDirty || isOver) await this.#write();
    if (isOver && end.final !== undefined) this.#tell(end.final);
  }

  /** Moves the pods without a finalizer from the names to the counts. Returns whether there were any. */
  #count(): boolean {
    const { status } = this.#job;
    const uncounted = status?.uncountedTerminatedPods;
    if (status === undefined || uncounted === undefined) return false;
    const keep = (uids: readonly string[] | undefined) => uids?.filter((uid) => this.#tracked.has(uid)) ?? [];
    const [succeeded, failed] = [keep(uncounted.succeeded), keep(uncounted.failed)];
    const gone = [
      (uncounted.succeeded?.length ?? 0) - succeeded.length,
      (uncounted.failed?.length ?? 0) - failed.length,
    ] as const;
    if (gone[0] > 0) status.succeeded = (status.succeeded ?? 0) + gone[0];
    if (gone[1] > 0) status.failed = (status.failed ?? 0) + gone[1];
    uncounted.succeeded = succeeded.length > 0 ? succeeded : undefined;
    uncounted.failed = failed.length > 0 ? failed : undefined;
    return gone[0] > 0 || gone[1] > 0;
  }

  /** Names the pods that ended in the status. Returns those that may lose their finalizer. */
  #takeFinished(end: JobCondition | undefined): { pods: CachedPod[]; named: boolean; isFull: boolean } {
    const job = this.#job;
    const { status } = job;
    const uncounted = status?.uncountedTerminatedPods ?? {};
    const [succeeded, failed] = [new Set(uncounted.succeeded), new Set(uncounted.failed)];
    const completions = job.spec?.completions ?? 0;
    const pods: CachedPod[] = [];
    const indexes: number[] = [];
    let named = false;
    let isFull = false;
    for (const pod of this.#inOrder()) {
      const isFailed = isPodFailed(pod, job);
      if (!isTracked(pod) || !this.#mayLeave(pod, isFailed, end)) continue;
      pods.push(pod);
      const { uid } = pod.metadata;
      const index = indexOf(pod);
      const hasIndex = index !== undefined && index < completions;
      if (pod.status?.phase === 'Succeeded' && !failed.has(uid)) {
        if (isIndexed(job)) {
          if (hasIndex && !this.#progress.oldIndexes.has(index)) indexes.push(index);
        } else if (!succeeded.has(uid)) {
          succeeded.add(uid);
          named = true;
        }
      } else if (isFailed || (end !== undefined && end.type !== 'SuccessCriteriaMet')) {
        const counts = failureVerdict(job.spec?.podFailurePolicy?.rules, pod).counts;
        if (!failed.has(uid) && (!isIndexed(job) || hasIndex) && counts) {
          failed.add(uid);
          named = true;
        }
      }
      isFull = indexes.length + succeeded.size + failed.size >= MOST_UNCOUNTED;
      if (isFull) break;
    }
    uncounted.succeeded = succeeded.size > 0 ? [...succeeded] : undefined;
    uncounted.failed = failed.size > 0 ? [...failed] : undefined;
    return { pods, named: this.#noteIndexes(indexes) || named, isFull };
  }

  #inOrder(): readonly CachedPod[] {
    const { pods } = this.#progress;
    return isIndexed(this.#job) ? [...pods].sort((a, b) => (indexOf(a) ?? -1) - (indexOf(b) ?? -1)) : pods;
  }

  #mayLeave(pod: CachedPod, isFailed: boolean, end: JobCondition | undefined): boolean {
    const isOver = this.#job.metadata.deletionTimestamp !== undefined || end !== undefined;
    if (isOver || pod.status?.phase === 'Succeeded') return true;
    if (!isFailed) return false;
    // The replacement of this pod reads from it how often its index has failed.
    const index = indexOf(pod);
    return index === undefined || this.#progress.replaceable.get(index)?.metadata.uid !== pod.metadata.uid;
  }

  #noteIndexes(indexes: readonly number[]): boolean {
    const { status } = this.#job;
    if (status === undefined || !isIndexed(this.#job)) return false;
    const completed = this.#progress.succeededIndexes.with(indexes);
    const [text, failedText] = [completed.toString(), this.#progress.failedIndexes?.toString()];
    const changed =
      indexes.length > 0 || text !== (status.completedIndexes ?? '') || failedText !== status.failedIndexes;
    status.succeeded = completed.size > 0 ? completed.size : undefined;
    status.completedIndexes = text === '' ? undefined : text;
    status.failedIndexes = failedText;
    return changed;
  }

  /** Adds the condition that announces the end. Returns the condition that the Job ends with. */
  #noteEnd(end: JobCondition | undefined): { final: JobCondition | undefined; noted: boolean } {
    const { status } = this.#job;
    if (end === undefined || status === undefined) return { final: end, noted: false };
    const isTarget = end.type === 'FailureTarget';
    if (!isTarget && end.type !== 'SuccessCriteriaMet') return { final: end, noted: false };
    const noted = isTarget || findCondition(status.conditions, end.type)?.status !== 'True';
    if (noted) status.conditions = [...(status.conditions ?? []), end];
    const { reason = '', message = '' } = end;
    return { final: newJobCondition(isTarget ? 'Failed' : 'Complete', reason, message, this.#control.now), noted };
  }

  #finish(end: JobCondition | undefined): boolean {
    const { status } = this.#job;
    if (end === undefined || status === undefined || this.#progress.terminating > 0) return false;
    const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {};
    if (succeeded.length + failed.length > 0) return false;
    status.conditions = [...withCondition(status.conditions ?? [], end)];
    if (end.type === 'Complete') status.completionTime = end.lastTransitionTime;
    return true;
  }

  async #release(pods: readonly CachedPod[]): Promise<void> {
    const { cluster, signal } = this.#control;
    const client = cluster.resource(Pod).in(this.#job.metadata.namespace);
    const release = async ({ metadata }: CachedPod): Promise<void> => {
      try {
        await client.patch(metadata.name, untrackPatch(), { signal });
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
      this.#tracked.delete(metadata.uid);
    };
    try {
      await settleAll(pods.map(release));
    } catch (error) {
      if (this.#count()) await this.#write();
      throw error;
    }
  }

  #tell({ type, reason = '', message = '' }: JobCondition): void {
    const { events } = this.#control;
    const job = this.#job;
    if (type !== 'Complete') {
      events.warning(job, reason, message);
      return;
    }
    const { completions } = job.spec ?? {};
    if (completions !== undefined && (job.status?.succeeded ?? 0) > completions) {
      events.warning(job, 'TooManySucceededPods', 'Too many succeeded pods running after completion count reached');
    }
    events.normal(job, 'Completed', 'Job completed');
  }

  async #write(): Promise<void> {
    const { cluster, signal } = this.#control;
    const jobs = cluster.resource(Job).in(this.#job.metadata.namespace);
    const { metadata, status } = await jobs.subresource('status').replace(this.#job, { signal });
    this.#job.metadata = metadata;
    this.#job.status = { ...status, uncountedTerminatedPods: status?.uncountedTerminatedPods ?? {} };
  }
}
