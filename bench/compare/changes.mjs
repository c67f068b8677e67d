// What a change costs a client of one checkout, in microseconds of processor time. usage: node changes.mjs CHECKOUT SUBJECT COUNT
// `updates` is an informer whose handler reads objects, `watcher` a loop over watcher(), `reconcile` a controller.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { CannedTransport } from './canned-transport.mjs';

const [checkout, subject, countText] = process.argv.slice(2);
const count = Number(countText);
const load = (path) => import(pathToFileURL(join(checkout, 'dist', path)));
const { Pod } = await load('generated/index.js');
const { Cluster, watcher } = await load('src/index.js');
const transport = new CannedTransport(count);
const cluster = new Cluster(transport, { encoding: 'json' });
const stopping = new AbortController();
const { signal } = stopping;

let heard = 0;
const until = async (number) => {
  while (heard < number) await sleep(1);
};

/** Follows all pods. Returns the way to end that. */
async function follow() {
  if (subject === 'watcher') {
    const reading = (async () => {
      for await (const { type } of watcher(cluster.resource(Pod), { signal })) if (type === 'apply') heard++;
    })();
    return () => reading;
  }
  if (subject === 'reconcile') {
    const { Controller } = await load('src/controller/index.js');
    const running = new Controller({ for: Pod, reconcile: () => void heard++ }).run(cluster, { signal });
    return () => running;
  }
  const informer = cluster.informer(Pod);
  const read = (pod) => {
    heard += pod.metadata.name === '' ? 0 : 1;
  };
  informer.subscribe({ added: read, updated: read });
  await informer.start();
  return () => informer.stop();
}

const end = await follow();
await until(count);
let micros = 0;
// Each object once in a burst, so that no change is merged with another. The first bursts meet code that has hardly run.
for (let turn = 0; turn < 4; turn++) {
  const send = transport.burst(count);
  const from = heard;
  const before = process.cpuUsage();
  send();
  await until(from + count);
  const { user, system } = process.cpuUsage(before);
  const each = (user + system) / count;
  micros = turn < 2 ? each : Math.min(micros, each);
}
stopping.abort();
await end();
await cluster.close();
console.log(JSON.stringify({ micros }));
