import type { CronJob } from '../../../../generated/batch/v1.js';
import { parseTime, type Stored } from '../../../meta/index.js';
import { timeOf } from '../base/time-of.js';
import type { CronSchedule } from './cron-schedule.js';

/** A CronJob that a reconcile may change. */
export type CronDraft = Stored<CronJob, 'Namespaced'>;

/** The delay after a scheduled time, so that clocks which differ a little do not wake up before it. */
const DELTA_MS = 100;
const MANY = 100;

/** The scheduled times since a CronJob last ran. */
export interface MissedRuns {
  /** The time from which runs are missed. */
  readonly since: number;
  /** The last scheduled time that has come. */
  readonly latest: number | undefined;
  readonly count: 'none' | 'few' | 'many';
}

/** Returns the scheduled times that have come since a CronJob last ran. `deadline` ignores those beyond `startingDeadlineSeconds`. */
export function missedRuns(cron: CronDraft, now: number, schedule: CronSchedule, deadline: boolean): MissedRuns {
  const { startingDeadlineSeconds } = cron.spec ?? {};
  let since = timeOf(cron.status?.lastScheduleTime) ?? parseTime(cron.metadata.creationTimestamp);
  if (deadline && startingDeadlineSeconds !== undefined) since = Math.max(since, now - startingDeadlineSeconds * 1000);
  const first = schedule.next(since);
  if (first === undefined || now < first) return { since, latest: undefined, count: 'none' };
  const second = schedule.next(first);
  if (second === undefined || now < second) return { since, latest: first, count: 'none' };
  const apart = second - first;
  const count = Math.floor((now - first) / apart) + 1;
  let latest: number | undefined;
  const from = first + (count - 2) * apart;
  for (let time = schedule.next(from); time !== undefined && time <= now; time = schedule.next(time)) latest = time;
  return { since, latest, count: count > MANY ? 'many' : 'few' };
}

/** Returns the milliseconds until a CronJob has to be looked at again. */
export function untilNextRun(cron: CronDraft, now: number, schedule: CronSchedule): number | undefined {
  const { since, latest, count } = missedRuns(cron, now, schedule, false);
  const next = schedule.next(latest ?? (count === 'none' ? since : now));
  return next === undefined ? undefined : Math.max(0, next + DELTA_MS - now);
}
