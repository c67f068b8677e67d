// Runs the suites that draw their cases from a seed with N new seeds (`npm run seeds -- N`), or with every seed of
// test/failed-seeds.json (`npm run seeds -- --failed`). Stops at the first failure and says how to repeat it.
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const argument = process.argv[2] ?? '10';

function seededSuites() {
  return readdirSync(join(root, 'test'), { recursive: true })
    .map((file) => `test/${file.replaceAll('\\', '/')}`)
    .filter((file) => file.endsWith('.test.ts') && !file.startsWith('test/leaks/'))
    .filter((file) => /\bfc\.|inject\('seed'\)|runSchedules/.test(readFileSync(join(root, file), 'utf8')))
    .sort();
}

function run(seed, suites) {
  const { status } = spawnSync(
    process.execPath,
    [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--project', 'unit', '--reporter=dot', ...suites],
    { cwd: root, stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, KEELSON_SEED: String(seed) } },
  );
  return status === 0;
}

function fail(seed, suites) {
  console.error(`KEELSON_SEED=${seed} fails. Repeat it: KEELSON_SEED=${seed} npx vitest run ${suites.join(' ')}`);
  console.error('Once it is mended, add the seed to test/failed-seeds.json.');
  process.exit(1);
}

if (argument === '--failed') {
  const failed = JSON.parse(readFileSync(join(root, 'test/failed-seeds.json'), 'utf8'));
  for (const { suite, seed } of failed) {
    if (!run(seed, [suite])) fail(seed, [suite]);
    console.log(`${suite} passes with ${seed}`);
  }
} else {
  const count = Number(argument);
  if (!Number.isInteger(count) || count < 1)
    throw new Error(`cannot run '${argument}' seeds: give a whole number above 0`);
  const suites = seededSuites();
  console.log(`${suites.length} seeded suites, ${count} new seeds`);
  for (let done = 1; done <= count; done++) {
    const seed = randomInt(2 ** 31);
    if (!run(seed, suites)) fail(seed, suites);
    console.log(`${done}/${count}: KEELSON_SEED=${seed} passes`);
  }
}
