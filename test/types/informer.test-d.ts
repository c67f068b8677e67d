// Compiled, never run: what informers and listers let through and what not.
import type { Cluster } from 'keelson';
import { Deployment, Node, Pod } from 'keelson/k8s';

export async function cache(cluster: Cluster): Promise<void> {
  const informer = cluster.informer(Pod, {
    indexes: { node: (pod) => [pod.spec?.nodeName ?? ''], app: { label: 'app' } },
  });
  informer.subscribe({
    added(pod, { initial }) {
      const namespace: string = pod.metadata.namespace;
      const was: boolean = initial;
      console.log(namespace, was, pod.spec?.containers[0]?.image);
      // @ts-expect-error what a cache hands out is shared: nobody may write to it
      pod.metadata.labels = {};
      // @ts-expect-error all the way down
      pod.spec?.containers.push({ name: 'x' });
    },
    updated(pod, old) {
      console.log(pod.metadata.resourceVersion, old.status?.phase);
    },
    deleted(pod, { finalStateUnknown }) {
      const unknown: boolean = finalStateUnknown;
      console.log(pod.metadata.uid, unknown);
    },
  });
  informer.subscribeKeys(async (key, { change }) => console.log(key.length, change === 'deleted'));
  await informer.start({ signal: AbortSignal.timeout(1000) });

  const { lister } = informer;
  const pod = lister.get('shop/web-0');
  // @ts-expect-error it may not be there
  console.log(pod.metadata.name);
  console.log(pod?.metadata.name);
  const own = await lister.get('shop/web-0', { atLeast: '7' });
  console.log(own?.status?.phase);
  for (const each of lister.list({ namespace: 'shop', labels: { app: 'web' } })) console.log(each.kind);
  console.log(lister.by('node', 'n1')[0]?.spec?.nodeName);

  const nodes = cluster.informer(Node);
  // @ts-expect-error an object without a namespace has no namespace for certain
  const namespace: string = nodes.lister.get('n1')?.metadata.namespace;
  console.log(namespace);
  // @ts-expect-error no such option
  cluster.informer(Pod, { label: 'app=web' });

  // One of several kinds, in a loop.
  for (const kind of [Pod, Node, Deployment]) {
    const each = cluster.informer(kind, { labels: { app: 'web' } });
    each.subscribe({ added: (object) => console.log(object.kind, object.metadata.name) });
    const found: string | undefined = each.lister.list()[0]?.metadata.uid;
    console.log(found);
  }
}
