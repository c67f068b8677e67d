// What serving costs one checkout, in microseconds of processor time. usage: node serve.mjs CHECKOUT SUBJECT COUNT
// Of `list` per list, of `import` for the whole, of the others per request.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [checkout, subject, countText] = process.argv.slice(2);
const count = Number(countText);
const load = (path) => import(pathToFileURL(join(checkout, 'dist', path)));
const path = '/api/v1/namespaces/default/configmaps';

async function importing() {
  const before = process.cpuUsage();
  await load('src/index.js');
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

async function serving() {
  const { ApiServer } = await load('src/server/api-server.js');
  const api = new ApiServer({ controllers: [], compactionIntervalMs: 0 });
  const send = async (method, at, type, object) => {
    const body = object === undefined ? undefined : Buffer.from(JSON.stringify(object));
    const headers = { 'user-agent': 'bench/1', ...(type === undefined ? {} : { 'content-type': type }) };
    const answer = await api.handle({ method, path: at, headers, body });
    if (answer.status >= 300) throw new Error(`${method} ${at} was answered ${answer.status}`);
    if (answer.body instanceof Uint8Array) return;
    for await (const _ of answer.body);
  };
  const create = (i) => {
    const data = { shard: String(i), text: 'x'.repeat(200) };
    const metadata = { name: `config-${i}`, labels: { app: `app-${i % 20}` } };
    return send('POST', path, 'application/json', { apiVersion: 'v1', kind: 'ConfigMap', metadata, data });
  };
  const patch = (i) =>
    send('PATCH', `${path}/config-${(i * 7_919) % count}`, 'application/merge-patch+json', {
      data: { shard: `again-${i}` },
    });
  const get = (i) => send('GET', `${path}/config-${(i * 7_919) % count}`);
  const list = () => send('GET', path);
  const per = async (work, from, to) => {
    const before = process.cpuUsage();
    for (let i = from; i < to; i++) await work(i);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / (to - from);
  };
  const created = await per(create, 0, count);
  if (subject === 'create') return created;
  const [work, times] = { patch: [patch, count], get: [get, count * 3], list: [list, 30] }[subject];
  await per(work, 0, Math.ceil(times / 3));
  return per(work, times, times * 2);
}

const micros = subject === 'import' ? await importing() : await serving();
console.log(JSON.stringify({ micros }));
process.exit(0);
