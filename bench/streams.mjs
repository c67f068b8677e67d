// What streams cost, and what they survive: copies, commands, forwarded connections, a stalled reader, a killed client.
//
//   npm run build && npm run bench -- streams [options]
//
//   --parts a,b             of copy, exec, forward, stall, kill (default all)
//   --runs 3                copies of each kind in each direction
//   --mebibytes 1024        size of the large file
//   --files 5500            number of small files
//   --commands 200          commands run one after the other, and again with eight at a time
//   --rounds 100            rounds of 200 forwarded connections that are aborted
//   --json                  JSON instead of tables
//
// A server with one node runs in a process of its own (`keelson up --nodes 1 --runtime process`); its containers are processes of this
// machine. KEELSON_BENCH_KUBECONFIG names another cluster whose containers see the files of this machine. kubectl is the one of the
// tests, or KEELSON_KUBECTL.
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, get } from 'node:http';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { Pod } from '../dist/generated/core/v1.js';
import { connect, ready } from '../dist/src/index.js';
import { printReport, runParts } from './report/parts.mjs';
import { digestOf, makeFile, makeTree } from './streams/files.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const { values } = parseArgs({
  options: {
    parts: { type: 'string', default: 'copy,exec,forward,stall,kill' },
    runs: { type: 'string', default: '3' },
    mebibytes: { type: 'string', default: '1024' },
    files: { type: 'string', default: '5500' },
    commands: { type: 'string', default: '200' },
    rounds: { type: 'string', default: '100' },
    json: { type: 'boolean', default: false },
  },
});
const main = join(here, '../dist/src/cli/main.js');
if (!existsSync(main)) throw new Error(`${main} is missing: npm run build`);
const kubectl = process.env.KEELSON_KUBECTL ?? 'kubectl';
const scratch = await mkdtemp(join(tmpdir(), 'keelson-bench-streams-'));
const namespace = 'default';
const name = `streams-${process.pid}`;
const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
const round = (value) => Number(value.toPrecision(3));
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const target = await startTarget();
const cluster = await connect({ kubeconfig: target.kubeconfig });
const pods = cluster.resource(Pod).in(namespace);
const parts = { copy, exec, forward, stall, kill };
let report = {};
try {
  await pods.create({
    metadata: { name },
    spec: {
      terminationGracePeriodSeconds: 0,
      automountServiceAccountToken: false,
      containers: [{ name: 'main', image: 'local/none', command: ['sleep', '1000000'] }],
    },
  });
  await pods.waitFor(name, ready, { timeoutMs: 60_000 });
  report = await runParts(parts, values.parts);
} finally {
  await pods.delete(name, { gracePeriodSeconds: 0 }).catch(() => {});
  await cluster.close();
  await target.stop();
  await rm(scratch, { recursive: true, force: true });
}
printReport(report, values.json);

/** Copies in both directions. Every copy is compared with its origin by SHA-256. */
async function copy() {
  const large = join(scratch, 'large');
  const tree = join(scratch, 'tree');
  await makeFile(large, Number(values.mebibytes) * 2 ** 20);
  const bytes = await makeTree(tree, Number(values.files));
  const rows = {};
  for (const [what, from, size] of [
    [`${values.mebibytes} MiB`, large, Number(values.mebibytes) * 2 ** 20],
    [`${values.files} files`, tree, bytes],
  ]) {
    const wanted = await digestOf(from);
    for (const direction of ['copyTo', 'copyFrom']) {
      const seconds = [];
      const cpu = [];
      for (let run = 0; run < Number(values.runs); run++) {
        const to = join(scratch, `copy-${run}`);
        const start = performance.now();
        const [client, server] = [process.cpuUsage(), await cpuSecondsOf(target.pid)];
        await pods[direction](name, from, to);
        seconds.push((performance.now() - start) / 1000);
        const { user, system } = process.cpuUsage(client);
        cpu.push([(user + system) / 1e6, (await cpuSecondsOf(target.pid)) - server]);
        if ((await digestOf(to)) !== wanted) throw new Error(`${direction} of ${what}: the copy differs`);
        await rm(to, { recursive: true });
      }
      rows[`${direction}, ${what}`] = {
        'copies equal': seconds.length,
        seconds: round(median(seconds)),
        'MB/s': round(size / 1e6 / median(seconds)),
        'MB/s, best': round(size / 1e6 / Math.min(...seconds)),
        'client CPU, s': round(median(cpu.map(([client]) => client))),
        'server CPU, s': round(median(cpu.map(([, server]) => server))),
        'files/s': round((what.endsWith('files') ? Number(values.files) : 1) / median(seconds)),
      };
    }
  }
  return rows;
}

/** Commands that end at once, from the call to the exit code. Rounds are interleaved, and the best of them counts: noise only ever adds. */
async function exec() {
  const count = Number(values.commands);
  const ours = async () => {
    const { exitCode, stdout } = await pods.exec(name, ['echo', 'x'], { container: 'main' });
    if (exitCode !== 0 || stdout !== 'x\n') throw new Error('the command failed');
  };
  const args = ['--kubeconfig', target.kubeconfig, '-n', namespace, 'exec', name, '-c', 'main', '--', 'echo', 'x'];
  const run = promisify(execFile);
  const clients = [
    ['keelson', count, ours],
    ['client-node', count, await clientNode()],
    ['kubectl', Math.ceil(count / 10), () => run(kubectl, args)],
  ];
  const rows = {};
  for (let index = 0; index < 30; index++) for (const [, , call] of clients.slice(0, 2)) await call();
  for (const lanes of [1, 8]) {
    for (let index = 0; index < 3; index++) {
      for (const [client, commands, call] of clients) {
        let left = commands;
        const start = performance.now();
        const lane = async () => {
          while (left-- > 0) await call();
        };
        await Promise.all(Array.from({ length: lanes }, lane));
        const perSecond = commands / ((performance.now() - start) / 1000);
        const label = `${client}, ${lanes} at a time`;
        const best = Math.max(rows[label]?.['per second'] ?? 0, round(perSecond));
        rows[label] = { commands: 3 * commands, 'per second': best };
      }
    }
  }
  return rows;
}

async function clientNode() {
  const { Exec, KubeConfig } = await import('@kubernetes/client-node');
  const { Writable } = await import('node:stream');
  const config = new KubeConfig();
  config.loadFromFile(target.kubeconfig);
  const runner = new Exec(config);
  return () =>
    new Promise((resolve, reject) => {
      const sink = new Writable({ write: (_chunk, _encoding, done) => done() });
      runner
        .exec(namespace, name, 'main', ['echo', 'x'], sink, null, null, false, ({ status }) =>
          status === 'Success' ? resolve() : reject(new Error('the command failed')),
        )
        .catch(reject);
    });
}

/** Connections that are aborted in the middle of a body. After each round, one more has to work. */
async function forward() {
  const body = Buffer.alloc(64 * 2 ** 20);
  const server = createServer((request, response) => {
    response.on('error', () => {});
    response.end(request.url === '/small' ? 'small' : body);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const rounds = Number(values.rounds);
  let aborted = 0;
  const before = [await target.collected(), await memoryOf(target.pid)];
  const halves = [];
  const forwarded = await pods.portForward(name, server.address().port, { onConnectionError() {} });
  try {
    const start = performance.now();
    for (let index = 0; index < rounds; index++) {
      await Promise.all(Array.from({ length: 200 }, () => abortMidBody(forwarded.port)));
      aborted += 200;
      const answer = await small(forwarded.port);
      if (answer !== 'small') throw new Error(`after round ${index + 1}: ${answer}`);
      if (index + 1 === Math.ceil(rounds / 2) || index + 1 === rounds) {
        const most = await memoryOf(target.pid);
        halves.push([await target.collected(), most]);
      }
    }
    const seconds = (performance.now() - start) / 1000;
    return {
      'one forward': {
        'connections aborted': aborted,
        rounds,
        'next one worked': rounds,
        seconds: round(seconds),
        ...Object.fromEntries(halves.flatMap(([left, most], half) => grownSince(before, left, most, half))),
      },
    };
  } finally {
    await forwarded.close();
    server.closeAllConnections();
    server.close();
  }
}

/** The growth of the server in half of the rounds and in all of them: resident, and what stays after a collection of garbage. */
function grownSince([left, resident], leftNow, residentNow, half) {
  const when = half === 0 ? 'half' : 'all';
  const mebibytes = (bytes) => Math.round((bytes / 2 ** 20) * 10) / 10;
  const used = (memory) => (memory === undefined ? 0 : memory.heapUsed + memory.external);
  return [
    [`resident, ${when}, MiB`, mebibytes(residentNow - resident)],
    [`after collection, ${when}, MiB`, mebibytes(used(leftNow) - used(left))],
    [`resident after collection, ${when}, MiB`, mebibytes((leftNow?.rss ?? 0) - (left?.rss ?? 0))],
  ];
}

function abortMidBody(port) {
  return new Promise((resolve, reject) => {
    const socket = connectTcp(port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'));
    let bytes = 0;
    socket.setTimeout(30_000, () => socket.destroy(new Error(`no data for 30 s after ${bytes} bytes`)));
    socket.on('data', (chunk) => {
      bytes += chunk.length;
      if (bytes > 100_000) socket.resetAndDestroy();
    });
    socket.on('error', reject);
    socket.on('close', () => (bytes > 100_000 ? resolve() : reject(new Error(`it ended after ${bytes} bytes`))));
  });
}

function small(port) {
  return new Promise((resolve, reject) => {
    const request = get(
      { port, host: '127.0.0.1', path: '/small', agent: false, timeout: 10_000 },
      async (response) => {
        let text = '';
        for await (const chunk of response) text += chunk;
        resolve(text);
      },
    );
    request.on('timeout', () => request.destroy(new Error('no answer within 10 s')));
    request.on('error', reject);
  });
}

/** A command that writes without end, and a reader that does not read. */
async function stall() {
  globalThis.gc?.();
  const session = await pods.openExec(name, ['cat', '/dev/zero'], { stdin: false });
  const reader = session.stdout.getReader();
  await reader.read();
  await sleep(1000);
  const [client, server] = [process.memoryUsage.rss(), await memoryOf(target.pid)];
  let [clientMost, serverMost] = [client, server];
  for (let second = 0; second < 20; second++) {
    await sleep(500);
    clientMost = Math.max(clientMost, process.memoryUsage.rss());
    serverMost = Math.max(serverMost, await memoryOf(target.pid));
  }
  reader.releaseLock();
  await session.close();
  return {
    'cat /dev/zero, 10 s': {
      'client grew, MiB': round((clientMost - client) / 2 ** 20),
      'server and kubelet grew, MiB': round((serverMost - server) / 2 ** 20),
    },
  };
}

/** A client that is killed, and the time until the process that it started is gone. */
async function kill() {
  const waits = [];
  for (let index = 0; index < 10; index++) {
    const client = spawn(process.execPath, [join(here, 'streams/session.mjs'), target.kubeconfig, namespace, name], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const pid = await new Promise((resolve) => client.stdout.once('data', (chunk) => resolve(Number(chunk))));
    const start = performance.now();
    client.kill('SIGKILL');
    while (isAlive(pid)) {
      if (performance.now() - start > 30_000) throw new Error('the process lives 30 s after its client');
      await sleep(2);
    }
    waits.push(performance.now() - start);
  }
  return {
    'process gone after its client': {
      clients: waits.length,
      'median, ms': round(median(waits)),
      'most, ms': round(Math.max(...waits)),
    },
  };
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** The resident memory of a process of this machine, in bytes; 0 where it is not known. */
async function memoryOf(pid) {
  if (pid === undefined) return 0;
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024;
}

/** The processor time of a process of this machine, in seconds; 0 where it is not known. */
async function cpuSecondsOf(pid) {
  if (pid === undefined) return 0;
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const [, , , , , , , , , , , , , user = 0, system = 0] = stat.split(' ');
  return (Number(user) + Number(system)) / 100;
}

async function startTarget() {
  const given = process.env.KEELSON_BENCH_KUBECONFIG;
  if (given !== undefined) {
    return { kubeconfig: given, pid: undefined, collected: async () => undefined, stop: async () => {} };
  }
  const kubeconfig = join(scratch, 'kubeconfig');
  const images = join(scratch, 'images.json');
  await writeFile(images, '{}');
  const hook = ['--expose-gc', '--import', pathToFileURL(join(here, 'streams/collect.mjs')).href];
  const args = [
    ...hook,
    main,
    'up',
    '--nodes',
    '1',
    '--runtime',
    'process',
    '--images',
    images,
    '--kubeconfig-out',
    kubeconfig,
  ];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  await new Promise((resolve, reject) => {
    child.stdout.once('data', resolve);
    child.once('exit', (code) => reject(new Error(`the cluster ended with ${code}`)));
  });
  const stop = async () => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill();
    await ended;
  };
  /** The memory that the server uses after a collection of garbage. */
  const collected = () =>
    new Promise((resolve) => {
      child.once('message', resolve);
      child.send('collect');
    });
  return { kubeconfig, pid: child.pid, collected, stop };
}
