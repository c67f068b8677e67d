import { DaemonSet } from 'keelson/k8s';
import { ControllerRevision } from 'keelson/k8s/apps/v1';
import { Node, Pod } from 'keelson/k8s/core/v1';
import { afterEach, describe, expect, test } from 'vitest';
import { goJson } from '../../../src/cluster/workloads/revisions/go-json.js';
import { newWorld } from './world.js';

let world: ReturnType<typeof newWorld>;
afterEach(() => world.end());

const sets = () => world.cluster.resource(DaemonSet).in('default');
const nodes = () => world.cluster.resource(Node);

function set(spec: Partial<NonNullable<DaemonSet['spec']>> = {}) {
  const template = { metadata: { labels: { app: 'log' } }, spec: { containers: [{ name: 'c', image: 'log:1' }] } };
  return { metadata: { name: 'log' }, spec: { selector: { matchLabels: { app: 'log' } }, template, ...spec } };
}

/** Sets the taints of a node. A new one has the taint of nodes that are not ready. */
const taint = (name: string, taints: readonly object[] | null) =>
  nodes().patch(name, { type: 'merge', body: { spec: { taints } } });

async function makeNodes(count: number): Promise<void> {
  for (let i = 1; i <= count; i++) {
    await nodes().create({ metadata: { name: `node-${i}` } });
    await taint(`node-${i}`, null);
  }
}

const places = async () =>
  (await world.pods.list().all()).items
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(({ spec }) => `${spec?.nodeName} ${spec?.containers[0]?.image}`)
    .sort();

async function ready(count: number): Promise<void> {
  await world.eventually(async () => {
    const { status, metadata } = await sets().get('log');
    return (
      status?.observedGeneration === metadata.generation &&
      status?.desiredNumberScheduled === count &&
      (status?.numberAvailable ?? 0) === count &&
      (status?.updatedNumberScheduled ?? 0) === count
    );
  }, `${count} updated pods`);
}

const setImage = (image: string) =>
  sets().patch('log', {
    type: 'strategic',
    body: { spec: { template: { spec: { containers: [{ name: 'c', image }] } } } },
  });

describe('the DaemonSet controller', () => {
  test('runs a pod on every node that fits, also on those that come later', async () => {
    world = newWorld();
    await makeNodes(3);
    await taint('node-3', [{ key: 'gpu', effect: 'NoSchedule' }]);
    await sets().create(set());
    await ready(2);
    expect(await places()).toEqual(['node-1 log:1', 'node-2 log:1']);
    const [pod] = (await world.pods.list().all()).items;
    expect(pod?.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution).toEqual({
      nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [pod?.spec?.nodeName] }] }],
    });
    expect(pod?.spec?.tolerations?.map(({ key }) => key)).toContain('node.kubernetes.io/unschedulable');
    expect((await sets().get('log')).status).toMatchObject({
      currentNumberScheduled: 2,
      numberMisscheduled: 0,
      numberReady: 2,
    });
    await taint('node-3', null);
    await ready(3);
    await taint('node-1', [{ key: 'out', effect: 'NoExecute' }]);
    await ready(2);
    expect(await places()).toEqual(['node-2 log:1', 'node-3 log:1']);
    expect(world.errors).toEqual([]);
  });

  test('honours the node selector of the template', async () => {
    world = newWorld();
    await makeNodes(2);
    await nodes().patch('node-2', { type: 'merge', body: { metadata: { labels: { disk: 'ssd' } } } });
    const { template } = set().spec;
    await sets().create(
      set({
        template: { ...template, spec: { containers: [{ name: 'c', image: 'log:1' }], nodeSelector: { disk: 'ssd' } } },
      }),
    );
    await ready(1);
    expect(await places()).toEqual(['node-2 log:1']);
  });

  test('updates one node after the other, and keeps revisions', async () => {
    world = newWorld();
    await makeNodes(3);
    await sets().create(set());
    await ready(3);
    const missing: number[] = [];
    const informer = world.cluster.informer(Pod, { namespace: 'default' });
    informer.subscribe({
      updated: () => {
        const live = informer.lister.list().filter(({ status }) => status?.conditions?.[0]?.status === 'True');
        missing.push(3 - live.filter(({ metadata }) => metadata.deletionTimestamp === undefined).length);
      },
    });
    await informer.start();
    await setImage('log:2');
    await ready(3);
    await informer.stop();
    expect(await places()).toEqual(['node-1 log:2', 'node-2 log:2', 'node-3 log:2']);
    expect(Math.max(...missing)).toBe(1);
    const { items } = await world.cluster.resource(ControllerRevision).in('default').list().all();
    for (const { data } of items) expect(JSON.stringify(data), 'keys in the order of Go').toBe(goJson(data));
    expect(items.map(({ revision }) => revision).sort()).toEqual([1, 2]);
  });

  test('starts the new pod before it ends the old one with maxSurge', async () => {
    world = newWorld();
    await makeNodes(2);
    const updateStrategy = { type: 'RollingUpdate' as const, rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };
    await sets().create(set({ updateStrategy }));
    await ready(2);
    const informer = world.cluster.informer(Pod, { namespace: 'default' });
    const counts: [all: number, ready: number][] = [];
    informer.subscribe({
      updated: () => {
        const live = informer.lister.list().filter(({ metadata }) => metadata.deletionTimestamp === undefined);
        counts.push([live.length, live.filter(({ status }) => status?.conditions?.[0]?.status === 'True').length]);
      },
    });
    await informer.start();
    await setImage('log:2');
    await ready(2);
    await world.eventually(async () => (await places()).length === 2, 'the end of the old pods');
    await informer.stop();
    expect(await places()).toEqual(['node-1 log:2', 'node-2 log:2']);
    expect(Math.max(...counts.map(([all]) => all))).toBe(3);
    expect(Math.min(...counts.map(([, ready]) => ready))).toBe(2);
  });

  test('replaces failed pods with growing pauses, and leaves old pods alone with OnDelete', async () => {
    const failed = new Set<string>();
    const fate = (pod: Pod) => {
      const name = pod.metadata?.name ?? '';
      if (failed.size < 2) failed.add(name);
      return failed.has(name) ? 'fail' : 'ready';
    };
    world = newWorld({ fate });
    await makeNodes(1);
    await sets().create(set({ updateStrategy: { type: 'OnDelete' } }));
    await ready(1);
    expect(failed.size).toBe(2);
    const events = await world.events('log');
    expect(events.filter((line) => line.startsWith('Warning FailedDaemonPod Found failed daemon pod'))).toHaveLength(2);
    await setImage('log:2');
    await world.clock.advance(5_000);
    expect(await places()).toEqual(['node-1 log:1']);
  });
});

describe('the pod collector', () => {
  test('deletes pods whose node has been gone for a while', async () => {
    world = newWorld({ controllers: ['podgc'] });
    await makeNodes(1);
    await world.pods.create({
      metadata: { name: 'lost' },
      spec: { nodeName: 'node-9', containers: [{ name: 'c', image: 'x' }] },
    });
    await world.clock.advance(30_000);
    expect(await world.pods.find('lost')).toBeDefined();
    await world.eventually(async () => (await world.pods.find('lost')) === undefined, 'the deletion', 90_000);
  });
});
