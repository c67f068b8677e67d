// Runs a command beside an etcd with nothing in it: `node scripts/with-etcd.mjs node scripts/transcripts.mjs`. The command finds its URL
// in KEELSON_TEST_ETCD, and KEELSON_TEST_STORAGE=etcd. Without etcd, it says so and succeeds.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const [command, ...args] = process.argv.slice(2);
const path = (process.env.PATH ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'etcd'))
  .find((file) => existsSync(file));
if (path === undefined) console.log(`skipped: etcd is not installed: ${[command, ...args].join(' ')}`);
else process.exitCode = await run();

async function run() {
  const folder = await mkdtemp(join(tmpdir(), 'keelson-etcd-'));
  const [url, peer] = [`http://127.0.0.1:${await freePort()}`, `http://127.0.0.1:${await freePort()}`];
  const flags = ['--data-dir', folder, '--name', 'one', '--initial-cluster', `one=${peer}`, '--log-level', 'error'];
  flags.push('--listen-client-urls', url, '--advertise-client-urls', url);
  flags.push('--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--logger', 'zap');
  const etcd = spawn(path, flags, { stdio: 'ignore' });
  const ended = new Promise((resolve) => etcd.once('close', resolve));
  try {
    await healthy(url, etcd);
    const env = { ...process.env, KEELSON_TEST_STORAGE: 'etcd', KEELSON_TEST_ETCD: url };
    const child = spawn(command, args, { stdio: 'inherit', env });
    return await new Promise((resolve) => child.once('close', (code) => resolve(code ?? 1)));
  } finally {
    etcd.kill('SIGKILL');
    await ended;
    await rm(folder, { recursive: true, force: true });
  }
}

async function healthy(url, etcd) {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (etcd.exitCode !== null) throw new Error('etcd ended before it was ready');
    const response = await fetch(`${url}/health`).catch(() => undefined);
    if (response?.ok === true) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`etcd at ${url} is not ready`);
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
