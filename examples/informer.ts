// An informer: a live copy of every pod, with handlers told of each change. `node dist/examples/informer.js` runs it against a server
// in this process; against your own cluster, put `await connect()` in place of `server.connect()`.
import { Namespace, Pod } from 'keelson/k8s';
import { startServer } from 'keelson/server';

await using server = await startServer();
await using cluster = await server.connect();
await cluster.resource(Namespace).create({ metadata: { name: 'shop' } });
const pods = cluster.resource(Pod).in('shop');
const spec = { containers: [{ name: 'app', image: 'registry.example.com/app:1' }] };
await pods.create({ metadata: { name: 'web-0' }, spec });

await using informer = cluster.informer(Pod, { namespace: 'shop' });
informer.subscribe({
  added: (pod, { initial }) => console.log('added  ', pod.metadata.name, initial ? '(was there)' : ''),
  updated: (pod, old) => console.log('updated', pod.metadata.name, old.metadata.labels, '->', pod.metadata.labels),
  deleted: (pod) => console.log('deleted', pod.metadata.name),
});
// Resolves when the first whole state is in the cache and the handlers have seen it.
await informer.start();

await pods.create({ metadata: { name: 'web-1' }, spec });
const changed = await pods.update('web-1', (draft) => {
  draft.metadata.labels = { tier: 'front' };
});
// The cache follows by itself; `atLeast` waits until it has seen our own write.
const read = await informer.lister.get('shop/web-1', { atLeast: changed.metadata.resourceVersion });
console.log('read   ', read?.metadata.name, read?.metadata.labels);

await pods.delete('web-0', { gracePeriodSeconds: 0 });
const last = await pods.list().page();
await informer.seen(last.resourceVersion);

const { objects, bytes, restarts } = informer.status();
console.log(`cached  ${objects} pod in ${bytes} bytes, ${restarts} restarts, fresh: ${informer.isFresh(120_000)}`);
