import { CronJob, Job } from 'keelson/k8s';
import { afterEach, describe, expect, test } from 'vitest';
import { parseSchedule } from '../../../src/cluster/workloads/cronjob/cron-schedule.js';
import { newWorld } from './world.js';

describe('a schedule', () => {
  const next = (schedule: string, from: string, zone = 'UTC') => {
    const time = parseSchedule(schedule, zone).next(Date.parse(from));
    return time === undefined ? undefined : new Date(time).toISOString().replace('.000', '');
  };

  test.each([
    ['*/15 * * * *', '2026-01-01T00:07:00Z', '2026-01-01T00:15:00Z'],
    ['0 0 * * *', '2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'],
    ['30 4 1,15 * 5', '2026-01-01T05:00:00Z', '2026-01-02T04:30:00Z'],
    ['30 4 1,15 * *', '2026-01-01T05:00:00Z', '2026-01-15T04:30:00Z'],
    ['0 22 * * mon-fri', '2026-01-03T00:00:00Z', '2026-01-05T22:00:00Z'],
    ['0 0 29 feb ?', '2026-01-01T00:00:00Z', '2028-02-29T00:00:00Z'],
    ['0 0 30 2 *', '2026-01-01T00:00:00Z', undefined],
    ['5/20 * * * *', '2026-01-01T00:30:00Z', '2026-01-01T00:45:00Z'],
    ['@hourly', '2026-01-01T00:30:00Z', '2026-01-01T01:00:00Z'],
    ['@weekly', '2026-01-01T00:00:00Z', '2026-01-04T00:00:00Z'],
    ['@every 90m', '2026-01-01T00:00:10Z', '2026-01-01T01:30:10Z'],
    ['TZ=Asia/Tokyo 0 9 * * *', '2026-01-01T01:00:00Z', '2026-01-02T00:00:00Z'],
  ])('%s after %s is %s', (schedule, from, expected) => {
    expect(next(schedule, from)).toBe(expected);
  });

  test('follows the clock of its time zone, also where it changes', () => {
    expect(next('30 2 * * *', '2026-03-28T12:00:00Z', 'Europe/Berlin')).toBe('2026-03-30T00:30:00Z');
    expect(next('0 12 * * *', '2026-03-28T12:00:00Z', 'Europe/Berlin')).toBe('2026-03-29T10:00:00Z');
    expect(next('30 1 * * *', '2026-11-01T05:30:00Z', 'America/New_York')).toBe('2026-11-01T06:30:00Z');
    expect(next('0 0 * * *', '2026-09-05T12:00:00Z', 'America/Santiago')).toBe('2026-09-07T03:00:00Z');
  });

  test.each(['* * * *', '60 * * * *', '* * * * mondays', '*/0 * * * *', '5-1 * * * *'])('refuses %s', (schedule) => {
    expect(() => parseSchedule(schedule)).toThrow('cannot read the schedule');
  });
});

describe('the CronJob controller', () => {
  let world: ReturnType<typeof newWorld>;
  afterEach(() => world.end());
  const crons = () => world.cluster.resource(CronJob).in('default');
  const jobs = async () => (await world.cluster.resource(Job).in('default').list().all()).items;

  function cron(spec: Partial<NonNullable<CronJob['spec']>> = {}) {
    const containers = [{ name: 'c', image: 'busybox' }];
    const template = { spec: { restartPolicy: 'Never' as const, containers } };
    const jobTemplate = { metadata: { labels: { a: 'b' } }, spec: { template } };
    return { metadata: { name: 'tick' }, spec: { schedule: '*/5 * * * *', timeZone: 'Etc/UTC', jobTemplate, ...spec } };
  }

  test('starts a Job at each time, notes its end, and keeps as many as the history limits say', async () => {
    world = newWorld({ fate: () => 'succeed' });
    await crons().create(cron({ successfulJobsHistoryLimit: 2 }));
    await world.clock.advance(21 * 60_000);
    await world.eventually(async () => (await crons().get('tick')).status?.active === undefined, 'the end of the Jobs');
    const minutes = Math.floor(Date.UTC(2026, 0, 1, 0, 15) / 60_000);
    const names = (await jobs()).map(({ metadata }) => metadata.name).sort();
    expect(names).toEqual([`tick-${minutes}`, `tick-${minutes + 5}`]);
    const { status } = await crons().get('tick');
    expect(status?.lastScheduleTime).toBe('2026-01-01T00:20:00Z');
    expect(status?.lastSuccessfulTime).toBeDefined();
    const [job] = await jobs();
    expect(job?.metadata.labels?.a).toBe('b');
    expect(job?.metadata.annotations?.['batch.kubernetes.io/cronjob-scheduled-timestamp']).toMatch(
      /^2026-01-01T00:\d\d:00Z$/,
    );
    const events = await world.events('tick');
    expect(events).toContain(`Normal SuccessfulCreate Created job tick-${minutes}`);
    expect(events).toContain(`Normal SawCompletedJob Saw completed job: tick-${minutes}, condition: Complete`);
    expect(events).toContain(`Normal SuccessfulDelete Deleted job tick-${minutes - 5}`);
    expect(world.errors).toEqual([]);
  });

  test('does not start a second Job with Forbid, and replaces the first with Replace', async () => {
    world = newWorld();
    await crons().create(cron({ concurrencyPolicy: 'Forbid' }));
    await world.clock.advance(12 * 60_000);
    await world.eventually(async () => (await jobs()).length === 1, 'one Job');
    const first = (await jobs())[0]?.metadata.name;
    const why = 'Not starting job because prior execution is running and concurrency policy is Forbid';
    expect((await world.events('tick')).join()).toContain(`Normal JobAlreadyActive ${why}`);
    await crons().patch('tick', { type: 'merge', body: { spec: { concurrencyPolicy: 'Replace' } } });
    await world.clock.advance(5 * 60_000);
    await world.eventually(
      async () => (await jobs()).every(({ metadata }) => metadata.name !== first),
      'the replacement',
    );
    expect((await crons().get('tick')).status?.active).toHaveLength(1);
  });

  test('starts one Job for many missed times, and none beyond the starting deadline', async () => {
    world = newWorld({ fate: () => 'succeed' });
    await crons().create(cron({ suspend: true, startingDeadlineSeconds: 100 }));
    await world.clock.advance(3 * 60 * 60_000 + 3 * 60_000);
    await crons().patch('tick', { type: 'merge', body: { spec: { suspend: false } } });
    await world.clock.advance(30_000);
    expect(await jobs()).toEqual([]);
    await crons().patch('tick', { type: 'merge', body: { spec: { startingDeadlineSeconds: null } } });
    await world.eventually(async () => (await jobs()).length === 1, 'one Job');
    await world.clock.advance(60_000);
    expect(await jobs()).toHaveLength(1);
  });
});

describe('the TTL controller', () => {
  test('deletes a finished Job after its time to live', async () => {
    const world = newWorld({ fate: () => 'succeed' });
    const containers = [{ name: 'c', image: 'busybox' }];
    const jobs = world.cluster.resource(Job).in('default');
    await jobs.create({
      metadata: { name: 'short' },
      spec: { ttlSecondsAfterFinished: 60, template: { spec: { restartPolicy: 'Never', containers } } },
    });
    await world.eventually(async () => (await jobs.find('short'))?.status?.completionTime !== undefined, 'the end');
    await world.clock.advance(50_000);
    expect(await jobs.find('short')).toBeDefined();
    await world.eventually(async () => (await jobs.find('short')) === undefined, 'the deletion', 60_000);
    await world.eventually(async () => (await world.pods.list().all()).items.length === 0, 'the end of its pods');
    await world.end();
  });
});
