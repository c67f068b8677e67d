// Soaks clusters in virtual time: `npm run soak -- --seeds 10`, or `npm run soak -- --cluster --seed N` to repeat one. `--nodes`,
// `--pods` and `--minutes` set the size. Prints the seed of each.
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { soakCluster } from './cluster-soak.js';

const { values } = parseArgs({
  options: {
    cluster: { type: 'boolean' },
    seeds: { type: 'string', default: '1' },
    seed: { type: 'string' },
    nodes: { type: 'string', default: '200' },
    pods: { type: 'string', default: '5000' },
    minutes: { type: 'string', default: '60' },
  },
});
const size = { nodes: Number(values.nodes), pods: Number(values.pods), minutes: Number(values.minutes) };
const count = values.seed === undefined ? Number(values.seeds) : 1;
let failed = 0;
for (let done = 1; done <= count; done++) {
  const seed = Number(values.seed ?? randomInt(2 ** 31));
  const began = performance.now();
  const took = () => `${((performance.now() - began) / 1000).toFixed(0)} s`;
  try {
    const { actions, checks } = await soakCluster({ seed, ...size });
    console.log(`${done}/${count}: seed ${seed} passes, ${actions} actions, ${checks} checks, ${took()}`);
  } catch (error) {
    failed++;
    console.log(
      `${done}/${count}: seed ${seed} FAILS after ${took()}: ${error instanceof Error ? error.message : error}`,
    );
  }
}
console.log(`${count - failed} of ${count} passed`);
process.exitCode = failed > 0 ? 1 : 0;
