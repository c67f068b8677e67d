// What reading costs one checkout, in microseconds of processor time. usage: node read.mjs CHECKOUT SUBJECT 'SERVER CHANGER' COUNT
// Of `sync` per object of the first state, of the others per change.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

const [checkout, subject, urls, countText] = process.argv.slice(2);
const [server, changer] = urls.split(' ');
const count = Number(countText);
const load = (path) => import(pathToFileURL(join(checkout, 'dist', path)));
const { Pod } = await load('generated/index.js');
const { connect, watcher } = await load('src/index.js');
const cluster = await connect({ server });
// The connection and what is loaded with it.
await cluster.resource(Pod).list({ pageSize: 1 }).page();

let heard = 0;
const until = async (number) => {
  while (heard < number) await sleep(2);
};
const stopping = new AbortController();

/** Follows all pods: resolves when all have been heard of once. */
async function follow() {
  if (subject === 'watcher') {
    const reading = (async () => {
      for await (const { type } of watcher(cluster.resource(Pod), { signal: stopping.signal }))
        if (type === 'apply') heard++;
    })();
    await until(count);
    return () => reading;
  }
  if (subject === 'reconcile') {
    const { Controller } = await load('src/controller/index.js');
    const running = new Controller({ for: Pod, reconcile: () => void heard++ }).run(cluster, {
      signal: stopping.signal,
    });
    await until(count);
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

const begun = process.cpuUsage();
const end = await follow();
const synced = process.cpuUsage(begun);
let micros = (synced.user + synced.system) / count;
if (subject !== 'sync') {
  // The first burst meets code that has hardly run.
  for (let turn = 0; turn < 2; turn++) {
    const before = process.cpuUsage();
    const from = heard;
    await (await fetch(`${changer}/?count=${count}`)).text();
    await until(from + count);
    const { user, system } = process.cpuUsage(before);
    micros = (user + system) / count;
  }
}
stopping.abort();
await end();
await cluster.close();
console.log(JSON.stringify({ micros }));
