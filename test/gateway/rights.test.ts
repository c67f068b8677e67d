import { inject, it } from 'vitest';
import { GatewayWorld } from './gateway-world.js';
import { compareRights } from './rights-comparison.js';

it('gives each user what the API server gives the same user, at each quiet point', { timeout: 120_000 }, async () => {
  await using world = await GatewayWorld.start();
  await compareRights(world, { seed: inject('seed'), rounds: 8, steps: 25 });
});
