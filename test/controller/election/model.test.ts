import { afterEach, describe, expect, it, vi } from 'vitest';
import { ObservedLease } from '../../../src/controller/election/observed-lease.js';
import { Term } from '../../../src/controller/election/term.js';
import { parseTime } from '../../../src/meta/index.js';
import { failedSeeds } from '../../helpers/failed-seeds.js';
import { Schedule, TROUBLES, type Trouble } from './schedule.js';
import { runSchedules } from './schedules.js';
import { World } from './world.js';

/** Schedules for each sort of trouble. `KEELSON_SCHEDULES` asks for more. */
const SCHEDULES = Number(process.env.KEELSON_SCHEDULES ?? 400);

afterEach(() => {
  vi.restoreAllMocks();
});

describe('an election of several candidates with clocks that differ, pauses, kills and a bad network', () => {
  it.each(failedSeeds('test/controller/election/model.test.ts'))(
    'passes with seed $seed, which failed once',
    async ({ seed }) => {
      for (const trouble of TROUBLES) expect((await new Schedule(seed, trouble).run()).objections).toEqual([]);
    },
  );

  it.each(TROUBLES)(
    'never has two leaders at once, and soon one when the trouble is over (besides: %s)',
    async (trouble) => {
      const sum = await runSchedules(trouble, SCHEDULES);
      expect(sum.broken).toBeUndefined();
      // That nobody ever led would be no proof.
      expect(sum.terms).toBeGreaterThan(SCHEDULES);
      expect(sum.acts).toBeGreaterThan(SCHEDULES * 10);
    },
    600_000,
  );
});

/** The clock of whoever's code runs, for rules that are broken from outside. */
function runningClock(): { now(): number; monotonic(): number } {
  const clock = World.current?.running;
  if (clock === undefined) throw new Error('nobody runs');
  return clock;
}

describe('the checker finds out', () => {
  const breaks: readonly (readonly [rule: string, trouble: Trouble, breakIt: () => void])[] = [
    [
      'when the time in the lease is compared with the own clock',
      'none',
      () => {
        vi.spyOn(ObservedLease.prototype, 'isOver', 'get').mockImplementation(function (this: ObservedLease) {
          const { holderIdentity, renewTime, leaseDurationSeconds = 0 } = this.lease?.spec ?? {};
          if (!holderIdentity || renewTime === undefined) return true;
          return runningClock().now() >= parseTime(renewTime) + leaseDurationSeconds * 1000;
        });
      },
    ],
    [
      'when a term is as long as the lease, though clocks differ in speed',
      'none',
      () => {
        const extend = Term.prototype.extend;
        vi.spyOn(Term.prototype, 'extend').mockImplementation(function (this: Term, { wall, monotonic }) {
          extend.call(this, { wall: wall + 5000, monotonic: monotonic + 5000 });
        });
      },
    ],
    [
      'when a leader goes on until it is told that another leads',
      'none',
      () => {
        vi.spyOn(Term.prototype, 'remainingMs', 'get').mockImplementation(function (this: Term) {
          return this.lost === undefined ? 1000 : 0;
        });
      },
    ],
    [
      'when whatever bears the own name counts as held by oneself',
      'same names',
      () => {
        vi.spyOn(ObservedLease.prototype, 'isOurs').mockImplementation((record) => record?.holderIdentity === 'web-0');
      },
    ],
    [
      'when a lease that is gone is taken at once',
      'deleted lease',
      () => {
        const isOver = Object.getOwnPropertyDescriptor(ObservedLease.prototype, 'isOver')?.get;
        vi.spyOn(ObservedLease.prototype, 'isOver', 'get').mockImplementation(function (this: ObservedLease) {
          return this.lease === undefined || isOver?.call(this);
        });
      },
    ],
    [
      'when only the monotonic clock is asked, which stands still while a machine sleeps',
      'suspended machines',
      () => {
        const remaining = Object.getOwnPropertyDescriptor(Term.prototype, 'remainingMs')?.get;
        vi.spyOn(Term.prototype, 'remainingMs', 'get').mockImplementation(function (this: Term) {
          const world = World.current;
          if (world === undefined) throw new Error('no world');
          world.wallStopped = true;
          const left = remaining?.call(this);
          world.wallStopped = false;
          return left;
        });
      },
    ],
  ];

  it.each(breaks)(
    '%s',
    async (_, trouble, breakIt) => {
      breakIt();
      const sum = await runSchedules(trouble, 2000, /lead at once|leads|begins to lead/);
      expect(sum.broken).toContain('KEELSON_SEED=');
    },
    600_000,
  );
});
