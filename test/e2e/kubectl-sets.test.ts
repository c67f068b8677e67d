import { ConfigMap, Event, Namespace, Node, Secret } from 'keelson/k8s';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { metricsApi } from '../helpers/metrics-api.js';
import { realClients } from '../helpers/real-clients.js';
import { RealClient } from './real-client.js';

const programs = realClients();

// The client's helpers beside the commands of kubectl that do the same, on one server.
describe.skipIf(programs === undefined)('kubectl and keelson', { timeout: 120_000 }, () => {
  let client: RealClient;
  let namespace = '';
  let count = 0;
  const kubectl = async (...args: string[]) => {
    const { code, stdout, stderr } = await client.kubectlWith({ KUBECTL_APPLYSET: 'true' }, '-n', namespace, ...args);
    if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${stderr}${stdout}`);
    return stdout;
  };

  beforeAll(async () => {
    client = await RealClient.start(programs);
  });
  afterAll(() => client.close());
  beforeEach(async () => {
    namespace = `set-${++count}`;
    await using cluster = await client.connect();
    await cluster.resource(Namespace).create({ metadata: { name: namespace } });
  });

  const item = (name: string, data: Record<string, string> = {}) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace },
    data,
  });

  it('manage the same apply set in turn', async () => {
    await using cluster = await client.connect();
    const maps = cluster.resource(ConfigMap).in(namespace);
    const left = async () => (await maps.list().all()).items.map(({ metadata }) => metadata.name);
    const apply = async (name: string, ...objects: object[]) =>
      kubectl(
        'apply',
        '--server-side',
        '--force-conflicts',
        '--prune',
        '--applyset=shop',
        '-f',
        await client.file(name, ...objects),
      );

    await apply('one.json', item('a'), item('b'));
    const parent = () => cluster.resource(Secret).in(namespace).get('shop');
    const id = (await parent()).metadata.labels?.['applyset.kubernetes.io/id'];
    await cluster.apply([item('b'), item('c')], { namespace, applySet: 'shop', prune: true, force: true });
    expect(await left()).toEqual(['b', 'c']);
    expect((await parent()).metadata.labels?.['applyset.kubernetes.io/id']).toBe(id);
    expect(await apply('two.json', item('c'), { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' } })).toContain(
      'configmap/b pruned',
    );
    await cluster.apply([item('d')], { namespace, applySet: 'shop', prune: true, force: true });
    expect(await left()).toEqual(['d']);
    expect(await cluster.resource(Secret).in(namespace).find('s')).toBeUndefined();
    expect((await parent()).metadata.annotations?.['applyset.kubernetes.io/contains-group-kinds']).toBe('ConfigMap');
  });

  it('see the same differences', async () => {
    await using cluster = await client.connect();
    await cluster.apply(item('a', { k: '1', same: 'x' }), { manager: 'kubectl' });
    const file = await client.file('diff.json', item('a', { k: '2', same: 'x', more: 'y' }));
    const same = await client.file('same.json', item('a', { k: '1', same: 'x' }));
    const env = { KUBECTL_EXTERNAL_DIFF: 'diff -u' };
    const diff = await client.kubectlWith(env, 'diff', '--server-side', '-f', file);
    expect(diff.code).toBe(1);
    expect((await client.kubectlWith(env, 'diff', '--server-side', '-f', same)).code).toBe(0);
    const found = [];
    for await (const { path, before, after } of cluster.diff(item('a', { k: '2', same: 'x', more: 'y' }), {
      manager: 'kubectl',
    })) {
      found.push([path, before, after]);
    }
    expect(found).toEqual([
      ['/data/k', '1', '2'],
      ['/data/more', undefined, 'y'],
    ]);
    const lines = diff.stdout.split('\n').filter((line) => /^[+-] /.test(line));
    expect(lines).toEqual(['-  k: "1"', '+  k: "2"', '+  more: "y"']);
  });

  it('show the same events', async () => {
    await using cluster = await client.connect();
    const events = cluster.resource(Event).in(namespace);
    for (const [name, reason, minute] of [
      ['x', 'Second', 2],
      ['y', 'First', 1],
    ] as const) {
      const time = `2026-01-01T00:0${minute}:00Z`;
      await events.create({
        metadata: { name },
        involvedObject: { apiVersion: 'v1', kind: 'ConfigMap', name: 'a', namespace },
        reason,
        type: 'Normal',
        message: `the ${reason}`,
        firstTimestamp: time,
        lastTimestamp: time,
      });
    }
    const printed = await kubectl('events', '--for', 'configmap/a', '--no-headers');
    const ours = await cluster.resource(ConfigMap).in(namespace).events('a').all();
    expect(printed.match(/First|Second/g)).toEqual(['First', 'First', 'Second', 'Second']);
    expect(ours.map(({ reason }) => reason)).toEqual(['First', 'Second']);
  });

  it('show the same usage', async () => {
    await using cluster = await client.connect();
    const nodes = cluster.resource(Node);
    await nodes.create({ metadata: { name: 'n1' } });
    const status = { allocatable: { cpu: '2', memory: '4Gi' }, capacity: { cpu: '2', memory: '4Gi' } };
    await nodes.subresource('status').update('n1', (node) => void Object.assign(node, { status }));
    await metricsApi(cluster, {
      nodes: [{ name: 'n1', usage: { cpu: '250m', memory: '1Gi' } }],
      pods: [{ name: 'p', namespace, containers: [{ name: 'c', usage: { cpu: '20m', memory: '64Mi' } }] }],
    });
    expect((await kubectl('top', 'nodes', '--no-headers')).trim().split(/\s+/)).toEqual([
      'n1',
      '250m',
      '12%',
      '1024Mi',
      '25%',
    ]);
    expect(await cluster.topNodes()).toMatchObject([{ name: 'n1', cpuFraction: 0.125, memoryFraction: 0.25 }]);
    expect((await kubectl('top', 'pods', '--containers', '--no-headers')).trim().split(/\s+/)).toEqual([
      'p',
      'c',
      '20m',
      '64Mi',
    ]);
    expect(await cluster.topPods({ namespace })).toMatchObject([{ name: 'p', cpuCores: 0.02, memoryBytes: 2 ** 26 }]);
  });
});
