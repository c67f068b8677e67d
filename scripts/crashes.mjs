// Kills a process that writes to a data folder at N random moments (`npm run crashes -- N`, default 1,000), and checks after each kill
// that every answered write is there.
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const seed = process.env.KEELSON_SEED ?? String(randomInt(2 ** 31));
const env = { ...process.env, KEELSON_CRASHES: process.argv[2] ?? '1000', KEELSON_SEED: seed };
console.log(`KEELSON_SEED=${seed}`);
const vitest = join(root, 'node_modules/vitest/vitest.mjs');
const { status } = spawnSync(
  process.execPath,
  [vitest, 'run', '--project', 'unit', 'test/server/storage/durable/crash-points.test.ts'],
  { cwd: root, stdio: 'inherit', env },
);
process.exitCode = status ?? 1;
