// What a controller costs: reconciles a second through the whole way (watch event, cache, key, queue, worker, empty reconcile), beside
// an informer that only hands out keys; and the time from a write to its reconcile, beside that to an informer's handler.
//
//   npm run build && node bench/run.mjs controller [options]
//
//   --n 10000               objects on the synthetic server
//   --writes 500            writes whose way to their reconcile is timed, on the reference server in a process of its own
//   --server-script FILE    the synthetic server (default $KEELSON_BENCH_SERVER)
//   --rounds 3              the best of so many, interleaved: noise only ever adds
//   --json                  JSON instead of tables
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { run, startServer, syntheticServer } from './informer/process.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const { values } = parseArgs({
  options: {
    n: { type: 'string', default: '10000' },
    writes: { type: 'string', default: '500' },
    'server-script': { type: 'string' },
    rounds: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
  },
});
const serverScript = syntheticServer(values['server-script']);
const entry = join(here, '../dist/src/index.js');
if (!existsSync(entry)) throw new Error(`cannot find ${entry}. Run npm run build.`);
const subject = (...args) => run(process.execPath, [join(here, 'controller/subject.mjs'), ...args]);

const throughput = {};
const server = await startServer(serverScript, values.n);
try {
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const name of ['keys', 'controller', 'controller x10']) {
      const { error, ...result } = await subject(name, server.url, values.n);
      if (error !== undefined) throw new Error(`${name}: ${error}`);
      const best = throughput[name];
      throughput[name] = {
        'first state, s': Math.min(best?.['first state, s'] ?? Infinity, result.firstSeconds),
        'changes/s': Math.max(best?.['changes/s'] ?? 0, result.perSecond),
        'CPU µs/change': Math.min(best?.['CPU µs/change'] ?? Infinity, result.cpuMicros),
      };
    }
  }
} finally {
  server.stop();
}
for (const row of Object.values(throughput)) {
  row['x keys'] = Number((row['CPU µs/change'] / throughput.keys['CPU µs/change']).toFixed(2));
}

const latency = {};
for (const name of ['latency keys', 'latency controller']) {
  const { error, ...result } = await subject(name, '', values.writes);
  if (error !== undefined) throw new Error(`${name}: ${error}`);
  latency[name.slice('latency '.length)] = result;
}

if (values.json) console.log(JSON.stringify({ node: process.version, throughput, latency }, null, 2));
else {
  console.log(`${values.n} objects on the synthetic server`);
  console.table(throughput);
  console.log(`from sending a write to its reconcile or handler, and to the answer, in ms; ${values.writes} writes`);
  console.table(latency);
}
