import { Cluster, isInvalidRequestError } from 'keelson';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FakeClock } from '../../src/util/fake-clock.js';
import { FakeTransport, status } from './fake-transport.js';
import { startCluster, type TestCluster } from './server.js';

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

const resource = (name: string, kind: string, more: object = {}) => ({
  name,
  kind,
  namespaced: true,
  singularName: '',
  verbs: ['get', 'list'],
  ...more,
});

/** Answers as a server before 1.26 with an extension server that is down. */
function legacy(path: string) {
  switch (path) {
    case '/api':
      return { body: { kind: 'APIVersions', versions: ['v1'] } };
    case '/api/v1':
      return {
        body: {
          kind: 'APIResourceList',
          groupVersion: 'v1',
          resources: [
            resource('pods', 'Pod', { shortNames: ['po'], categories: ['all'], singularName: 'pod' }),
            resource('pods/status', 'Pod', { verbs: ['patch'] }),
            resource('pods/eviction', 'Eviction', { group: 'policy', version: 'v1', verbs: ['create'] }),
            resource('nodes', 'Node', { namespaced: false }),
          ],
        },
      };
    case '/apis':
      return {
        body: {
          kind: 'APIGroupList',
          groups: [
            {
              name: 'apps',
              versions: [{ version: 'v1beta1' }, { version: 'v1' }],
              preferredVersion: { version: 'v1' },
            },
            { name: 'metrics.example.com', versions: [{ version: 'v1' }], preferredVersion: { version: 'v1' } },
          ],
        },
      };
    case '/apis/apps/v1':
    case '/apis/apps/v1beta1':
      return {
        body: {
          kind: 'APIResourceList',
          resources: [resource('deployments', 'Deployment', { shortNames: ['deploy'], categories: ['all'] })],
        },
      };
    default:
      return status(503, 'ServiceUnavailable');
  }
}

const named = (resources: readonly { group: string; version: string; plural: string }[]) =>
  resources.map(({ group, version, plural }) => `${group}/${version}/${plural}`);

describe('discovery of an old server', () => {
  test('reads group by group, the preferred version first, and bears an extension server that is down', async () => {
    const { discovery } = new Cluster(new FakeTransport(({ path }) => legacy(path)));
    expect(named(await discovery.resources())).toEqual([
      '/v1/pods',
      '/v1/nodes',
      'apps/v1/deployments',
      'apps/v1beta1/deployments',
    ]);
    expect([...(await discovery.failures()).keys()]).toEqual(['metrics.example.com/v1']);
    expect(await discovery.resource({ apiVersion: 'v1', kind: 'Pod' })).toEqual({
      group: '',
      version: 'v1',
      kind: 'Pod',
      plural: 'pods',
      singular: 'pod',
      shortNames: ['po'],
      categories: ['all'],
      scope: 'Namespaced',
      verbs: ['get', 'list'],
      subresources: {
        status: { kind: 'v1/Pod', verbs: ['patch'] },
        eviction: { kind: 'policy/v1/Eviction', verbs: ['create'] },
      },
    });
  });

  test('finds by every name kubectl knows', async () => {
    const { discovery } = new Cluster(new FakeTransport(({ path }) => legacy(path)));
    for (const name of ['deployments', 'deployment', 'Deployment', 'deploy', 'deploy.apps', 'deployments.v1.apps']) {
      expect(named(await discovery.find(name)), name).toEqual(['apps/v1/deployments']);
    }
    expect(named(await discovery.find('deploy.v1beta1.apps'))).toEqual(['apps/v1beta1/deployments']);
    expect(named(await discovery.find('all'))).toEqual(['/v1/pods', 'apps/v1/deployments']);
    expect(await discovery.find('deploy.example.com')).toEqual([]);
  });

  test('asks once for all who ask at the same time, again after a miss, but not each time', async () => {
    const clock = new FakeClock();
    const transport = new FakeTransport(({ path }) => legacy(path));
    const { discovery } = new Cluster(transport, { clock });
    await Promise.all(Array.from({ length: 10 }, () => discovery.resource({ apiVersion: 'v1', kind: 'Node' })));
    const once = transport.asked.length;
    expect(once).toBe(6);
    const error = await failure(discovery.resource({ apiVersion: 'apps/v2', kind: 'Deployment' }));
    expect(isInvalidRequestError(error) && error.message).toBe(
      'the server has no kind Deployment in apps/v2: it has it in apps/v1, apps/v1beta1',
    );
    expect(transport.asked).toHaveLength(once);
    await clock.advance(10_000);
    await Promise.all([discovery.find('nope'), discovery.find('neither')]);
    expect(transport.asked).toHaveLength(2 * once);
    await discovery.find('nope');
    expect(transport.asked).toHaveLength(2 * once);
    await discovery.refresh();
    expect(transport.asked).toHaveLength(3 * once);
  });

  test('does not remember a failure', async () => {
    let down = true;
    const { discovery } = new Cluster(
      new FakeTransport(({ path }) => (down ? status(403, 'Forbidden') : legacy(path))),
    );
    expect(await failure(discovery.resources())).toMatchObject({ httpStatus: 403 });
    down = false;
    expect(await discovery.resources()).toHaveLength(4);
  });

  test('leaves out what the server knows is stale, and names it', async () => {
    const deployments = { resource: 'deployments', responseKind: { kind: 'Deployment' }, verbs: ['get'] };
    const versions = [
      { version: 'v1', resources: [deployments], freshness: 'Stale' },
      { version: 'v2', resources: [deployments], freshness: 'Current' },
    ];
    const items = [{ metadata: { name: 'example.com' }, versions }];
    const { discovery } = new Cluster(
      new FakeTransport(({ path }) => ({
        body: { kind: 'APIGroupDiscoveryList', items: path === '/apis' ? items : [] },
      })),
    );
    expect(named(await discovery.resources())).toEqual(['example.com/v2/deployments']);
    expect([...(await discovery.failures()).keys()]).toEqual(['example.com/v1']);
    const error = await failure(discovery.resource({ apiVersion: 'example.com/v1', kind: 'Deployment' }));
    expect(String(error)).toContain('(example.com/v1 did not answer): it has it in example.com/v2');
  });

  test('survives documents that are not what they should be', async () => {
    for (const body of [
      null,
      [],
      7,
      { kind: 'APIGroupDiscoveryList', items: [null, {}, { versions: [{ resources: [{}, null] }] }] },
    ]) {
      const { discovery } = new Cluster(new FakeTransport(() => ({ body })));
      await expect(discovery.find('pods')).resolves.toEqual([]);
    }
  });
});

describe('on the reference server', () => {
  let around: TestCluster;
  beforeAll(async () => {
    around = await startCluster();
  });
  afterAll(() => around[Symbol.asyncDispose]());

  test('aggregated discovery knows what is generated', async () => {
    const { discovery } = around.cluster;
    const { Deployment, Pod } = await import('keelson/k8s');
    const { subresources, ...pod } = await discovery.resource({ apiVersion: 'v1', kind: 'Pod' });
    const { subresources: generated, ...descriptor } = Pod;
    expect({ ...pod, verbs: [...pod.verbs].sort() }).toEqual({ ...descriptor, verbs: [...descriptor.verbs].sort() });
    expect(subresources.status).toEqual(generated.status);
    expect(named(await discovery.find('deploy'))).toEqual([`apps/v1/${Deployment.plural}`]);
  });

  test('a dynamic client does what a typed one does', async () => {
    const maps = around.cluster.dynamic({ apiVersion: 'v1', kind: 'ConfigMap' });
    await maps.in('shop').create({ metadata: { name: 'dyn' }, data: { a: 'b' } });
    expect(await maps.in('shop').get('dyn')).toMatchObject({ kind: 'ConfigMap', data: { a: 'b' } });
    expect((await maps.list({ fields: { 'metadata.name': 'dyn' } }).all()).items).toHaveLength(1);
    expect(String(await failure(maps.get('dyn')))).toContain('say which with .in(namespace)');
    const namespaces = around.cluster.dynamic({ apiVersion: 'v1', kind: 'Namespace' });
    expect((await namespaces.get('shop')).metadata.name).toBe('shop');
    expect(String(await failure(namespaces.in('x').get('shop')))).toContain('Namespace is cluster-scoped');
    const none = around.cluster.dynamic({ apiVersion: 'example.com/v1', kind: 'Gadget' });
    expect(String(await failure(none.in('shop').get('x')))).toContain(
      'the server has no kind Gadget in example.com/v1',
    );
  });

  test('the version is told', async () => {
    expect((await around.cluster.version()).gitVersion).toMatch(/^v1\./);
  });
});
