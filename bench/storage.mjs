// What it costs to keep objects: on disk and in etcd, beside the disk's own floor and a real kube-apiserver.
//
//   npm run build && npm run bench -- storage [options]
//
//   --parts a,b       of store, create, start (default all)
//   --seconds 10      how long each store is written to (default 10)
//   --objects 100000  the objects of a data folder that a server starts with (default 100000)
//   --folder DIR      where data folders are made: the disk that is measured (default: the folder for temporary files)
//   --etcd URL,...    an etcd to measure too, under a prefix of its own
//   --json            JSON instead of tables
//
// The floor is how often the disk syncs 1 KiB (fdatasync), one after the other. KEELSON_BENCH_KUBECONFIG names a real kube-apiserver
// on the same etcd, and KEELSON_BENCH_PIDS its process, whose processor time is then held against ours.
import { existsSync } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { cpuSeconds, run, start } from './server/process.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const main = join(here, '../dist/src/cli/main.js');
if (!existsSync(main)) throw new Error(`${main} is missing: npm run build`);
const { values } = parseArgs({
  options: {
    parts: { type: 'string', default: 'store,create,start' },
    seconds: { type: 'string', default: '10' },
    objects: { type: 'string', default: '100000' },
    folder: { type: 'string', default: tmpdir() },
    etcd: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const seconds = Number(values.seconds);
const real = process.env.KEELSON_BENCH_KUBECONFIG;
const realPids = (process.env.KEELSON_BENCH_PIDS ?? '').split(',').filter((pid) => pid !== '');
const scratch = await mkdtemp(join(values.folder, 'keelson-bench-'));
const kubeconfig = join(scratch, 'kubeconfig');
const { DurableStorage } = await import('../dist/src/server/storage/durable/durable-storage.js');
const value = new Uint8Array(1_024).fill(120);

const parts = { store: stores, create: creates, start: starts };
const report = {};
try {
  for (const part of values.parts.split(',')) report[part] = await parts[part]();
} finally {
  await rm(scratch, { recursive: true, force: true });
}
if (values.json) console.log(JSON.stringify({ node: process.version, ...report }, null, 2));
else for (const [part, rows] of Object.entries(report)) console.log(`${part}`) ?? console.table(rows);

/** Syncs one after the other, as many a second as the disk manages. */
async function syncsPerSecond() {
  const file = await open(join(scratch, 'floor'), 'w');
  const began = performance.now();
  let count = 0;
  while (performance.now() - began < seconds * 500) {
    await file.write(value, 0, value.length, count++ * value.length);
    await file.datasync();
  }
  await file.close();
  return Math.round((count * 1_000) / (performance.now() - began));
}

/** The store alone: writes of 1 KiB by so many at once, each waiting for its answer. */
async function stores() {
  const rows = [];
  for (const clients of [1, 32, 1_000]) {
    const floor = await syncsPerSecond();
    const folder = join(scratch, `store-${clients}`);
    const storage = await DurableStorage.open(folder);
    const took = [];
    const began = performance.now();
    let next = 0;
    await Promise.all(
      Array.from({ length: clients }, async () => {
        while (performance.now() - began < seconds * 1_000) {
          const at = performance.now();
          const { ok } = await storage.put(`/registry/configmaps/default/${next++}`, value, 0);
          if (!ok) throw new Error('a new key was refused');
          took.push(performance.now() - at);
        }
      }),
    );
    const perSecond = Math.round((took.length * 1_000) / (performance.now() - began));
    await storage.close();
    await rm(folder, { recursive: true });
    took.sort((one, other) => one - other);
    rows.push({
      clients,
      'durable writes per second': perSecond,
      'syncs per second (the floor)': floor,
      'of the floor': Number((perSecond / floor).toFixed(2)),
      'p50 ms': Number(took[took.length >> 1].toFixed(2)),
      'p99 ms': Number(took[Math.floor(took.length * 0.99)].toFixed(2)),
    });
  }
  return rows;
}

/** ConfigMaps created over TLS. */
async function creates() {
  const rows = [];
  const targets = [
    ['in memory', []],
    ['--data-dir', ['--data-dir', join(scratch, 'create')]],
  ];
  if (values.etcd !== undefined)
    targets.push(['--etcd-servers', ['--etcd-servers', values.etcd, '--etcd-prefix', `/bench-${process.pid}`]]);
  for (const [name, flags] of targets) {
    for (const clients of [32, 1_000]) {
      const inflight = ['--max-requests-inflight=2000', '--max-mutating-requests-inflight=2000'];
      const ports = ['--secure-port', '0', '--controllers=-*', '--kubeconfig-out', kubeconfig];
      const server = await start([main, 'serve', ...ports, ...inflight, ...flags]);
      await create(kubeconfig, 32, 10_000_000 + clients * 1_000_000, 2);
      const before = server.cpuSeconds();
      const { created, perSecond } = await create(kubeconfig, clients, clients * 1_000_000, seconds);
      const cpu = server.cpuSeconds() - before;
      const MiB = server.residentMiB();
      await server.stop();
      rows.push({
        server: name,
        clients,
        'per second': Math.round(perSecond),
        'per core second': Math.round(created / cpu),
        MiB,
      });
    }
  }
  if (real !== undefined) {
    const cpuOf = () => realPids.reduce((sum, pid) => sum + (cpuSeconds(pid) ?? 0), 0);
    const before = cpuOf();
    const { created, perSecond } = await create(real, 32, Date.now() % 1e9, seconds);
    const cpu = cpuOf() - before;
    const perCore = cpu > 0 ? { 'per core second': Math.round(created / cpu) } : {};
    rows.push({ server: 'kube-apiserver', clients: 32, 'per second': Math.round(perSecond), ...perCore });
  }
  return rows;
}

function create(target, clients, from, forSeconds) {
  const args = [
    join(here, 'server/create.mjs'),
    target,
    'configmaps',
    Math.round(forSeconds * 10_000),
    clients,
    from,
    forSeconds,
  ];
  return run(args.map(String), { NODE_NO_WARNINGS: '1' });
}

/** A server that starts on a folder with many objects: from the process's start to its ready line. */
async function starts() {
  const folder = join(scratch, 'start');
  const storage = await DurableStorage.open(folder);
  const { configMap } = await import('./server/objects.mjs');
  const count = Number(values.objects);
  for (let from = 0; from < count; from += 1_000) {
    const keys = Array.from({ length: Math.min(1_000, count - from) }, (_, i) => from + i);
    await Promise.all(
      keys.map((i) => {
        const { metadata, ...rest } = configMap(i);
        const uid = `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`;
        const object = { metadata: { ...metadata, namespace: 'default', uid }, ...rest };
        delete object.kind;
        delete object.apiVersion;
        return storage.put(`/registry/configmaps/default/${metadata.name}`, Buffer.from(JSON.stringify(object)), 0);
      }),
    );
  }
  await storage.close();
  const rows = [];
  for (let round = 0; round < 3; round++) {
    const server = await start([
      main,
      'serve',
      '--secure-port',
      '0',
      '--data-dir',
      folder,
      '--kubeconfig-out',
      kubeconfig,
    ]);
    rows.push({ objects: count, 'ready after ms': Math.round(server.readyMs), MiB: server.residentMiB(), aim: 2_000 });
    await server.stop();
  }
  return rows;
}
