import { expect, inject, it } from 'vitest';
import { failedSeeds } from '../../helpers/failed-seeds.js';
import { soakCluster } from './cluster-soak.js';

const seeds = [inject('seed'), ...failedSeeds('test/cluster/soak/soak.test.ts').map(({ seed }) => seed)];

it.each(seeds)(
  'every workload has exactly its pods after ten minutes of faults, seed %i',
  { timeout: 120_000 },
  async (seed) => {
    const { actions } = await soakCluster({ seed, nodes: 6, pods: 40, minutes: 10 });
    expect(actions).toBeGreaterThan(5);
  },
);
