// A server with COUNT pods for the subjects that read. usage: node pods.mjs CHECKOUT COUNT
// Prints its address. `POST /bench/changes?count=N` on the second address that it prints changes that many pods.
import { createServer } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { kinds } from '../wire/objects.mjs';

const [checkout, count] = process.argv.slice(2);
const load = (path) => import(pathToFileURL(join(checkout, 'dist', path)));
const { Namespace, Pod, ServiceAccount } = await load('generated/index.js');
const { ApiServer } = await load('src/server/api-server.js');
const { listen } = await load('src/server/listener.js');
const { connect } = await load('src/index.js');

const listener = await listen(new ApiServer({ controllers: [], compactionIntervalMs: 0 }));
const cluster = await connect({ server: listener.url });
await cluster.resource(Namespace).create({ metadata: { name: 'team' } });
await cluster
  .resource(ServiceAccount)
  .in('team')
  .create({ metadata: { name: 'default' } });
const pods = cluster.resource(Pod).in('team');
const nameOf = (i) => `web-${i % Number(count)}`;
for (let i = 0; i < Number(count); i++) {
  const { metadata, spec } = kinds.pod(i);
  const { nodeName: _, ...rest } = spec;
  const volumes = [...spec.volumes, { name: 'token', emptyDir: {} }];
  await pods.create({
    metadata: { name: nameOf(i), labels: metadata.labels, annotations: metadata.annotations },
    spec: { ...rest, volumes, automountServiceAccountToken: false },
  });
}

let changes = 0;
const changer = createServer(async (request, response) => {
  const { searchParams } = new URL(request.url, 'http://localhost');
  for (let left = Number(searchParams.get('count')); left > 0; left--) {
    const patch = { type: 'merge', body: { metadata: { annotations: { change: String(++changes) } } } };
    await pods.patch(nameOf(changes), patch);
  }
  response.end();
});
await new Promise((resolve) => changer.listen(0, '127.0.0.1', resolve));
console.log(`${listener.url} http://127.0.0.1:${changer.address().port}`);
