import { inspect } from 'node:util';
import { ApplyError, Cluster, isInvalidRequestError } from 'keelson';
import { ConfigMap } from 'keelson/k8s';
import { describe, expect, test } from 'vitest';
import { inApplyOrder, parseManifests } from '../../src/client/manifests.js';
import { FakeClock } from '../../src/util/fake-clock.js';
import { FakeTransport, status } from './fake-transport.js';
import { startCluster } from './server.js';

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('manifests', () => {
  test('are read as kubectl reads YAML', async () => {
    const [object] = await parseManifests(`
apiVersion: v1
kind: Secret
metadata: {name: x}
mode: 0644
modern: 0o644
on: yes
quoted: "yes"
ports: 22:22
date: 2020-01-01
when: 2020-01-01T00:00:00Z
binary: aGVsbG8=
base: &base {a: 1}
merged: {<<: *base, b: 2}
__proto__: {polluted: true}
`);
    expect(object).toMatchObject({
      mode: 420,
      true: true,
      quoted: 'yes',
      ports: '22:22',
      date: '2020-01-01',
      when: '2020-01-01T00:00:00Z',
      binary: 'aGVsbG8=',
      merged: { a: 1, b: 2 },
    });
    expect('polluted' in ({} as object)).toBe(false);
    expect('polluted' in (object ?? {})).toBe(false);
  });

  test('come from several documents, JSON, objects and lists', async () => {
    const text =
      '---\n# nothing\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\n{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"Pod","metadata":{"name":"b"}}]}\n';
    expect((await parseManifests(text)).map(({ kind, metadata }) => [kind, metadata.name])).toEqual([
      ['ConfigMap', 'a'],
      ['Pod', 'b'],
    ]);
    const list = { apiVersion: 'v1', kind: 'PodList', items: [{ metadata: { name: 'c' } }] };
    expect(await parseManifests([list])).toEqual([{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'c' } }]);
    expect(await parseManifests({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'd' } })).toHaveLength(1);
  });

  test.each([
    ['kind: [', 'is not YAML'],
    ['a: *nowhere', 'an alias without an anchor'],
    [
      `a: &a [1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c]`,
      'too many aliases',
    ],
    ['hello', 'document 1 is not an object'],
    ['kind: Pod\nmetadata: {name: x}', 'document 1 has no apiVersion'],
    ['apiVersion: v1\nmetadata: {name: x}', 'document 1 has no kind'],
    ['apiVersion: v1\nkind: Pod\nmetadata: {generateName: x}', 'has no metadata.name'],
    ['apiVersion: v1\nkind: List\nitems: [{}]', 'item 1 of document 1'],
  ])('that make no sense are refused: %j', async (text, why) => {
    const error = await failure(parseManifests(text));
    expect(isInvalidRequestError(error)).toBe(true);
    expect(String(error)).toContain(why);
  });

  test('go in the order of their dependencies, and else as given', () => {
    const manifest = (kind: string, name = kind) => ({ apiVersion: 'v1', kind, metadata: { name } });
    const given = [
      'ValidatingWebhookConfiguration',
      'Website',
      'Deployment',
      'Gadget',
      'ConfigMap',
      'CustomResourceDefinition',
      'Service',
      'Namespace',
    ];
    expect(inApplyOrder(given.map((kind) => manifest(kind))).map(({ kind }) => kind)).toEqual([
      'Namespace',
      'CustomResourceDefinition',
      'ConfigMap',
      'Service',
      'Deployment',
      'Website',
      'Gadget',
      'ValidatingWebhookConfiguration',
    ]);
    expect(inApplyOrder([manifest('Pod', 'b'), manifest('Pod', 'a')]).map(({ metadata }) => metadata.name)).toEqual([
      'b',
      'a',
    ]);
  });
});

describe('cluster.apply', () => {
  test('applies on a real server, namespaces first, and again without harm', async () => {
    await using around = await startCluster();
    const text = `
apiVersion: v1
kind: ConfigMap
metadata: {name: a, namespace: fresh}
data: {k: v}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: b}
---
apiVersion: v1
kind: Namespace
metadata: {name: fresh}
`;
    for (let time = 0; time < 2; time++) {
      const results = await around.cluster.apply(text, { manager: 'me', namespace: 'shop' });
      expect(results.map(({ manifest, ok }) => [manifest.metadata.name, ok])).toEqual([
        ['fresh', true],
        ['a', true],
        ['b', true],
      ]);
    }
    expect((await around.cluster.resource(ConfigMap).in('fresh').get('a')).metadata.managedFields?.[0]?.manager).toBe(
      'me',
    );
    expect((await around.cluster.resource(ConfigMap).in('shop').get('b')).metadata.name).toBe('b');
  });

  test('puts what says no namespace into the default one, however it says so', async () => {
    await using around = await startCluster();
    const text = `
apiVersion: v1
kind: ConfigMap
metadata:
  name: a
  namespace:
---
apiVersion: v1
kind: ConfigMap
metadata: {name: b, namespace: ""}
`;
    await around.cluster.apply(text, { namespace: 'shop' });
    const { items } = await around.cluster.resource(ConfigMap).in('shop').list().all();
    expect(items.map(({ metadata }) => metadata.name)).toEqual(expect.arrayContaining(['a', 'b']));
  });

  test('tries all, and says which failed and why', async () => {
    await using around = await startCluster();
    const objects = [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'x', namespace: 'shop' } },
      { apiVersion: 'example.com/v1', kind: 'Gadget', metadata: { name: 'g' }, data: { key: 'sesame' } },
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'fine', namespace: 'shop' } },
    ];
    const error = await failure(around.cluster.apply(objects));
    if (!(error instanceof ApplyError)) throw error;
    expect(error.results.map(({ ok }) => ok)).toEqual([false, true, false]);
    expect(error.message).toContain('2 of 3 manifests could not be applied');
    expect(error.message).toContain('- Namespace shop/x: apply Namespace x: Namespace is cluster-scoped');
    expect(error.message).toContain('- Gadget g: the server has no kind Gadget in example.com/v1');
    expect(error.errors).toHaveLength(2);
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('sesame');
    expect(await around.cluster.resource(ConfigMap).in('shop').find('fine')).toBeDefined();
  });

  test('waits until a definition is established and its kind is known', async () => {
    const clock = new FakeClock();
    const crd = (established: string) => ({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'gadgets.example.com', uid: 'u', resourceVersion: '1' },
      spec: { group: 'example.com', names: { kind: 'Gadget', plural: 'gadgets' } },
      status: { conditions: [{ type: 'Established', status: established }] },
    });
    const gadget = { apiVersion: 'example.com/v1', kind: 'Gadget', metadata: { name: 'g' } };
    let discoveries = 0;
    let watched = false;
    const transport = new FakeTransport(({ path, method, query }) => {
      if (path === '/api') return { body: { kind: 'APIVersions', versions: [] } };
      if (path === '/apis') {
        discoveries++;
        const groups = [['apiextensions.k8s.io', 'customresourcedefinitions', 'CustomResourceDefinition', 'Cluster']];
        // The kind appears late: discovery lags behind the definition.
        if (discoveries > 3) groups.push(['example.com', 'gadgets', 'Gadget', 'Namespaced']);
        const items = groups.map(([name, plural, kind, scope]) => ({
          metadata: { name },
          versions: [
            { version: 'v1', resources: [{ resource: plural, responseKind: { kind }, scope, verbs: ['get'] }] },
          ],
        }));
        return { body: { kind: 'APIGroupDiscoveryList', items } };
      }
      if (path.endsWith('/gadgets/g')) return watched ? { body: gadget } : status(404, 'NotFound');
      if (method === 'PATCH') return { body: crd('False') };
      if (query.watch) {
        watched = true;
        return { chunks: [`${JSON.stringify({ type: 'MODIFIED', object: crd('True') })}\n`] };
      }
      return { body: { metadata: { resourceVersion: '1' }, items: [crd('False')] } };
    });
    const cluster = new Cluster(transport, { clock, random: () => 0 });
    const results = await clock.runUntil(cluster.apply([gadget, crd('False')], { namespace: 'shop' }));
    expect(results.map(({ manifest }) => manifest.kind)).toEqual(['CustomResourceDefinition', 'Gadget']);
    expect(transport.asked.at(-1)).toMatchObject({
      method: 'PATCH',
      path: '/apis/example.com/v1/namespaces/shop/gadgets/g',
      query: { fieldManager: 'keelson' },
    });
  });
});
