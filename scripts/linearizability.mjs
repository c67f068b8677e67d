// Checks the histories of concurrent clients while servers that share a store are killed, stopped and cut off
// (`npm run linearizability -- --seeds N`, default 200). KEELSON_SEED=<number> begins with that seed.
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { seeds: { type: 'string', default: '200' } } });
const root = fileURLToPath(new URL('..', import.meta.url));
const seed = process.env.KEELSON_SEED ?? String(randomInt(2 ** 30));
console.log(`KEELSON_SEED=${seed}`);
const { status } = spawnSync(
  process.execPath,
  [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--project', 'unit', 'test/server/linearizability'],
  { cwd: root, stdio: 'inherit', env: { ...process.env, KEELSON_LINEARIZABILITY: values.seeds, KEELSON_SEED: seed } },
);
process.exitCode = status ?? 1;
