// The reference server with N pods, in a process of its own; says where the kubeconfig to it is. usage: node reference-server.mjs FOLDER N
import { join } from 'node:path';
import { Namespace, Pod } from '../../dist/generated/index.js';
import { startServer } from '../../dist/src/server/index.js';
import { kinds } from '../wire/objects.mjs';

const [folder, n] = process.argv.slice(2);
const namespaces = 50;
const server = await startServer();
const cluster = await server.connect({ encoding: 'protobuf' });
for (let i = 0; i < namespaces; i++) await cluster.resource(Namespace).create({ metadata: { name: `team-${i}` } });
const make = async (i) => {
  const { metadata, spec } = kinds.pod(i);
  const { name, labels, annotations } = metadata;
  const pods = cluster.resource(Pod).in(`team-${i % namespaces}`);
  const { nodeName: _, ...rest } = spec;
  const volumes = [...spec.volumes, { name: 'token', emptyDir: {} }];
  const body = {
    metadata: { name: `${name}-${i}`, labels, annotations },
    spec: { ...rest, volumes, automountServiceAccountToken: false },
  };
  await pods.create(body);
};
const atOnce = 16;
for (let i = 0; i < Number(n); i += atOnce) {
  await Promise.all(Array.from({ length: Math.min(atOnce, Number(n) - i) }, (_, k) => make(i + k)));
}
await cluster.close();
const file = join(folder, 'kubeconfig');
await server.writeKubeconfig(file);
console.log(file);
