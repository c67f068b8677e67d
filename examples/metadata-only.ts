// Knowing that objects exist without keeping what is in them: Secrets of a whole cluster, of which only metadata is fetched and held.
// `node dist/examples/metadata-only.js` runs it.
import { Secret } from 'keelson/k8s';
import { startServer } from 'keelson/server';

await using server = await startServer();
await using cluster = await server.connect();
const secrets = cluster.resource(Secret).in('default');
for (const name of ['tls', 'token', 'password']) {
  await secrets.create({ metadata: { name, labels: { team: 'shop' } }, stringData: { value: 'x'.repeat(10_000) } });
}

await using whole = cluster.informer(Secret, { namespace: 'default' });
await using slim = cluster.informer(Secret, { namespace: 'default', metadataOnly: true });
// Controllers that work by key need no object at all: nothing is parsed for them.
slim.subscribeKeys((key, { change }) => console.log(change, key));
await Promise.all([whole.start(), slim.start()]);

console.log('labels are there:', slim.lister.get('default/tls')?.metadata.labels);
console.log('contents are not:', slim.lister.get('default/tls')?.data);
console.log(`kept: ${slim.status().bytes} bytes instead of ${whole.status().bytes}`);
