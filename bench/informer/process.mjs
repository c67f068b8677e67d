import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Runs a subject in a process of its own; it prints one line of JSON. What it cannot do is an `error`, not the end of the run. */
export async function run(command, args, { timeoutMs = 300_000 } = {}) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const out = text(child.stdout);
  const err = text(child.stderr);
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
  const [code] = await once(child, 'close');
  clearTimeout(timer);
  const line = (await out).trim().split('\n').at(-1) ?? '';
  const told = await err;
  const cpu = /^cpu (\d+)$/m.exec(told)?.[1];
  try {
    return { ...JSON.parse(line), ...(cpu === undefined ? {} : { cpuMs: Number(cpu) }) };
  } catch {
    const why = /ERR_[A-Z_]+|heap out of memory/.exec(told)?.[0] ?? `ended with ${code}`;
    return { subject: /client-node/.test(args.join()) ? 'client-node' : (args.at(-1) ?? ''), error: why };
  }
}

/** Returns the script of the synthetic server: the one given, or the one that `KEELSON_BENCH_SERVER` names. */
export function syntheticServer(given) {
  const script = given ?? process.env.KEELSON_BENCH_SERVER;
  if (script === undefined)
    throw new Error(
      'cannot start the synthetic server: no script is given. Set --server-script or KEELSON_BENCH_SERVER.',
    );
  if (!existsSync(script)) throw new Error(`cannot start the synthetic server: ${script} does not exist.`);
  return resolve(script);
}

/** Starts the synthetic server on a free port and waits until it is ready. */
export async function startServer(script, n, ...more) {
  const port = await freePort();
  const child = spawn(process.execPath, ['--max-old-space-size=8192', script, String(port), String(n), ...more], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await once(child.stdout, 'data');
  return { url: `http://127.0.0.1:${port}`, stop: () => child.kill() };
}

/** Starts the reference server with `n` pods; where the kubeconfig to it lies is known when all are there. */
export async function startReference(n) {
  const folder = await mkdtemp(join(tmpdir(), 'keelson-informer-'));
  const script = fileURLToPath(new URL('reference-server.mjs', import.meta.url));
  const child = spawn(process.execPath, [script, folder, String(n)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
  if (!Buffer.isBuffer(line)) throw new Error('the reference server did not come up');
  const stop = () => {
    child.kill();
    rmSync(folder, { recursive: true, force: true });
  };
  return { kubeconfig: String(line).trim(), stop };
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

async function text(stream) {
  let all = '';
  for await (const chunk of stream) all += chunk;
  return all;
}
