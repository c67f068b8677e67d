// What a write costs in a store of so many objects: write-cost.mjs COUNT. Prints microseconds of processor time per creation and per
// update, inside the process.
import { configMap } from './objects.mjs';
import { preloaded } from './preload.mjs';

const count = Number(process.argv[2]);
const api = await preloaded('configmaps', count);
const path = '/api/v1/namespaces/default/configmaps';

async function send(method, at, type, object, wanted) {
  const body = Buffer.from(JSON.stringify(object));
  const answer = await api.handle({
    method,
    path: at,
    headers: { 'content-type': type, 'user-agent': 'bench/1' },
    body,
  });
  if (answer.status !== wanted) throw new Error(`answered ${answer.status}`);
}

const create = (i) => send('POST', path, 'application/json', configMap(count + i), 201);
const patch = (i) =>
  send(
    'PATCH',
    `${path}/config-${(i * 7_919) % count}`,
    'application/merge-patch+json',
    { data: { shard: `again-${i}` } },
    200,
  );

async function microsPer(step, from, to) {
  const before = process.cpuUsage();
  for (let i = from; i < to; i++) await step(i);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / (to - from);
}

await microsPer(create, 0, 1_000);
await microsPer(patch, 0, 1_000);
const createMicros = await microsPer(create, 1_000, 4_000);
const patchMicros = await microsPer(patch, 1_000, 4_000);
console.log(JSON.stringify({ count, createMicros, patchMicros }));
