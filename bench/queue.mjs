// What the work queue costs, beside a plain Map that only counts, all in one run.
//
//   npm run build && node bench/run.mjs queue            the table
//   npm run build && node bench/run.mjs queue --json     the same as JSON
//
// Figures are millions a second, the best of interleaved rounds. `x map` is how many times as long as the Map's the queue's takes.
// - `add, known`: adds of keys that wait already: what a flood of changes to the same objects costs;
// - `add, new`: adds of keys that do not wait yet;
// - `add get done`: the way of a key through the queue, with nobody waiting; the Map sets and deletes it.
import { WorkQueue } from '../dist/src/queue/index.js';

const rounds = 9;
const keys = Array.from({ length: 10_000 }, (_, i) => `namespace-${i % 50}/pod-${i}`);
const passes = 100;

let sink = 0;
const queueFull = new WorkQueue();
for (const key of keys) queueFull.add(key);
const mapFull = new Map(keys.map((key) => [key, 0]));

const cases = {
  'add, known': {
    count: keys.length * passes,
    queue() {
      for (let pass = 0; pass < passes; pass++) for (const key of keys) queueFull.add(key);
      sink += queueFull.length;
    },
    map() {
      for (let pass = 0; pass < passes; pass++) for (const key of keys) mapFull.set(key, (mapFull.get(key) ?? 0) + 1);
      sink += mapFull.size;
    },
  },
  'add, new': {
    count: keys.length * 10,
    queue() {
      for (let pass = 0; pass < 10; pass++) {
        const queue = new WorkQueue();
        for (const key of keys) queue.add(key);
        sink += queue.length;
      }
    },
    map() {
      for (let pass = 0; pass < 10; pass++) {
        const map = new Map();
        for (const key of keys) map.set(key, (map.get(key) ?? 0) + 1);
        sink += map.size;
      }
    },
  },
  'add get done': {
    count: keys.length * 10,
    async queue() {
      for (let pass = 0; pass < 10; pass++) {
        const queue = new WorkQueue();
        for (const key of keys) queue.add(key);
        while (queue.length > 0) queue.done(await queue.get());
        sink += queue.length;
      }
    },
    async map() {
      for (let pass = 0; pass < 10; pass++) {
        const map = new Map();
        for (const key of keys) map.set(key, 1);
        for (const key of await Promise.resolve(map.keys())) map.delete(await key);
        sink += map.size;
      }
    },
  },
};

const rows = {};
for (const [name, { count, queue, map }] of Object.entries(cases)) {
  let [bestQueue, bestMap] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let round = 0; round < rounds; round++) {
    bestQueue = Math.min(bestQueue, await cpu(queue));
    bestMap = Math.min(bestMap, await cpu(map));
  }
  rows[name] = {
    'queue, M/s': round(count / bestQueue / 1e6),
    'Map, M/s': round(count / bestMap / 1e6),
    'x map': round(bestQueue / bestMap),
  };
}
if (sink === 0) throw new Error('nothing was queued');
if (process.argv.includes('--json')) console.log(JSON.stringify({ node: process.version, rows }, null, 2));
else console.table(rows);

/** The seconds of processor time that `work` takes, the collector's included. */
async function cpu(work) {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

function round(value) {
  return Number(value.toPrecision(3));
}
