// A server with COUNT pods for the subject `sync`. usage: node pods.mjs CHECKOUT COUNT
// Prints its address.
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
for (let i = 0; i < Number(count); i++) {
  const { metadata, spec } = kinds.pod(i);
  const { nodeName: _, ...rest } = spec;
  const volumes = [...spec.volumes, { name: 'token', emptyDir: {} }];
  await pods.create({
    metadata: { name: `web-${i}`, labels: metadata.labels, annotations: metadata.annotations },
    spec: { ...rest, volumes, automountServiceAccountToken: false },
  });
}
console.log(listener.url);
