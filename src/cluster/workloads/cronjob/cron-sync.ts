import { CronJob, Job } from '../../../../generated/batch/v1.js';
import type { Cached } from '../../../cache/index.js';
import type { Requeue } from '../../../controller/index.js';
import { isAlreadyExists, isNotFound } from '../../../errors/index.js';
import { controllerReference, findCondition, formatTime, isControlledBy, type Stored } from '../../../meta/index.js';
import type { Cluster } from '../../../sdk/index.js';
import { compareText } from '../../../util/compare.js';
import { faultMessage } from '../base/api-faults.js';
import type { ComponentEvents } from '../base/component-events.js';
import { draftOf } from '../base/draft.js';
import { timeOf } from '../base/time-of.js';
import { isJobFinished } from '../job/job-state.js';
import { type CronSchedule, parseSchedule } from './cron-schedule.js';
import { type CronDraft, missedRuns, untilNextRun } from './missed-runs.js';
import { ZonedClock } from './zoned-clock.js';

type CachedJob = Cached<Job, 'Namespaced'>;

const SCHEDULED = 'batch.kubernetes.io/cronjob-scheduled-timestamp';

/** The surroundings of one reconcile of a CronJob. */
export interface CronControl {
  readonly cluster: Cluster;
  readonly events: ComponentEvents;
  readonly signal: AbortSignal;
  readonly now: number;
}

/** One reconcile of a CronJob: deletes old Jobs, notes which have ended, and starts the Job that is due. */
export class CronSync {
  readonly #cron: CronDraft;
  readonly #jobs: readonly CachedJob[];
  readonly #control: CronControl;
  #isDirty = false;

  constructor(cron: CronDraft, jobs: readonly CachedJob[], control: CronControl) {
    cron.status ??= {};
    this.#cron = cron;
    this.#jobs = jobs;
    this.#control = control;
  }

  /** `mayStart` is false when the schedule has just changed: then the next time of the new one counts. */
  async run(mayStart: boolean): Promise<Requeue | undefined> {
    const { cluster, signal } = this.#control;
    await this.#cleanUp();
    let result: Requeue | undefined;
    let error: unknown;
    try {
      result = await this.#sync(mayStart);
    } catch (caught) {
      error = caught;
    }
    if (this.#isDirty) {
      const client = cluster.resource(CronJob).in(this.#cron.metadata.namespace).subresource('status');
      await client.replace(this.#cron, { signal });
    }
    if (error !== undefined) throw error;
    return result;
  }

  async #sync(mayStart: boolean): Promise<Requeue | undefined> {
    const { events, now } = this.#control;
    const cron = this.#cron;
    const { spec } = cron;
    for (const job of this.#jobs) this.#noteJob(job);
    await this.#noteMissing();
    if (spec === undefined || cron.metadata.deletionTimestamp !== undefined || spec.suspend === true) return undefined;
    const schedule = this.#schedule();
    if (schedule === undefined) return undefined;
    const later = { requeueAfterMs: untilNextRun(cron, now, schedule) };
    if (!mayStart) return later;
    const { latest, count } = missedRuns(cron, now, schedule, true);
    if (latest === undefined) return later;
    if (count === 'many') {
      const advice = 'Set or decrease .spec.startingDeadlineSeconds or check clock skew';
      events.warning(cron, 'TooManyMissedTimes', `too many missed start times. ${advice}`);
    }
    const deadlineMs = (spec.startingDeadlineSeconds ?? Number.POSITIVE_INFINITY) * 1000;
    if (latest + deadlineMs < now) {
      const text = new Date(latest).toUTCString().replace('GMT', '+0000');
      events.warning(cron, 'MissSchedule', `Missed scheduled time to start a job: ${text}`);
      return later;
    }
    const active = cron.status?.active ?? [];
    const name = `${cron.metadata.name}-${Math.floor(latest / 60_000)}`;
    if (active.some((one) => one.name === name) || timeOf(cron.status?.lastScheduleTime) === latest) return later;
    if (spec.concurrencyPolicy === 'Forbid' && active.length > 0) {
      const why = 'Not starting job because prior execution is running and concurrency policy is Forbid';
      events.normal(cron, 'JobAlreadyActive', why);
      return later;
    }
    if (spec.concurrencyPolicy === 'Replace') {
      for (const one of active) await this.#replace(one.name ?? '');
    }
    await this.#start(name, latest);
    return { requeueAfterMs: untilNextRun(cron, now, schedule) };
  }

  #schedule(): CronSchedule | undefined {
    const { events } = this.#control;
    const { schedule = '', timeZone } = this.#cron.spec ?? {};
    try {
      if (timeZone !== undefined) new ZonedClock(timeZone);
    } catch {
      const why = `unknown time zone ${timeZone}`;
      events.warning(this.#cron, 'UnknownTimeZone', `invalid timeZone: ${JSON.stringify(timeZone)}: ${why}`);
      return undefined;
    }
    try {
      return parseSchedule(schedule, timeZone);
    } catch (error) {
      const why = `unparseable schedule: ${JSON.stringify(schedule)} : ${faultMessage(error)}`;
      events.warning(this.#cron, 'UnparseableSchedule', why);
      return undefined;
    }
  }

  #noteJob(job: CachedJob): void {
    const { events } = this.#control;
    const cron = this.#cron;
    const status = cron.status ?? {};
    const { name, uid } = job.metadata;
    const isActive = status.active?.some((one) => one.uid === uid) === true;
    if (!isJobFinished(job)) {
      if (!isActive)
        events.warning(cron, 'UnexpectedJob', `Saw a job that the controller did not create or forgot: ${name}`);
      return;
    }
    const isComplete = findCondition(job.status?.conditions, 'Complete')?.status === 'True';
    if (isActive) {
      this.#forget(uid);
      const condition = isComplete ? 'Complete' : 'Failed';
      events.normal(cron, 'SawCompletedJob', `Saw completed job: ${name}, condition: ${condition}`);
    }
    const completed = isComplete ? timeOf(job.status?.completionTime) : undefined;
    const last = timeOf(status.lastSuccessfulTime);
    if (completed === undefined || (last !== undefined && completed <= last)) return;
    status.lastSuccessfulTime = formatTime(completed);
    this.#isDirty = true;
  }

  async #noteMissing(): Promise<void> {
    const { cluster, events, signal } = this.#control;
    const known = new Set(this.#jobs.map(({ metadata }) => metadata.uid));
    for (const { name = '', uid = '' } of this.#cron.status?.active ?? []) {
      if (known.has(uid)) continue;
      const job = await cluster.resource(Job).in(this.#cron.metadata.namespace).find(name, { signal });
      if (job !== undefined) continue;
      events.normal(this.#cron, 'MissingJob', `Active job went missing: ${name}`);
      this.#forget(uid);
    }
  }

  async #replace(name: string): Promise<void> {
    const { cluster, events, signal } = this.#control;
    const jobs = cluster.resource(Job).in(this.#cron.metadata.namespace);
    try {
      await this.#delete(await jobs.get(name, { signal }));
    } catch (error) {
      if (isNotFound(error)) events.warning(this.#cron, 'FailedGet', `Get job: ${faultMessage(error)}`);
      throw error;
    }
  }

  async #start(name: string, time: number): Promise<void> {
    const { cluster, events, signal } = this.#control;
    const cron = this.#cron;
    const { jobTemplate, timeZone = 'UTC' } = cron.spec ?? {};
    const jobs = cluster.resource(Job).in(cron.metadata.namespace);
    const draft = {
      metadata: {
        name,
        labels: jobTemplate?.metadata?.labels,
        annotations: { ...jobTemplate?.metadata?.annotations, [SCHEDULED]: new ZonedClock(timeZone).write(time) },
        ownerReferences: [controllerReference(cron)],
      },
      spec: jobTemplate?.spec,
    };
    let job: Stored<Job, 'Namespaced'>;
    try {
      job = await jobs.create(draft, { signal });
      events.normal(cron, 'SuccessfulCreate', `Created job ${name}`);
    } catch (error) {
      if (!isAlreadyExists(error)) {
        events.warning(cron, 'FailedCreate', `Error creating job: ${faultMessage(error)}`);
        throw error;
      }
      // Another process made it a moment ago.
      job = await jobs.get(name, { signal });
      if (!isControlledBy(job, cron)) return;
    }
    const { apiVersion, kind, metadata } = job;
    const { namespace, uid, resourceVersion } = metadata;
    cron.status = {
      ...cron.status,
      active: [...(cron.status?.active ?? []), { apiVersion, kind, name, namespace, uid, resourceVersion }],
      lastScheduleTime: formatTime(time),
    };
    this.#isDirty = true;
  }

  /** Deletes the oldest finished Jobs beyond the history limits. */
  async #cleanUp(): Promise<void> {
    const { failedJobsHistoryLimit, successfulJobsHistoryLimit } = this.#cron.spec ?? {};
    const isTrue = (job: CachedJob, type: string) => findCondition(job.status?.conditions, type)?.status === 'True';
    const limits = [
      ['Complete', successfulJobsHistoryLimit],
      ['Failed', failedJobsHistoryLimit],
    ] as const;
    for (const [type, limit] of limits) {
      if (limit === undefined) continue;
      const jobs = this.#jobs.filter((job) => isTrue(job, type)).sort(byStart);
      for (const job of jobs.slice(0, Math.max(0, jobs.length - limit))) {
        if (job.metadata.deletionTimestamp === undefined) await this.#delete(draftOf<Stored<Job, 'Namespaced'>>(job));
      }
    }
  }

  async #delete({ metadata }: Stored<Job, 'Namespaced'>): Promise<void> {
    const { cluster, events, signal } = this.#control;
    try {
      const jobs = cluster.resource(Job).in(metadata.namespace);
      await jobs.delete(metadata.name, { propagation: 'background', signal });
    } catch (error) {
      events.warning(this.#cron, 'FailedDelete', `Deleted job: ${faultMessage(error)}`);
      throw error;
    }
    this.#forget(metadata.uid);
    events.normal(this.#cron, 'SuccessfulDelete', `Deleted job ${metadata.name}`);
  }

  #forget(uid: string): void {
    const { status } = this.#cron;
    const active = status?.active?.filter((one) => one.uid !== uid);
    if (status === undefined || active?.length === status.active?.length) return;
    status.active = active;
    this.#isDirty = true;
  }
}

function byStart(a: CachedJob, b: CachedJob): number {
  const start = ({ status }: CachedJob) => timeOf(status?.startTime) ?? Number.POSITIVE_INFINITY;
  const [x, y] = [start(a), start(b)];
  return x === y ? compareText(a.metadata.name, b.metadata.name) : x - y;
}
