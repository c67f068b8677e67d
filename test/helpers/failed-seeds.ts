import { readRepoFile } from './repo.js';

/** A seed with which a suite failed once, and the reason. */
export interface FailedSeed {
  readonly suite: string;
  readonly seed: number;
  readonly reason: string;
}

/** Reads test/failed-seeds.json: each seed that ever made this suite fail. Suites run them again, besides the seed of the run. */
export function failedSeeds(suite: string): FailedSeed[] {
  const all = JSON.parse(readRepoFile('test/failed-seeds.json')) as FailedSeed[];
  return all.filter((entry) => entry.suite === suite);
}
