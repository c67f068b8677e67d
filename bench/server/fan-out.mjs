// One process that watches so many times and counts: fan-out.mjs URL WATCHERS UPDATES. Prints milliseconds from an update's
// request to the last watcher that has read of it, the median of all updates.
import { Agent, get, request } from 'node:http';

const [url, watchers, updates] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
const collection = `${url}/api/v1/namespaces/default/configmaps`;
const revision = await new Promise((resolve, reject) => {
  get(collection, { agent }, async (response) => {
    const chunks = [];
    for await (const chunk of response) chunks.push(chunk);
    resolve(JSON.parse(Buffer.concat(chunks).toString()).metadata.resourceVersion);
  }).on('error', reject);
});
let heard = 0;
let onAll = () => {};
const connected = Array.from(
  { length: Number(watchers) },
  () =>
    new Promise((resolve, reject) => {
      get(`${collection}?watch=true&resourceVersion=${revision}`, { agent }, (response) => {
        if (response.statusCode !== 200) reject(new Error(`answered ${response.statusCode}`));
        resolve();
        response.on('data', () => {
          if (++heard === Number(watchers)) onAll();
        });
      }).on('error', reject);
    }),
);
await Promise.all(connected);

function patch(i) {
  const body = JSON.stringify({ data: { shard: String(i) } });
  const headers = { 'content-type': 'application/merge-patch+json', 'content-length': Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    request(`${collection}/config-0`, { method: 'PATCH', headers, agent }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`answered ${response.statusCode}`));
      response.resume();
      response.on('end', resolve);
    })
      .on('error', reject)
      .end(body);
  });
}

const times = [];
for (let i = 1; i <= Number(updates); i++) {
  heard = 0;
  const all = new Promise((resolve) => {
    onAll = resolve;
  });
  const began = performance.now();
  await Promise.all([patch(`${i}-${began}`), all]);
  times.push(performance.now() - began);
}
times.sort((a, b) => a - b);
console.log(JSON.stringify({ ms: times[Math.floor(times.length / 2)] }));
process.exit(0);
