import { inject } from 'vitest';
import { Schedule, type Trouble } from './schedule.js';

/** The results of many schedules. */
export interface Sum {
  /** The log of the first schedule that broke a promise, with its seed. */
  broken: string | undefined;
  schedules: number;
  terms: number;
  acts: number;
}

/** Runs schedules until one breaks a promise (one of this sort). The first has the seed of the test run, the others those that follow. */
export async function runSchedules(trouble: Trouble, count: number, sort = /./): Promise<Sum> {
  const sum: Sum = { broken: undefined, schedules: 0, terms: 0, acts: 0 };
  while (sum.schedules < count && sum.broken === undefined) {
    const seed = inject('seed') + sum.schedules++;
    const { objections, terms, acts } = await new Schedule(seed, trouble).run();
    sum.terms += terms;
    sum.acts += acts;
    if (objections.some((objection) => sort.test(objection)))
      sum.broken = `KEELSON_SEED=${seed}: ${objections.join('; ')}`;
  }
  return sum;
}
