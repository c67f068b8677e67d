// Runs the suites that draw their cases from a seed with N new seeds (`npm run seeds -- N`), or with every seed of
// test/failed-seeds.json (`npm run seeds -- --failed`). Says of each failure how to repeat it.
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
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

/** Runs suites with one seed. Returns the files of those that fail. */
function failures(seed, suites) {
  const report = join(tmpdir(), `keelson-seeds-${process.pid}.json`);
  const reporters = ['--reporter=dot', '--reporter=json', `--outputFile.json=${report}`];
  spawnSync(
    process.execPath,
    [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--project', 'unit', ...reporters, ...suites],
    { cwd: root, stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, KEELSON_SEED: String(seed) } },
  );
  const { testResults } = JSON.parse(readFileSync(report, 'utf8'));
  rmSync(report);
  return testResults.filter(({ status }) => status !== 'passed').map(({ name }) => relative(root, name));
}

/** Says how a seed ended. Returns whether it passed. */
function tell(seed, failed, where) {
  if (failed.length === 0) console.log(`${where}: KEELSON_SEED=${seed} passes`);
  else console.log(`${where}: repeat the failure with KEELSON_SEED=${seed} npx vitest run ${failed.join(' ')}`);
  return failed.length === 0;
}

const results = [];
if (argument === '--failed') {
  const known = JSON.parse(readFileSync(join(root, 'test/failed-seeds.json'), 'utf8'));
  for (const { suite, seed } of known) results.push(tell(seed, failures(seed, [suite]), suite));
} else {
  const count = Number(argument);
  if (!Number.isInteger(count) || count < 1)
    throw new Error(`cannot run '${argument}' seeds: give a whole number above 0`);
  const suites = seededSuites();
  console.log(`${suites.length} seeded suites, ${count} new seeds`);
  for (let done = 1; done <= count; done++) {
    const seed = randomInt(2 ** 31);
    results.push(tell(seed, failures(seed, suites), `${done}/${count}`));
  }
}
const failed = results.filter((passed) => !passed).length;
console.log(`${results.length - failed} of ${results.length} passed`);
if (failed > 0) {
  console.log('Once a seed is mended, add it to test/failed-seeds.json.');
  process.exitCode = 1;
}
