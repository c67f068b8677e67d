// What the reference API server costs: to start, to write, to list, to watch, to hold.
//
//   npm run build && npm run bench -- server [options]
//
//   --parts a,b             of start, create, list, fanout, flat (default all)
//   --seconds 10            how long each kind is created (default 10)
//   --pods 20000            pods created for the memory they take; 0: not measured (default 20000)
//   --lists 20000,100000    sizes of lists (default 20000,100000)
//   --rounds 3              the best of so many, interleaved: noise only ever adds
//   --synthetic FILE        the synthetic server lists are compared to (default $KEELSON_BENCH_SERVER; left out without either)
//   --json                  JSON instead of tables
//
// KEELSON_BENCH_KUBECONFIG names a real kube-apiserver to create the same objects on in the same run (in the namespace
// KEELSON_BENCH_NAMESPACE or `default`), and KEELSON_BENCH_PIDS its processes on this machine (with commas, its store's among them), whose
// processor time is then held against ours instead of the time on the clock. Servers are kept to one core where there is `taskset`. On a busy machine the columns that
// count are ratios and those of processor time, which others cannot take away: `per core second` is what one core does when it
// does nothing else.
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { printReport, runParts } from './report/parts.mjs';
import { cpuSeconds, median, run, start } from './server/process.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const script = (name) => join(here, 'server', `${name}.mjs`);
const { values } = parseArgs({
  options: {
    parts: { type: 'string', default: 'start,create,list,fanout,flat' },
    seconds: { type: 'string', default: '10' },
    pods: { type: 'string', default: '20000' },
    lists: { type: 'string', default: '20000,100000' },
    rounds: { type: 'string', default: '3' },
    synthetic: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const main = join(here, '../dist/src/cli/main.js');
if (!existsSync(main)) throw new Error(`${main} is missing: npm run build`);
const synthetic = values.synthetic ?? process.env.KEELSON_BENCH_SERVER;
const real = process.env.KEELSON_BENCH_KUBECONFIG;
const realPids = (process.env.KEELSON_BENCH_PIDS ?? '').split(',').filter((pid) => pid !== '');
const realProcesses = { cpuSeconds: () => realPids.reduce((sum, pid) => sum + (cpuSeconds(pid) ?? 0), 0) };
const rounds = Number(values.rounds);
const connections = 32;
const scratch = await mkdtemp(join(tmpdir(), 'keelson-bench-'));
const kubeconfig = join(scratch, 'kubeconfig');
// The pods of the load name owners that are not there: whoever collects garbage would delete each as soon as it is made.
const controllers = '*,-garbagecollector';
const serve = (options) =>
  start([main, 'serve', '--secure-port', '0', '--controllers', controllers, '--kubeconfig-out', kubeconfig], options);
const parts = { start: starts, create: creates, list: lists, fanout: fanOut, flat };

let report = {};
try {
  report = await runParts(parts, values.parts);
} finally {
  await rm(scratch, { recursive: true, force: true });
}
printReport(report, values.json);

/** How soon there is an answer, and what a server takes that has answered nothing yet. */
async function starts() {
  const answers = [];
  const ready = [];
  const nothing = [];
  for (let round = 0; round < rounds; round++) {
    answers.push(await run([script('first-answer')]));
    const server = await serve();
    ready.push({ ms: server.readyMs, cpu: server.cpuSeconds() * 1_000, MiB: server.residentMiB() });
    await server.stop();
    const idle = await start(['-e', 'console.log(1); setInterval(() => {}, 1e6)']);
    nothing.push({ ms: idle.readyMs, cpu: idle.cpuSeconds() * 1_000, MiB: idle.residentMiB() });
    await idle.stop();
  }
  const best = (list, of) => Math.round(Math.min(...list.map(of)));
  return [
    { what: 'startServer() to first answer, first of the process', ms: best(answers, (one) => one.firstMs), aim: 50 },
    { what: 'startServer() to first answer, again', ms: best(answers, (one) => one.againMs), aim: 50 },
    {
      what: 'keelson serve: process start to ready line',
      ms: best(ready, (one) => one.ms),
      'processor ms': best(ready, (one) => one.cpu),
      MiB: median(ready.map((one) => one.MiB)),
      aim: '400 ms, 90 MiB',
    },
    {
      what: 'an empty Node process, for comparison',
      ms: best(nothing, (one) => one.ms),
      'processor ms': best(nothing, (one) => one.cpu),
      MiB: median(nothing.map((one) => one.MiB)),
    },
  ];
}

/** Objects created over TLS by 32 connections, beside a server that only echoes and beside a real one. */
async function creates() {
  const rows = [];
  for (const kind of ['configmaps', 'pods']) {
    const aim = { configmaps: 4_660, pods: 1_720 }[kind];
    const echo = await start([script('echo')], { onOneCore: true });
    const floor = await created(echo, echo.line, kind, 0);
    await echo.stop();
    const server = await serve({ onOneCore: true });
    // What a server does in its first second is the compiler's work.
    await created(server, kubeconfig, kind, 10_000_000, 2);
    const ours = await created(server, kubeconfig, kind, 0);
    await server.stop();
    rows.push({ kind, server: 'echo (the floor)', ...floor });
    rows.push({ kind, server: 'keelson', ...ours, 'of the floor': share(ours, floor), aim });
    if (real !== undefined) {
      const theirs = await created(realPids.length > 0 ? realProcesses : undefined, real, kind, Date.now() % 1e9);
      rows.push({ kind, server: 'the real one', ...theirs, 'keelson to it': share(ours, theirs) });
    }
  }
  if (Number(values.pods) > 0) rows.push(await filled(Number(values.pods)));
  return rows;
}

async function created(server, target, kind, from, seconds = Number(values.seconds)) {
  const before = server?.cpuSeconds();
  const most = Math.round(seconds * 20_000);
  const args = [script('create'), target, kind, most, connections, from, seconds].map(String);
  const result = await run(args, { NODE_NO_WARNINGS: '1' });
  const row = { created: result.created, 'per second': Math.round(result.perSecond) };
  if (before === undefined) return row;
  const cpu = server.cpuSeconds() - before;
  return { ...row, 'per core second': Math.round(result.created / cpu) };
}

function share(ours, theirs) {
  const by = 'per core second' in theirs ? 'per core second' : 'per second';
  return Number((ours[by] / theirs[by]).toFixed(2));
}

/** What pods take that came in through the API. */
async function filled(count) {
  const server = await serve({ onOneCore: true });
  await run([script('create'), kubeconfig, 'pods', String(count), String(connections), '0']);
  const MiB = server.residentMiB();
  await server.stop();
  return { kind: 'pods', server: `keelson, ${count} created`, created: count, MiB, aim: '455 MiB at 20,000' };
}

/** Whole lists, beside the synthetic server's, byte for byte. */
async function lists() {
  const rows = [];
  for (const count of values.lists.split(',').map(Number)) {
    const ours = await start([script('preloaded'), 'pods', String(count)], { onOneCore: true });
    const { plain, secure } = JSON.parse(ours.line);
    const other = synthetic !== undefined ? await startSynthetic(count) : undefined;
    const subjects = [
      ...(other === undefined ? [] : [['synthetic server, JSON', other.server, `${other.url}/api/v1/pods`]]),
      ['keelson, JSON', ours, `${plain}/api/v1/pods`],
      ['keelson, JSON over TLS', ours, `${secure}/api/v1/pods`],
      ['keelson, protobuf', ours, `${plain}/api/v1/pods`, 'application/vnd.kubernetes.protobuf'],
    ];
    const best = new Map();
    for (let round = 0; round < rounds; round++) {
      for (const [name, server, url, accept] of subjects) {
        const before = server.cpuSeconds();
        const { ms, MiB, firstMs } = await run([script('read'), url, ...(accept === undefined ? [] : [accept])]);
        const cpu = (server.cpuSeconds() - before) * 1_000;
        const known = best.get(name);
        if (known === undefined || cpu < known.cpu) best.set(name, { ms, cpu, MiB, firstMs });
        else known.ms = Math.min(known.ms, ms);
      }
    }
    const base = best.get(subjects[0][0]);
    for (const [name, { ms, cpu, MiB, firstMs }] of best) {
      rows.push({
        pods: count,
        server: name,
        MiB: Math.round(MiB),
        ms: Math.round(ms),
        'to first byte': Math.round(firstMs),
        'server ms': Math.round(cpu),
        'rate to synthetic': other === undefined ? undefined : Number((MiB / ms / (base.MiB / base.ms)).toFixed(2)),
        'by processor time': other === undefined ? undefined : Number((MiB / cpu / (base.MiB / base.cpu)).toFixed(2)),
      });
    }
    rows.push({ pods: count, server: 'keelson, resident after all this', MiB: ours.residentMiB() });
    await ours.stop();
    await other?.server.stop();
  }
  return rows;
}

async function startSynthetic(count) {
  const { createServer } = await import('node:net');
  const free = createServer().listen(0, '127.0.0.1');
  await new Promise((done) => free.once('listening', done));
  const { port } = free.address();
  await new Promise((done) => free.close(done));
  const args = ['--max-old-space-size=8192', synthetic, String(port), String(count)];
  return { server: await start(args, { onOneCore: true }), url: `http://127.0.0.1:${port}` };
}

/** One update, heard by many. */
async function fanOut() {
  const rows = [];
  for (const watchers of [1, 1_000]) {
    const server = await start([script('preloaded'), 'configmaps', '1'], { onOneCore: true });
    const { plain } = JSON.parse(server.line);
    const cost = async (updates) => {
      const before = server.cpuSeconds();
      const { ms } = await run([script('fan-out'), plain, String(watchers), String(updates)]);
      return { ms, cpu: (server.cpuSeconds() - before) * 1_000 };
    };
    // The second time nothing is to be compiled; that watchers connect costs the same each time.
    await cost(5);
    const few = await cost(5);
    const many = await cost(45);
    rows.push({
      watchers,
      'ms to the last': Number(many.ms.toFixed(1)),
      'server ms per update': (many.cpu - few.cpu) / 40,
      'server ms to connect': few.cpu,
    });
    await server.stop();
  }
  return rows;
}

/** Whether a write costs the same in a small store and in a large one. */
async function flat() {
  const [small, large] = [
    await run([script('write-cost'), '1000']),
    await run(['--max-old-space-size=8192', script('write-cost'), '100000']),
  ];
  const ratio = (field) => Number((large[field] / small[field]).toFixed(2));
  return [small, large, { count: 'ratio', createMicros: ratio('createMicros'), patchMicros: ratio('patchMicros') }];
}
