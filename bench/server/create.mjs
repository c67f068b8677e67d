// Creates objects through so many connections at once: create.mjs TARGET KIND COUNT CONNECTIONS FROM [SECONDS]
// Prints {"created", "seconds", "perSecond"}. The bodies are made before the clock starts.
import { configMap, pod } from './objects.mjs';
import { poolFor } from './target.mjs';

const [target, kind, count, connections, from, seconds = '0'] = process.argv.slice(2);
const make = { configmaps: configMap, pods: pod }[kind];
const namespace = process.env.KEELSON_BENCH_NAMESPACE ?? 'default';
const path = `/api/v1/namespaces/${namespace}/${kind}`;
const { pool, headers } = poolFor(target, Number(connections));
const bodies = Array.from({ length: Number(count) }, (_, i) => Buffer.from(JSON.stringify(make(Number(from) + i))));
let next = 0;
let created = 0;

async function create(body) {
  const { statusCode, body: answer } = await pool.request({
    method: 'POST',
    path,
    headers: { ...headers, 'content-type': 'application/json', 'user-agent': 'bench/1' },
    body,
  });
  if (statusCode !== 201) throw new Error(`${statusCode}: ${(await answer.text()).slice(0, 300)}`);
  await answer.dump({ limit: 2 ** 24 });
  created++;
}

// A real kube-apiserver takes no pod before there is the account they run as, which kube-controller-manager makes where it runs.
if (kind === 'pods') {
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } };
  const { body } = await pool.request({
    method: 'POST',
    path: `/api/v1/namespaces/${namespace}/serviceaccounts`,
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(account),
  });
  await body.dump({ limit: 2 ** 24 });
}

const began = performance.now();
const until = Number(seconds) > 0 ? began + Number(seconds) * 1_000 : Number.POSITIVE_INFINITY;
await Promise.all(
  Array.from({ length: Number(connections) }, async () => {
    while (next < bodies.length && performance.now() < until) await create(bodies[next++]);
  }),
);
const elapsed = (performance.now() - began) / 1_000;
console.log(JSON.stringify({ created, seconds: elapsed, perSecond: created / elapsed }));
await pool.close();
