import { Job, type JobCondition } from '../../../../generated/batch/v1.js';
import { Pod } from '../../../../generated/core/v1.js';
import type { ReconcileContext, Requeue } from '../../../controller/index.js';
import { isNotFound } from '../../../errors/index.js';
import { formatTime, toLabelSelector } from '../../../meta/index.js';
import { isNamespaceTerminating, settleAll } from '../base/api-faults.js';
import { claimObjects } from '../base/claims.js';
import { draftOf } from '../base/draft.js';
import { slowStart } from '../base/slow-start.js';
import { createPod, deletePod, type PodControl } from '../pods/pod-control.js';
import { orphansIn } from '../pods/pod-sources.js';
import { type CachedPod, isPodReady, isPodTerminating } from '../pods/pod-state.js';
import { backOffMs, type FailureRecord, finishedAt, nextRecord } from './back-off.js';
import { endOf, untilDeadline } from './job-end.js';
import { jobPod, surplusPods, untrackPatch } from './job-pods.js';
import { indexesOf, type JobProgress, jobProgress } from './job-progress.js';
import {
  indexFailures,
  isIndexed,
  isTracked,
  type JobDraft,
  newJobCondition,
  replacesFailedOnly,
  TRACKING,
  withCondition,
} from './job-state.js';
import { trackPods } from './job-tracking.js';

/** The most pods that one reconcile creates or deletes. */
const MOST_PODS = 500;

/** The surroundings of one reconcile of a Job. */
export interface JobControl extends PodControl {
  readonly now: number;
  /** The failures of pods since the last success, by the uid of the Job. */
  readonly records: Map<string, FailureRecord>;
}

/** Brings one Job forward: creates or deletes pods, counts those that ended, and finishes the Job. */
export class JobSync {
  readonly #job: JobDraft;
  readonly #progress: JobProgress;
  readonly #control: JobControl;
  #active: number;
  #requeueAfterMs: number | undefined;

  constructor(job: JobDraft, pods: readonly CachedPod[], control: JobControl) {
    job.status = { ...job.status, uncountedTerminatedPods: job.status?.uncountedTerminatedPods ?? {} };
    this.#job = job;
    this.#control = control;
    this.#progress = jobProgress(job, pods);
    this.#active = this.#progress.activePods.length;
  }

  async run(): Promise<Requeue> {
    const { records, now, events } = this.#control;
    const job = this.#job;
    const progress = this.#progress;
    const before = draftOf(job.status ?? {});
    const isSuspended = job.spec?.suspend === true;
    if (job.status !== undefined && !isSuspended) job.status.startTime ??= formatTime(now);
    const record = nextRecord(records.get(job.metadata.uid), progress.newSucceeded, progress.newFailed);
    let end = endOf(job, progress, now);
    let error: unknown;
    let suspendChanged = false;
    if (end !== undefined) {
      error = await this.#delete(progress.activePods, false);
      if (error !== undefined) end = undefined;
    } else {
      this.#wait(untilDeadline(job, now));
      const isManaged = job.metadata.deletionTimestamp === undefined;
      if (isManaged) error = await this.#manage(record);
      const { completions } = job.spec ?? {};
      const isDone = completions === undefined ? progress.succeeded > 0 : progress.succeeded >= completions;
      if (isDone && this.#active === 0) {
        const message = 'Reached expected number of succeeded pods';
        end = newJobCondition('SuccessCriteriaMet', 'CompletionsReached', message, now);
      } else if (isManaged) suspendChanged = this.#noteSuspension();
    }
    const status = job.status ?? {};
    const { ready, terminating } = progress;
    const changed =
      suspendChanged ||
      this.#active !== (before.active ?? 0) ||
      ready !== before.ready ||
      terminating !== before.terminating;
    Object.assign(status, { active: this.#active > 0 ? this.#active : undefined, ready, terminating });
    await trackPods(job, progress, end, changed, { ...this.#control, events });
    if (record === undefined) records.delete(job.metadata.uid);
    else records.set(job.metadata.uid, record);
    if (error !== undefined) throw error;
    return { requeueAfterMs: this.#requeueAfterMs };
  }

  #wait(ms: number | undefined): void {
    if (ms !== undefined) this.#requeueAfterMs = Math.min(this.#requeueAfterMs ?? Number.POSITIVE_INFINITY, ms);
  }

  /** Creates or deletes pods. Returns the first error. */
  async #manage(record: FailureRecord | undefined): Promise<unknown> {
    const { spec } = this.#job;
    const { activePods, succeeded, terminating } = this.#progress;
    const { now } = this.#control;
    const active = activePods.length;
    if (spec?.suspend === true) return this.#delete(surplusPods(this.#job, activePods, active, now), true);
    const parallelism = spec?.parallelism ?? 1;
    const { completions } = spec ?? {};
    const wanted =
      completions !== undefined
        ? Math.max(0, Math.min(completions - succeeded, parallelism))
        : succeeded > 0
          ? active
          : parallelism;
    const doomed = surplusPods(this.#job, activePods, Math.max(0, active - wanted), now).slice(0, MOST_PODS);
    if (doomed.length > 0) return this.#delete(doomed, true);
    const missing = wanted - active - (replacesFailedOnly(this.#job) ? terminating : 0);
    return missing > 0 ? this.#create(Math.min(missing, MOST_PODS), record) : undefined;
  }

  async #create(missing: number, record: FailureRecord | undefined): Promise<unknown> {
    const job = this.#job;
    const { now, signal } = this.#control;
    const perIndex = isIndexed(job) && job.spec?.backoffLimitPerIndex !== undefined;
    const backOff = perIndex ? 0 : backOffMs(record, now);
    if (backOff > 0) {
      this.#wait(Math.max(backOff, 1000));
      return undefined;
    }
    const indexes = isIndexed(job) ? this.#readyIndexes(this.#pendingIndexes(missing)) : undefined;
    const count = indexes?.length ?? missing;
    const { created, error } = await slowStart(count, async (i) => {
      signal.throwIfAborted();
      const index = indexes?.[i];
      const replaced = index === undefined ? undefined : this.#progress.replaceable.get(index);
      await createPod(this.#control, job, jobPod(job, index, replaced)).catch((fault: unknown) => {
        if (!isNamespaceTerminating(fault)) throw fault;
      });
    });
    this.#active += created;
    return error;
  }

  #pendingIndexes(count: number): readonly number[] {
    const { succeededIndexes, failedIndexes, activePods, pods } = this.#progress;
    let taken = succeededIndexes.with(indexesOf(activePods));
    if (replacesFailedOnly(this.#job)) taken = taken.with(indexesOf(pods.filter(isPodTerminating)));
    if (failedIndexes !== undefined) taken = taken.union(failedIndexes);
    return taken.firstMissing(count, this.#job.spec?.completions ?? 0);
  }

  /** Returns the indexes whose back-off is over. When none is ready, the Job is looked at again when the first one is. */
  #readyIndexes(indexes: readonly number[]): readonly number[] {
    const { now } = this.#control;
    const waits = indexes.map((index) => {
      const pod = this.#progress.replaceable.get(index);
      const record = pod && { failures: indexFailures(pod).all + 1, lastFailure: finishedAt(pod) };
      return { index, wait: backOffMs(record, now) };
    });
    const ready = waits.filter(({ wait }) => wait === 0);
    if (ready.length < waits.length) {
      this.#wait(Math.max(1000, Math.min(...waits.flatMap(({ wait }) => (wait > 0 ? [wait] : [])))));
    }
    return ready.map(({ index }) => index);
  }

  /** Deletes pods. `untrack` lets them go without being counted as failed. Returns the first error. */
  async #delete(pods: readonly CachedPod[], untrack: boolean): Promise<unknown> {
    const { cluster, signal } = this.#control;
    const client = cluster.resource(Pod).in(this.#job.metadata.namespace);
    const remove = async (pod: CachedPod): Promise<void> => {
      const { name } = pod.metadata;
      if (untrack && isTracked(pod)) {
        await client.patch(name, untrackPatch(), { signal }).catch((error: unknown) => {
          if (!isNotFound(error)) throw error;
        });
      }
      await deletePod(this.#control, this.#job, name);
      this.#active--;
      this.#progress.terminating++;
      if (isPodReady(pod)) this.#progress.ready--;
    };
    try {
      await settleAll(pods.map(remove));
      return undefined;
    } catch (error) {
      return error;
    }
  }

  /** Says in the condition `Suspended` that the Job was suspended or resumed. Returns whether that is news. */
  #noteSuspension(): boolean {
    const { now, events } = this.#control;
    const { status, spec } = this.#job;
    if (status === undefined) return false;
    const isSuspended = spec?.suspend === true;
    const condition: JobCondition = isSuspended
      ? newJobCondition('Suspended', 'JobSuspended', 'Job suspended', now)
      : { ...newJobCondition('Suspended', 'JobResumed', 'Job resumed', now), status: 'False' };
    const conditions = withCondition(status.conditions ?? [], condition);
    if (conditions.length === 0 || conditions === status.conditions) return false;
    status.conditions = [...conditions];
    events.normal(this.#job, isSuspended ? 'Suspended' : 'Resumed', condition.message ?? '');
    if (isSuspended) status.startTime = undefined;
    else status.startTime = formatTime(now);
    return true;
  }
}

/** Returns the pods of a Job. Adopts orphans that its selector matches, and gives them the finalizer of the Job. */
export async function claimJobPods(context: ReconcileContext<Job, 'Namespaced'>): Promise<CachedPod[]> {
  const { object, cluster, signal, namespace, name } = context;
  const pods = cluster.resource(Pod).in(namespace);
  const selector = object.spec?.selector;
  if (selector === undefined) return [];
  const parsed = toLabelSelector(selector);
  const all = [...context.owned(Pod), ...orphansIn(context.lister(Pod), namespace)];
  return claimObjects(object, all, {
    matches: ({ metadata }) => parsed.matches(metadata.labels),
    refresh: () => cluster.resource(Job).in(namespace).get(name, { signal }),
    patch: (pod, patch) => pods.patch(pod, patch, { signal }),
    finalizers: [TRACKING],
  });
}
