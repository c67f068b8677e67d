// One subject in a process of its own; prints one line of JSON. usage: node subject.mjs NAME URL COUNT
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { ConfigMap, Pod } from '../../dist/generated/index.js';
import { Controller } from '../../dist/src/controller/index.js';
import { connect } from '../../dist/src/index.js';
import { burst } from '../informer/measure.mjs';

const [name, url, countText] = process.argv.slice(2);
const count = Number(countText);
const result = name.startsWith('latency') ? await latency() : await throughput();
console.log(JSON.stringify({ subject: name, ...result }));

/** Follows the kind, by a controller or by keys; `heard` is called with each key. Resolves to the way to stop. */
async function follow(cluster, kind, heard) {
  if (name.endsWith('keys')) {
    const informer = cluster.informer(kind);
    informer.subscribeKeys(heard);
    await informer.start();
    return () => informer.stop();
  }
  const stopping = new AbortController();
  const controller = new Controller({
    for: kind,
    concurrency: name.endsWith('x10') ? 10 : 1,
    reconcile: ({ key }) => heard(key),
  });
  const running = controller.run(cluster, { signal: stopping.signal });
  return async () => {
    stopping.abort();
    await running;
  };
}

async function throughput() {
  const cluster = await connect({ server: url });
  await cluster.resource(Pod).list({ pageSize: 1 }).page();
  let heard = 0;
  const begun = performance.now();
  const stop = await follow(cluster, Pod, () => heard++);
  while (heard < count) await new Promise((resolve) => setImmediate(resolve));
  const firstSeconds = (performance.now() - begun) / 1000;
  let [perSecond, cpuMicros] = [0, Infinity];
  // Each object once in a burst, so that no change is merged with another; the first burst warms up.
  for (let turn = 0; turn < 4; turn++) {
    const before = process.cpuUsage();
    const { updatesPerSecond } = await burst(url, count, () => heard);
    const { user, system } = process.cpuUsage(before);
    perSecond = Math.max(perSecond, updatesPerSecond);
    cpuMicros = Math.min(cpuMicros, (user + system) / count);
  }
  await stop();
  await cluster.close();
  return {
    firstSeconds: Number(firstSeconds.toFixed(2)),
    perSecond,
    cpuMicros: Number(cpuMicros.toFixed(1)),
  };
}

async function latency() {
  // The server has a thread of its own: its work is not to stand in the way.
  const server = new Worker(
    `import(${JSON.stringify(new URL('../../dist/src/server/index.js', import.meta.url).href)}).then(async ({ startServer }) => {
      const server = await startServer();
      require('node:worker_threads').parentPort.postMessage(server.url);
    })`,
    { eval: true },
  );
  const [address] = await once(server, 'message');
  const cluster = await connect({ server: address });
  const maps = cluster.resource(ConfigMap).in('default');
  await maps.create({ metadata: { name: 'one' } });
  let arrived = () => {};
  const stop = await follow(cluster, ConfigMap, (key) => key === 'default/one' && arrived(performance.now()));
  const [reconciled, answered] = [[], []];
  for (let write = 0; write < count + 100; write++) {
    const heard = new Promise((resolve) => {
      arrived = resolve;
    });
    const sent = performance.now();
    await maps.patch('one', { type: 'merge', body: { data: { write: String(write) } } });
    if (write >= 100) answered.push(performance.now() - sent);
    const at = await heard;
    if (write >= 100) reconciled.push(at - sent);
  }
  await stop();
  await cluster.close();
  await server.terminate();
  const part = (values, share) => {
    const sorted = values.sort((a, b) => a - b);
    return Number(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))].toFixed(2));
  };
  return {
    'p50 ms': part(reconciled, 0.5),
    'p99 ms': part(reconciled, 0.99),
    'answer p50 ms': part(answered, 0.5),
    'answer p99 ms': part(answered, 0.99),
  };
}
