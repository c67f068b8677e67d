// Reading a cache by index: which pods run on a node, and which belong to an owner. `node dist/examples/lister-by-node.js` runs it.
import { Pod } from 'keelson/k8s';
import { startServer } from 'keelson/server';

await using server = await startServer();
await using cluster = await server.connect();
for (let i = 0; i < 6; i++) {
  await cluster
    .resource(Pod)
    .in('default')
    .create({
      metadata: { name: `web-${i}`, labels: { app: i < 4 ? 'web' : 'job' } },
      spec: { nodeName: `node-${i % 2}`, containers: [{ name: 'app', image: 'registry.example.com/app:1' }] },
    });
}

await using informer = cluster.informer(Pod, {
  indexes: {
    // Read from the object when it arrives, which parses it once.
    node: (pod) => [pod.spec?.nodeName ?? ''],
    // Read from the bytes, without a parse; label queries use it too.
    app: { label: 'app' },
  },
});
await informer.start();

const { lister } = informer;
const names = (objects: readonly { readonly metadata: { readonly name: string } }[]) =>
  objects
    .map((object) => object.metadata.name)
    .sort()
    .join(' ');
console.log('on node-0:        ', names(lister.by('node', 'node-0')));
console.log('on node-1:        ', names(lister.by('node', 'node-1')));
console.log('app=web:          ', names(lister.list({ labels: { app: 'web' } })));
console.log('keys of app=job:  ', lister.keysBy('app', 'job').sort().join(' '));
console.log('in default:       ', lister.count({ namespace: 'default' }));
