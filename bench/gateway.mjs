// What a gateway costs: browsers with different windows and filters over one kind that changes all the time. Measured are the gateway's
// processor time, its memory, and the time from an event of the API server to the browser that shows it.
//
//   npm run build && npm run bench -- gateway [options]
//
//   --connections 1000      browsers, each with one query
//   --objects 10000         pods of the synthetic API server, in 20 namespaces
//   --updates 1000          changes of pods a second
//   --selections 200        different selections among the queries; the windows differ besides
//   --seconds 30            the time that is measured, after the first rows
//   --json                  JSON instead of a table
//
// The API server and the browsers run in processes of their own, which share the machine with the gateway: on few cores the time to the
// browser counts their waits too. The time between two messages of a query is 100 ms, so that half of that is the least to expect.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = dirname(fileURLToPath(import.meta.url));
const { values } = parseArgs({
  options: {
    connections: { type: 'string', default: '1000' },
    objects: { type: 'string', default: '10000' },
    updates: { type: 'string', default: '1000' },
    selections: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '30' },
    json: { type: 'boolean', default: false },
  },
});
const entry = join(here, '../dist/src/gateway/index.js');
if (!existsSync(entry)) throw new Error(`cannot find ${entry}. Run npm run build.`);

const children = [];
try {
  const upstream = start('upstream', values.objects, values.updates);
  const { url } = await message(upstream);
  const gateway = start('subject', url);
  const { url: front } = await message(gateway);
  const browsers = start('browsers', front, values.connections, values.selections);
  const { firstRowsMs } = await message(browsers);
  // What changed while the first rows were on their way comes late.
  await new Promise((resolve) => setTimeout(resolve, 2000));
  for (const child of [gateway, browsers]) child.send('begin');
  await new Promise((resolve) => setTimeout(resolve, Number(values.seconds) * 1000));
  for (const child of [gateway, browsers]) child.send('end');
  const [cost, seen] = await Promise.all([message(gateway), message(browsers)]);
  upstream.send('end');
  const report = {
    connections: Number(values.connections),
    firstRowsMs,
    ...cost,
    ...seen,
    ...(await message(upstream)),
  };
  if (values.json) console.log(JSON.stringify({ node: process.version, cores: availableParallelism(), ...report }));
  else console.table(report);
} finally {
  for (const child of children) child.kill();
}

function start(name, ...args) {
  const child = fork(join(here, `gateway/${name}.mjs`), args, { execArgv: ['--expose-gc'] });
  children.push(child);
  return child;
}

async function message(child) {
  const ended = once(child, 'exit').then(() => {
    throw new Error('a process of the benchmark ended early');
  });
  const [told] = await Promise.race([once(child, 'message'), ended]);
  return told;
}
