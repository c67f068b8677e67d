import { deepEqual } from 'keelson';
import { Endpoints, Node, Service } from 'keelson/k8s/core/v1';
import { EndpointSlice } from 'keelson/k8s/discovery.k8s.io/v1';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { newWorld } from './world.js';

let world: ReturnType<typeof newWorld>;
let fate: 'ready' | 'unready';
beforeEach(async () => {
  fate = 'ready';
  world = newWorld({ fate: () => fate });
  await world.cluster
    .resource(Node)
    .create({ metadata: { name: 'node-1', labels: { 'topology.kubernetes.io/zone': 'a' } } });
});
afterEach(() => world.end());

const services = () => world.cluster.resource(Service).in('default');
const slices = async () => {
  const { items } = await world.cluster
    .resource(EndpointSlice)
    .in('default')
    .list({ labels: 'kubernetes.io/service-name!=kubernetes' })
    .all();
  return items;
};
const endpointsOf = (name: string) => world.cluster.resource(Endpoints).in('default').find(name);

const service = { selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: 'web' }] };

function pod(name: string, app = 'web') {
  const ports = [{ name: 'web', containerPort: 8080 }];
  return { metadata: { name, labels: { app } }, spec: { containers: [{ name: 'c', image: 'nginx', ports }] } };
}

async function states(): Promise<string[]> {
  const all = (await slices()).flatMap(({ endpoints }) => endpoints ?? []);
  return all
    .map(({ targetRef, conditions: { ready, serving, terminating } = {} }) => {
      return `${targetRef?.name} ready ${ready} serving ${serving} terminating ${terminating}`;
    })
    .sort();
}

describe('the EndpointSlice controller', () => {
  test('writes the pods that a Service selects, with the state of each', async () => {
    await services().create({ metadata: { name: 'web', labels: { team: 'x' } }, spec: service });
    await world.pods.create(pod('a'));
    await world.pods.create(pod('b', 'other'));
    await world.eventually(async () => (await states())[0]?.startsWith('a ready true') === true, 'an endpoint');
    const [slice] = await slices();
    const stored = await world.pods.get('a');
    expect(slice?.metadata.name).toMatch(/^web-\w{5}$/);
    expect(slice?.metadata.labels).toEqual({
      team: 'x',
      'kubernetes.io/service-name': 'web',
      'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
    });
    expect(slice?.metadata.ownerReferences?.[0]).toMatchObject({ kind: 'Service', name: 'web', controller: true });
    expect(slice?.ports).toEqual([{ name: 'http', port: 8080, protocol: 'TCP' }]);
    expect(slice?.endpoints).toEqual([
      {
        addresses: [stored.status?.podIP],
        conditions: { ready: true, serving: true, terminating: false },
        nodeName: 'node-1',
        targetRef: { kind: 'Pod', namespace: 'default', name: 'a', uid: stored.metadata.uid },
        zone: 'a',
      },
    ]);
    expect(slice?.metadata.annotations?.['endpoints.kubernetes.io/last-change-trigger-time']).toBeDefined();
    expect(world.errors).toEqual([]);
  });

  test('follows pods that become unready, lose their labels and are deleted', async () => {
    await services().create({ metadata: { name: 'web' }, spec: service });
    for (const name of ['a', 'b', 'c']) await world.pods.create(pod(name));
    await world.eventually(
      async () => (await states()).filter((one) => one.includes('ready true')).length === 3,
      'three',
    );
    await world.pods.patch('b', { type: 'merge', body: { metadata: { labels: { app: 'no' } } } });
    const down = { conditions: [{ type: 'Ready', status: 'False' }] };
    await world.pods.subresource('status').patch('c', { type: 'merge', body: { status: down } });
    const expected = ['a ready true serving true terminating false', 'c ready false serving false terminating false'];
    await world.eventually(async () => deepEqual(await states(), expected), 'two endpoints');
    await world.pods.delete('a', { gracePeriodSeconds: 0 });
    await world.eventually(async () => (await states()).length === 1, 'one endpoint');
    expect(await slices()).toHaveLength(1);
  });

  test('keeps one empty slice for a Service that selects nothing', async () => {
    await services().create({ metadata: { name: 'web' }, spec: { ...service, clusterIP: 'None' } });
    await world.eventually(async () => (await slices()).length > 0, 'a slice');
    const [slice] = await slices();
    expect(slice?.endpoints ?? []).toEqual([]);
    expect(slice?.metadata.labels?.['service.kubernetes.io/headless']).toBe('');
  });

  test('puts 100 endpoints into a slice, and fills the last one', async () => {
    await services().create({ metadata: { name: 'web' }, spec: service });
    await Promise.all(Array.from({ length: 120 }, (_, i) => world.pods.create(pod(`p${i}`))));
    await world.eventually(
      async () => (await states()).filter((one) => one.includes('ready true')).length === 120,
      '120',
    );
    const sizes = (await slices()).map(({ endpoints }) => endpoints?.length ?? 0);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(100);
    expect(new Set(await states()).size).toBe(120);
  });

  test('tells zones to prefer their own endpoints when trafficDistribution asks for it', async () => {
    await services().create({ metadata: { name: 'web' }, spec: { ...service, trafficDistribution: 'PreferSameNode' } });
    await world.pods.create(pod('a'));
    await world.eventually(async () => (await slices())[0]?.endpoints?.[0]?.hints !== undefined, 'hints');
    const hints = { forZones: [{ name: 'a' }], forNodes: [{ name: 'node-1' }] };
    expect((await slices())[0]?.endpoints?.[0]?.hints).toEqual(hints);
    await services().patch('web', { type: 'merge', body: { spec: { trafficDistribution: null } } });
    await world.eventually(async () => (await slices())[0]?.endpoints?.[0]?.hints === undefined, 'no hints');
  });
});

describe('the Endpoints controller', () => {
  test('writes ready and unready addresses, and goes with the Service', async () => {
    await services().create({ metadata: { name: 'web', labels: { team: 'x' } }, spec: service });
    await world.pods.create(pod('a'));
    await world.eventually(async () => (await endpointsOf('web'))?.subsets?.[0]?.addresses !== undefined, 'an address');
    const stored = await world.pods.get('a');
    const endpoints = await endpointsOf('web');
    expect(endpoints?.metadata.labels).toEqual({
      team: 'x',
      'endpoints.kubernetes.io/managed-by': 'endpoint-controller',
    });
    expect(endpoints?.subsets).toEqual([
      {
        addresses: [
          {
            ip: stored.status?.podIP,
            nodeName: 'node-1',
            targetRef: { kind: 'Pod', namespace: 'default', name: 'a', uid: stored.metadata.uid },
          },
        ],
        ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
      },
    ]);
    const down = { conditions: [{ type: 'Ready', status: 'False' }] };
    await world.pods.subresource('status').patch('a', { type: 'merge', body: { status: down } });
    await world.eventually(
      async () => (await endpointsOf('web'))?.subsets?.[0]?.notReadyAddresses?.length === 1,
      'unready',
    );
    expect((await endpointsOf('web'))?.subsets?.[0]?.addresses).toBeUndefined();
    await services().delete('web');
    await world.eventually(async () => (await endpointsOf('web')) === undefined, 'the end of the Endpoints');
    await world.eventually(async () => (await slices()).length === 0, 'the end of the slices');
  });
});

describe('the mirroring controller', () => {
  test('mirrors Endpoints of a Service without a selector, and nothing else', async () => {
    await services().create({ metadata: { name: 'db' }, spec: { ports: [{ port: 5432 }] } });
    const client = world.cluster.resource(Endpoints).in('default');
    const subsets = [
      { addresses: [{ ip: '10.9.0.1' }], notReadyAddresses: [{ ip: '10.9.0.2' }], ports: [{ port: 5432 }] },
    ];
    await client.create({ metadata: { name: 'db', labels: { a: 'b' }, annotations: { note: 'x' } }, subsets });
    await client.create({ metadata: { name: 'alone' }, subsets });
    await world.eventually(async () => (await slices()).length === 1, 'a mirror');
    const [slice] = await slices();
    expect(slice).toMatchObject({
      addressType: 'IPv4',
      metadata: {
        labels: {
          a: 'b',
          'kubernetes.io/service-name': 'db',
          'endpointslice.kubernetes.io/managed-by': 'endpointslicemirroring-controller.k8s.io',
        },
        annotations: { note: 'x' },
      },
      ports: [{ name: '', port: 5432, protocol: 'TCP' }],
      endpoints: [
        { addresses: ['10.9.0.1'], conditions: { ready: true } },
        { addresses: ['10.9.0.2'], conditions: { ready: false } },
      ],
    });
    await client.patch('db', { type: 'merge', body: { subsets: null } });
    await world.eventually(async () => (await slices()).length === 0, 'the end of the mirror');
  });
});
