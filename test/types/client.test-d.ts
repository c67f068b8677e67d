import {
  type AllNamespaces,
  type BookmarkEvent,
  type Cluster,
  type DynamicObject,
  type JsonPatchOperation,
  jsonPatch,
  mergePatch,
  type ObjectMeta,
  type Patch,
  type ResourceClient,
  type Stored,
  type SyncEvent,
  strategicMergePatch,
  watcher,
} from 'keelson';
import {
  ConfigMap,
  Deployment,
  Namespace,
  Node,
  Pod,
  type PodSpec,
  ServiceAccount,
  SubjectAccessReview,
  TokenReview,
} from 'keelson/k8s';
import { expectTypeOf } from 'vitest';

/** Must compile, except for the lines that expect an error. Checked by tsc; never run. */
export async function types(cluster: Cluster): Promise<void> {
  const pods = cluster.resource(Pod).in('shop');
  const nodes = cluster.resource(Node);

  // What the server always fills in is there.
  const pod = await pods.get('x');
  expectTypeOf(pod).toEqualTypeOf<Stored<Pod, 'Namespaced'>>();
  expectTypeOf(pod.metadata.uid).toBeString();
  expectTypeOf(pod.metadata.name).toBeString();
  expectTypeOf(pod.metadata.namespace).toBeString();
  expectTypeOf(pod.metadata.resourceVersion).toBeString();
  expectTypeOf(pod.metadata.creationTimestamp).toBeString();
  expectTypeOf(pod.kind).toBeString();
  expectTypeOf(pod.spec).toEqualTypeOf<PodSpec | undefined>();
  expectTypeOf((await nodes.get('n')).metadata.namespace).toEqualTypeOf<string | undefined>();
  expectTypeOf(await pods.find('x')).toEqualTypeOf<Stored<Pod, 'Namespaced'> | undefined>();
  expectTypeOf(await pods.delete('x')).toEqualTypeOf<Stored<Pod, 'Namespaced'> | undefined>();

  // Scope is in the type.
  expectTypeOf(cluster.resource(Pod)).toExtend<AllNamespaces<Pod>>();
  expectTypeOf(nodes).toExtend<ResourceClient<Node, 'Cluster'>>();
  // @ts-expect-error Nodes are not in namespaces
  nodes.in('shop');
  // @ts-expect-error a namespaced object needs its namespace first
  cluster.resource(Pod).get('x');
  // @ts-expect-error as do writes
  cluster.resource(Pod).create({ metadata: { name: 'x' } });
  // @ts-expect-error a handle of one namespace has no other
  pods.in('other');
  // All namespaces can be read.
  expectTypeOf(await cluster.resource(Pod).list().all())
    .toHaveProperty('items')
    .toEqualTypeOf<Stored<Pod, 'Namespaced'>[]>();

  // Creating needs a name or a prefix.
  await pods.create({ metadata: { generateName: 'x-' } });
  // @ts-expect-error neither name nor generateName
  await pods.create({ metadata: { labels: {} } });
  // @ts-expect-error no metadata
  await pods.create({ spec: { containers: [] } });
  // @ts-expect-error another kind's fields
  await pods.create({ metadata: { name: 'x' }, data: {} });
  // @ts-expect-error a wrong type deep inside
  await pods.create({ metadata: { name: 'x' }, spec: { containers: [{ name: 7 }] } });
  // @ts-expect-error replacing needs a name
  await pods.replace({ spec: { containers: [] } });

  // Kinds that are only asked need no name and have no other verb.
  expectTypeOf(await cluster.resource(TokenReview).create({ spec: { token: 't' } })).toEqualTypeOf<TokenReview>();
  await cluster.resource(SubjectAccessReview).create({ spec: {} });
  // @ts-expect-error reviews are never stored
  cluster.resource(TokenReview).get('x');

  // Apply takes any part with a name, and wants to know in whose name.
  await pods.apply({ metadata: { name: 'x' } }, { manager: 'm' });
  await cluster
    .resource(Deployment)
    .in('shop')
    .apply({ metadata: { name: 'x' }, spec: { replicas: 3 } }, { manager: 'm', force: true });
  // @ts-expect-error no name
  await pods.apply({ spec: {} }, { manager: 'm' });
  // @ts-expect-error no manager
  await pods.apply({ metadata: { name: 'x' } }, { force: true });
  // @ts-expect-error a misspelt field
  await pods.apply({ metadata: { name: 'x' }, spec: { containerz: [] } }, { manager: 'm' });

  // Patches are values; a merge patch is checked against the kind where it is used.
  await pods.patch('x', mergePatch({ metadata: { labels: { a: null } }, spec: { nodeName: null } }));
  await pods.patch(
    'x',
    jsonPatch([
      { op: 'add', path: '/metadata/labels/app.kubernetes.io~1name', value: 'web' },
      { op: 'replace', path: '/spec/containers/0/image', value: 'nginx' },
      { op: 'add', path: '/spec/containers/-', value: { name: 'c' } },
      { op: 'move', from: '/metadata/annotations/a', path: '/metadata/annotations/b' },
      { op: 'test', path: '', value: {} },
    ]),
  );
  // @ts-expect-error no such field
  await pods.patch('x', jsonPatch([{ op: 'remove', path: '/spec/containrs' }]));
  // @ts-expect-error no such field of an item
  await pods.patch('x', jsonPatch([{ op: 'add', path: '/spec/containers/0/img', value: 'nginx' }]));
  // @ts-expect-error an array has no names
  await pods.patch('x', jsonPatch([{ op: 'remove', path: '/spec/containers/first' }]));
  // @ts-expect-error the source does not exist
  await pods.patch('x', jsonPatch([{ op: 'copy', from: '/metadata/label', path: '/metadata/labels' }]));
  await pods.patch(
    'x',
    jsonPatch([
      { op: 'remove', path: '/spec/nodeName' },
      // @ts-expect-error only this step is wrong
      { op: 'remove', path: '/data' },
    ]),
  );
  const chosen: string = 'app';
  await pods.patch('x', jsonPatch([{ op: 'remove', path: `/metadata/labels/${chosen}` }]));
  const steps: JsonPatchOperation[] = [{ op: 'remove', path: '/anything' }];
  await pods.patch('x', jsonPatch(steps));
  await cluster
    .dynamic({ apiVersion: 'a/v1', kind: 'B' })
    .patch('x', jsonPatch([{ op: 'remove', path: '/any/thing' }]));
  await pods.patch('x', jsonPatch([{ op: 'test', path: '/spec', value: {} }]));
  await pods.patch('x', strategicMergePatch({ spec: { containers: [{ name: 'c', $patch: 'delete' }] } }));
  const anything: Patch = mergePatch({ whatever: 1 });
  await pods.patch('x', anything);
  // @ts-expect-error a misspelt field
  await pods.patch('x', mergePatch({ spec: { nodeNam: 'n1' } }));
  // @ts-expect-error a wrong type
  await pods.patch('x', mergePatch({ spec: { nodeName: 7 } }));
  // @ts-expect-error not a patch
  await pods.patch('x', { spec: {} });
  // @ts-expect-error a step without a value
  jsonPatch([{ op: 'add', path: '/spec' }]);

  // A draft can be written to, and need not be returned.
  await pods.update('x', (draft) => {
    expectTypeOf(draft).toEqualTypeOf<Stored<Pod, 'Namespaced'>>();
    draft.metadata.labels = { a: 'b' };
    draft.metadata.labels.c = 'd';
    draft.spec = undefined;
  });
  await pods.update('x', async (draft) => ({ ...draft, spec: undefined }));
  // @ts-expect-error another kind is not a draft
  await pods.update('x', () => ({ data: {} }));

  // Subresources have the verbs of the descriptor.
  await pods.subresource('status').patch('x', mergePatch({ status: { phase: 'Running' } }));
  await pods.subresource('status').update('x', (draft) => {
    draft.status = { phase: 'Running' };
  });
  expectTypeOf(
    (await cluster.resource(Deployment).in('shop').subresource('scale').get('web')).spec?.replicas,
  ).toEqualTypeOf<number | undefined>();
  await pods.subresource('eviction').create('x', { metadata: { name: 'x' } });
  // @ts-expect-error an eviction cannot be read
  pods.subresource('eviction').get('x');
  // @ts-expect-error status cannot be created
  pods.subresource('status').create('x', {});
  // @ts-expect-error pods have no scale
  pods.subresource('scale');
  // @ts-expect-error nor can they be scaled
  pods.scale('x', 1);
  // @ts-expect-error nodes cannot be evicted
  nodes.evict('n1');
  await pods.evict('x', { gracePeriodSeconds: 0 });
  await pods.bind('x', 'n1');
  expectTypeOf((await cluster.resource(Deployment).in('shop').scale('web', 5)).spec?.replicas).toEqualTypeOf<
    number | undefined
  >();
  expectTypeOf((await cluster.resource(ServiceAccount).in('shop').createToken('x')).status?.token).toEqualTypeOf<
    string | undefined
  >();

  // Options know their words.
  await pods.delete('x', { propagation: 'foreground', preconditions: { uid: pod.metadata.uid } });
  // @ts-expect-error the API's own spelling is not ours
  await pods.delete('x', { propagation: 'Foreground' });
  // @ts-expect-error no such option
  pods.list({ labelSelector: 'a=b' });

  // Bookmarks are events only for those who asked.
  for await (const event of pods.watch()) {
    expectTypeOf(event.type).toEqualTypeOf<'ADDED' | 'MODIFIED' | 'DELETED'>();
    expectTypeOf(event.object).toEqualTypeOf<Stored<Pod, 'Namespaced'>>();
  }
  for await (const event of pods.watch({ bookmarks: true })) {
    if (event.type === 'BOOKMARK') expectTypeOf(event).toEqualTypeOf<BookmarkEvent>();
    else expectTypeOf(event.object.metadata.namespace).toBeString();
  }
  for await (const event of watcher(pods)) {
    expectTypeOf(event).toEqualTypeOf<SyncEvent<Stored<Pod, 'Namespaced'>>>();
    if (event.type === 'apply') expectTypeOf(event.initial).toBeBoolean();
  }
  watcher(cluster.resource(Node));
  watcher(pods.metadata);

  // Metadata only is just that.
  const partial = await pods.metadata.get('x');
  expectTypeOf(partial.metadata).toExtend<ObjectMeta>();
  // @ts-expect-error it has no spec
  void partial.spec;

  // Waiting sees absence.
  const ready = await pods.waitFor('x', (object) => {
    expectTypeOf(object).toEqualTypeOf<Stored<Pod, 'Namespaced'> | undefined>();
    return object?.status?.phase === 'Running';
  });
  expectTypeOf(ready).toEqualTypeOf<Stored<Pod, 'Namespaced'> | undefined>();

  // Kinds known at run time have every verb, and fields of which nothing is known.
  const dynamic = cluster.dynamic({ apiVersion: 'example.com/v1', kind: 'Gadget' });
  const gadget = await dynamic.in('shop').get('x');
  expectTypeOf(gadget).toExtend<DynamicObject>();
  expectTypeOf(gadget.spec).toBeUnknown();
  expectTypeOf(gadget.metadata.uid).toBeString();
  await dynamic
    .in('shop')
    .subresource('status')
    .patch('x', mergePatch({ status: { anything: 1 } }));
  const [found] = await cluster.discovery.find('deploy');
  if (found !== undefined) await cluster.resource(found).in('shop').list().page();

  // Code for any kind can be written.
  await first(cluster.resource(ConfigMap).in('shop'));
  await first(cluster.resource(Namespace));
}

async function first(client: ResourceClient): Promise<string | undefined> {
  for await (const object of client.list({ pageSize: 1 })) return object.metadata.name;
  return undefined;
}
