import { FakeClock } from 'keelson/testing';
import { describe, expect, it } from 'vitest';
import { Node, Pod } from '../../../generated/core/v1.js';
import { Event } from '../../../generated/events.k8s.io/v1.js';
import { startCluster } from '../../../src/cluster/index.js';
import { type EvictionRates, ZoneLimits } from '../../../src/cluster/node-lifecycle/zone-limits.js';
import type { NodeObject } from '../../../src/cluster/objects.js';
import type { Cluster } from '../../../src/index.js';

const start = (nodes: number) =>
  startCluster({ clock: new FakeClock(), nodes, workloads: false, server: { listen: false } });
const create = (cluster: Cluster, name: string, spec: object = {}) =>
  cluster
    .resource(Pod)
    .in('default')
    .create({ metadata: { name }, spec: { nodeName: 'node-0', containers: [{ name: 'c', image: 'i' }], ...spec } });
const taintsOf = async (cluster: Cluster, name: string) =>
  ((await cluster.resource(Node).get(name)).spec?.taints ?? []).map(({ key, effect }) => `${key}:${effect}`).sort();

describe('the node lifecycle controller', () => {
  it('marks the pods of a silent node, and evicts each when its toleration ends', async () => {
    await using local = await start(3);
    const cluster = await local.connect();
    const pods = cluster.resource(Pod).in('default');
    const patient = [
      { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 20 },
    ] as const;
    await create(cluster, 'patient', { tolerations: patient });
    await create(cluster, 'steadfast', { tolerations: [{ operator: 'Exists' }] });
    await local.pass(5000);
    await local.node('node-0').stop();
    await local.pass(65_000);
    const ready = (await pods.get('patient')).status?.conditions?.find(({ type }) => type === 'Ready');
    expect(ready?.status).toBe('False');
    await local.pass(25_000);
    const { metadata, status } = await pods.get('patient');
    expect(metadata.deletionTimestamp).toBeDefined();
    expect(status?.conditions?.find(({ type }) => type === 'DisruptionTarget')).toMatchObject({
      status: 'True',
      reason: 'DeletionByTaintManager',
      message: 'Taint manager: deleting due to NoExecute taint',
    });
    expect((await pods.get('steadfast')).metadata.deletionTimestamp).toBeUndefined();
    const notes = (await cluster.resource(Event).in('default').list().all()).items.map(
      ({ reason, note }) => `${reason}: ${note}`,
    );
    expect(notes).toContain('RegisteredNode: Node node-0 event: Registered Node node-0 in Controller');
    expect(notes).toContain('NodeNotReady: Node node-0 status is now: NodeNotReady');
    expect(notes).toContain('NodeNotReady: Node is not ready');
    expect(notes).toContain('TaintManagerEviction: Marking for deletion Pod default/patient');
  });

  it('evicts nothing while no node at all is ready, as its own network may be at fault', async () => {
    await using local = await start(2);
    const cluster = await local.connect();
    await local.pass(5000);
    for (const name of local.nodeNames) await local.node(name).stop();
    await local.pass(120_000);
    expect(await taintsOf(cluster, 'node-0')).toEqual(['node.kubernetes.io/unreachable:NoSchedule']);
  });

  it('taints one node after the other', async () => {
    await using local = await start(5);
    const cluster = await local.connect();
    await local.pass(5000);
    for (const name of ['node-0', 'node-1']) await local.node(name).stop();
    await local.pass(62_000);
    const evicting = async () =>
      (await Promise.all(['node-0', 'node-1'].map((name) => taintsOf(cluster, name)))).filter(
        (taints) => taints.length === 2,
      ).length;
    expect(await evicting()).toBe(1);
    await local.pass(12_000);
    expect(await evicting()).toBe(2);
  });

  it('keeps pods off a node that is cordoned, and leaves the taints of others alone', async () => {
    await using local = await start(1);
    const cluster = await local.connect();
    await local.pass(2000);
    await cluster.resource(Node).update('node-0', (node) => {
      node.spec = { ...node.spec, unschedulable: true, taints: [{ key: 'example.com/own', effect: 'NoSchedule' }] };
    });
    await local.pass(2000);
    expect(await taintsOf(cluster, 'node-0')).toEqual([
      'example.com/own:NoSchedule',
      'node.kubernetes.io/unschedulable:NoSchedule',
    ]);
  });
});

describe('the limit of a zone', () => {
  const rates: EvictionRates = { primary: 0.1, secondary: 0.01, largeCluster: 50, unhealthyShare: 0.55 };
  const nodes = (ready: number, notReady: number): NodeObject[] =>
    Array.from({ length: ready + notReady }, (_, index) => ({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: `n${index}`, uid: '', resourceVersion: '', creationTimestamp: '' },
      status: { conditions: [{ type: 'Ready', status: index < ready ? 'True' : 'Unknown' }] },
    }));
  const taken = (limits: ZoneLimits, seconds: number) => {
    let count = 0;
    for (let at = 0; at <= seconds; at++) if (limits.take(':', at * 1000)) count++;
    return count;
  };

  it.each([
    ['a healthy zone', nodes(9, 1), 7],
    ['a small zone with too many nodes not ready', nodes(4, 6), 0],
    ['a large zone with too many nodes not ready', nodes(40, 60), 1],
    ['a cluster without a ready node', nodes(0, 10), 0],
  ])('of %s', (_, list, expected) => {
    const limits = new ZoneLimits(rates);
    limits.update(list, 0);
    expect(taken(limits, 60)).toBe(expected);
  });
});
