// What an informer costs: time to the first whole state, memory, updates per second, pauses, reads. Beside the floor (the same bytes
// read off a socket and split into lines) and @kubernetes/client-node's informer, all in one run on one machine.
//
//   npm run build && node bench/informer.mjs [options]
//
//   --n 100,1000            numbers of objects (default 100,1000,10000,30000,100000)
//   --encoding json         json, protobuf, or both with a comma between; rows of protobuf have a floor of their own
//   --target NAME           synthetic (default), reference: the reference server with so many pods, or kubeconfig: the pods of the cluster that
//                           $KEELSON_BENCH_KUBECONFIG names, as they are
//   --subjects a,b          of floor, floor-parse, keys, hydrate, list, client-node (default all)
//   --client-go FILE        with --target: a program built from informer/client-go, whose informer is measured in the same run
//   --server-script FILE    the synthetic server (default $KEELSON_BENCH_SERVER)
//   --floor-script FILE     the floor (default: floor.mjs beside the server)
//   --rounds 3              the best of so many, interleaved: noise only ever adds
//   --node FILE             the Node that floor and keelson run on (default: this one); `24`: that of --node24
//   --node24 FILE           a Node 24 binary (default: one is installed into a scratch folder for client-node)
//   --client-node DIR       a folder with client-node in its node_modules (default: installed into a scratch folder)
//   --churn 10              also: so many full turnovers of the first N, and what memory does meanwhile
//   --json                  JSON instead of tables
//   --markdown              the table of docs/cache.md, and every aim with what was measured, instead of tables
//   --svg FILE              also draws sync time against the number of objects
//
// Figures of a shared machine only mean something beside the floor of the same round: see the columns `x floor`, of time and of
// processor time. Everything docs/cache.md and the aims ask for, on a machine that does nothing else (some ten minutes):
//
//   npm run build && npm run --silent bench -- informer --markdown --churn 10 --svg docs/cache-sync.svg
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { scratchInstall } from './informer/install.mjs';
import { plot } from './informer/plot.mjs';
import { run, startReference, startServer, syntheticServer } from './informer/process.mjs';
import { markdown } from './informer/report.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const { values } = parseArgs({
  options: {
    n: { type: 'string', default: '100,1000,10000,30000,100000' },
    encoding: { type: 'string', default: 'json' },
    target: { type: 'string', default: 'synthetic' },
    subjects: { type: 'string', default: 'floor,floor-parse,keys,hydrate,list,client-node' },
    'server-script': { type: 'string' },
    'floor-script': { type: 'string' },
    rounds: { type: 'string', default: '3' },
    node24: { type: 'string' },
    'client-node': { type: 'string' },
    'client-go': { type: 'string' },
    churn: { type: 'string', default: '0' },
    node: { type: 'string' },
    json: { type: 'boolean', default: false },
    markdown: { type: 'boolean', default: false },
    svg: { type: 'string' },
  },
});
const isSynthetic = values.target === 'synthetic';
const serverScript = isSynthetic ? syntheticServer(values['server-script']) : '';
const floorScript = resolve(values['floor-script'] ?? join(dirname(serverScript), 'floor.mjs'));
for (const script of isSynthetic ? [floorScript, join(here, '../dist/src/index.js')] : []) {
  if (!existsSync(script)) throw new Error(`${script} is missing: see the head of this file`);
}
const say = (text) => console.error(text);
const encodings = values.encoding.split(',');
const subjects = values.subjects
  .split(',')
  .filter((subject) => encodings.includes('json') || subject !== 'client-node');
// Nobody else speaks protobuf, and nothing in it can be parsed by JSON.parse.
const inProtobuf = subjects.filter((subject) => subject !== 'client-node' && subject !== 'floor-parse');
const needsInstall = (isSynthetic && subjects.includes('client-node')) || values.node === '24';
const installed = needsInstall ? await scratchInstall(values, say) : undefined;
const node = values.node === '24' ? installed.node24 : (values.node ?? process.execPath);
const results = [];
if (!isSynthetic) await measureApiServers();
try {
  for (const n of isSynthetic ? values.n.split(',').map(Number) : []) {
    const server = await startServer(serverScript, n);
    const protobuf = encodings.includes('protobuf')
      ? await startServer(join(here, 'informer/protobuf-server.mjs'), n, server.url)
      : undefined;
    try {
      for (let round = 1; round <= Number(values.rounds); round++) {
        for (const subject of encodings.includes('json') ? subjects : []) {
          say(`${n} objects, round ${round}: ${subject}`);
          results.push({ n, round, encoding: 'json', ...(await measure(subject, server.url)) });
        }
        for (const subject of protobuf === undefined ? [] : inProtobuf) {
          say(`${n} objects, round ${round}: ${subject} in protobuf`);
          results.push({ n, round, encoding: 'protobuf', ...(await measureProtobuf(subject, protobuf.url)) });
        }
      }
      if (Number(values.churn) > 0 && n === Number(values.n.split(',')[0])) {
        results.push({
          n,
          ...(await run(node, ['--expose-gc', join(here, 'informer/churn.mjs'), server.url, String(n), values.churn])),
        });
      }
    } finally {
      protobuf?.stop();
      server.stop();
    }
  }
} finally {
  if (installed?.scratch !== undefined) await rm(installed.scratch, { recursive: true, force: true });
}

const rows = summarise(results);
if (values.svg !== undefined) await writeFile(values.svg, plot(rows));
if (values.json)
  console.log(
    JSON.stringify({ node, version: process.version, cores: availableParallelism(), rows, results }, null, 2),
  );
else if (values.markdown) console.log(markdown(rows, results));
else {
  console.table(rows.map(({ micro, ...row }) => row));
  const micro = rows.filter((row) => row.micro !== undefined);
  if (micro.length > 0) console.table(micro.map(({ n, micro }) => ({ n, ...micro })));
  const churn = results.filter(({ subject }) => subject === 'churn');
  if (churn.length > 0) console.table(churn);
}

/** An API server that speaks both encodings: the reference server, or the one of a kubeconfig. */
async function measureApiServers() {
  const given = process.env.KEELSON_BENCH_KUBECONFIG;
  if (values.target === 'kubeconfig' && given === undefined)
    throw new Error('KEELSON_BENCH_KUBECONFIG names no kubeconfig');
  for (const n of values.target === 'kubeconfig' ? [undefined] : values.n.split(',').map(Number)) {
    const server = n === undefined ? { kubeconfig: given, stop() {} } : await startReference(n);
    try {
      for (let round = 1; round <= Number(values.rounds); round++) {
        for (const encoding of encodings) {
          if (values['client-go'] !== undefined) {
            say(`${n ?? 'its'} objects, round ${round}: client-go in ${encoding}`);
            const theirs = await run(resolve(values['client-go']), [server.kubeconfig, encoding]);
            results.push({ n: n ?? values.target, round, encoding, ...theirs });
          }
          for (const subject of inProtobuf) {
            say(`${n ?? 'its'} objects, round ${round}: ${subject} in ${encoding}`);
            const args =
              subject === 'floor'
                ? [join(here, 'informer/api-floor.mjs'), server.kubeconfig, encoding]
                : ['--expose-gc', join(here, 'informer/keelson.mjs'), server.kubeconfig, subject, encoding];
            results.push({ n: n ?? values.target, round, encoding, ...(await run(node, args)) });
          }
        }
      }
    } finally {
      server.stop();
    }
  }
}

function measure(subject, url) {
  switch (subject) {
    case 'floor':
      return floor('lines', subject, url);
    case 'floor-parse':
      return floor('lines-parse', subject, url);
    case 'client-node':
      return run(installed.node24, ['--expose-gc', join(here, 'informer/client-node.mjs'), url, installed.theirs]);
    default:
      return run(node, ['--expose-gc', join(here, 'informer/keelson.mjs'), url, subject]);
  }
}

async function measureProtobuf(subject, url) {
  if (subject !== 'floor')
    return run(node, ['--expose-gc', join(here, 'informer/keelson.mjs'), url, subject, 'protobuf']);
  const script = join(here, 'informer/protobuf-floor.mjs');
  const { ms, rssMB, cpuMs } = await run(node, ['--import', join(here, 'informer/cpu.mjs'), script, url]);
  return { subject, syncMs: ms, cpuMs, peakMiB: rssMB };
}

async function floor(mode, subject, url) {
  const { ms, rssMB, cpuMs } = await run(node, ['--import', join(here, 'informer/cpu.mjs'), floorScript, url, mode]);
  return { subject, syncMs: ms, cpuMs, peakMiB: rssMB };
}

/** The best round of each subject, and how it stands to the best floor. */
function summarise(all) {
  const best = new Map();
  for (const result of all.filter(({ subject }) => subject !== 'churn')) {
    const key = `${result.n} ${result.encoding} ${result.subject}`;
    const known = best.get(key);
    if (known === undefined) best.set(key, { ...result });
    else if (result.error === undefined) {
      known.updatesPerSecond = max(known.updatesPerSecond, result.updatesPerSecond);
      known.updateCpuUs = min(known.updateCpuUs, result.updateCpuUs);
      known.againPerSecond = max(known.againPerSecond, result.againPerSecond);
      known.againCpuUs = min(known.againCpuUs, result.againCpuUs);
      known.loopMaxMs = min(known.loopMaxMs, result.loopMaxMs);
      known.cpuMs = min(known.cpuMs, result.cpuMs);
      if (result.syncMs < known.syncMs) known.syncMs = result.syncMs;
    }
  }
  return [...best.values()].map(({ round: _, ...row }) => {
    const base = best.get(`${row.n} ${row.encoding} floor`);
    const { n, encoding, subject, syncMs, cpuMs, ...rest } = row;
    const times = (a, b) => (a && b ? Number((a / b).toFixed(2)) : undefined);
    return {
      n,
      encoding,
      subject,
      syncMs,
      'x floor': times(syncMs, base?.syncMs),
      cpuMs,
      'x floor cpu': times(cpuMs, base?.cpuMs),
      ...rest,
    };
  });
}

function max(a, b) {
  return a === undefined ? b : b === undefined ? a : Math.max(a, b);
}

function min(a, b) {
  return a === undefined ? b : b === undefined ? a : Math.min(a, b);
}
